"""Reading and writing video files: the only code that knows PyAV."""
