"""Check that what networks are trained with is installed."""

from __future__ import annotations

from videmo.errors import UsageError


def require_tensorflow() -> None:
    """Import TensorFlow, which training needs and analysis never does.

    Raises:
        UsageError: it isn't installed; says how to install it.
    """
    try:
        import tensorflow  # noqa: F401
    except ImportError:
        raise UsageError("training needs TensorFlow: install it with pip install 'videmo[train]'.") from None
