"""Check that TensorFlow, with which networks are trained, is installed."""

from __future__ import annotations

from videmo.errors import UsageError
from videmo.extras import how_to_install


def require_tensorflow() -> None:
    """Import TensorFlow, which training needs and analysis never does.

    Raises:
        UsageError: it isn't installed.
    """
    try:
        import tensorflow  # noqa: F401
    except ImportError:
        raise UsageError("training", "TensorFlow is not installed", advice=how_to_install("train")) from None
