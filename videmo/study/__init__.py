"""From timelines to results: what a study computes, as functions from plain tables to tables.

>>> import pandas as pd
>>> from videmo import study
>>> index = pd.MultiIndex.from_product([["anna", "ben", "cleo", "dan"], ["funny", "neutral"]])
>>> values = pd.Series([0.6, 0.1, 0.5, 0.2, 0.8, 0.3, 0.7, 0.1], index=index)
>>> found = study.compare(values)
>>> found.test, round(found.difference, 3), found.p
('paired t', 0.475, 0.125)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from videmo.study.plain import agreement, segments, synchrony, timecourse
    from videmo.study.plain_comparison import Comparison, compare

_MODULES = {"Comparison": "plain_comparison", "compare": "plain_comparison"}
__all__ = ["Comparison", "agreement", "compare", "segments", "synchrony", "timecourse"]


def __getattr__(name: str) -> Any:
    """Load a function when it is first used: importing the room costs nothing."""
    from importlib import import_module

    if name in __all__:
        return getattr(import_module(f"videmo.study.{_MODULES.get(name, 'plain')}"), name)
    raise AttributeError(f"module 'videmo.study' has no attribute {name!r}")
