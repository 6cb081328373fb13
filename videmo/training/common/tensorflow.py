"""Check that TensorFlow, with which networks are trained, is installed."""

from __future__ import annotations

from videmo.errors import UsageError


def require_tensorflow() -> None:
    """Import TensorFlow, which training needs and analysis never does.

    Raises:
        UsageError: it isn't installed.
    """
    try:
        import tensorflow  # noqa: F401
    except ImportError:
        raise UsageError(
            "training", "TensorFlow is not installed", advice="Install it with pip install 'videmo[train]'."
        ) from None
