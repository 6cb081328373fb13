"""Torture: thousands of damaged files, hundreds of kills, and everything else that should never happen.

``python -m tests.torture damage --count 2000 --seed 0`` runs one part; ``make torture`` runs all of them. Each writes a
page below ``reports/reliability/``. `test_torture.py` runs a small sample of each in the ordinary suite.
"""

import sys
from pathlib import Path

# What tests share is imported by its bare name; pytest is told so by its own settings.
sys.path.insert(0, str(Path(__file__).parent.parent / "support"))
