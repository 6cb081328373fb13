"""The work on one chunk and on one recording: wiring of the stages, nothing else."""
