"""Name the classes that classifiers learn to tell apart: the only module of training that knows which they are."""

from __future__ import annotations

from typing import Final

from videmo.measures.emotions import EMOTIONS

CLASSES: Final = EMOTIONS
"""An index into it is a label. The columns of targets, network outputs, probabilities and confusion matrices are in
this order, and so are the first of the votes (`classifier.datasets.face.VOTES`), which name the same classes."""
