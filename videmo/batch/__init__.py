"""Run many recordings: the only code that knows processes."""
