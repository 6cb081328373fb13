"""Derive timelines, episodes and summaries from observations: pure functions from table to table."""
