"""From observations to timelines, episodes and summaries: pure functions from table to table."""
