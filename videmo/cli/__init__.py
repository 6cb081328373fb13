"""Run the command line: parse, make one call, print, set the exit code."""
