"""Bring a study up to date: its stages, in order, each done again only when what it depends on has changed."""
