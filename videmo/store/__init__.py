"""Keep recordings and results, in whatever kind of place. One file for each kind, all alike in `protocol`."""
