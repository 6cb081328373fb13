"""Read and write video files: the only code that knows PyAV."""
