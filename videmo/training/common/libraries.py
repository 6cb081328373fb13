"""Import what only an extra brings."""

from __future__ import annotations

import importlib
from typing import Any

from videmo.errors import UsageError
from videmo.extras import how_to_install


def required(library: str, extra: str) -> Any:
    """Return an imported library.

    Raises:
        UsageError: it isn't installed; the advice says how to install the extra.
    """
    try:
        return importlib.import_module(library)
    except ImportError:
        raise UsageError(library, "not installed", advice=how_to_install(extra)) from None
