"""Run tasks: each engine is one file that keeps to `protocol.Engine`."""
