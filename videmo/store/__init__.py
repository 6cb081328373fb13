"""Where recordings and results lie, whatever kind of place that is. One file for each kind, all alike in `protocol`."""
