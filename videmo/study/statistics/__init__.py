"""Compare participants, never frames: permutations, intervals, effect sizes, corrections for many tests."""
