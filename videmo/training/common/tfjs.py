"""Read the weights of a TensorFlow.js graph model: ``NAME.json``, which describes them, and the file beside it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError

Arrays = dict[str, npt.NDArray[Any]]

_STORED: Final = {"float32": np.float32, "int32": np.int32, "float16": np.float16}
"""How numbers may be stored."""


def read_weights(path: Path) -> Arrays:
    """Return all arrays of a graph model by their names.

    Args:
        path: of the JSON file.

    Raises:
        DatasetError: a file is missing, or is not of such a model, or stores numbers in another way than as float32,
            float16 or int32.
    """
    try:
        groups = json.loads(path.read_text(encoding="utf-8"))["weightsManifest"]
        contents = [b"".join((path.parent / name).read_bytes() for name in group["paths"]) for group in groups]
    except OSError as exc:
        raise DatasetError(path, f"can't be read ({exc.strerror})", "a TensorFlow.js graph model") from exc
    except (ValueError, KeyError, TypeError) as exc:
        raise DatasetError(path, "no weights are described in it", "a TensorFlow.js graph model") from exc
    found: Arrays = {}
    for group, content in zip(groups, contents, strict=True):
        found |= _arrays(path, group["weights"], content)
    return found


def _arrays(path: Path, weights: list[dict[str, Any]], content: bytes) -> Arrays:
    found, at = {}, 0
    for one in weights:
        stored = one.get("quantization", {}).get("dtype", one["dtype"])
        if stored not in _STORED:
            raise DatasetError(path, f"{one['name']} is stored as {stored}", f"one of {', '.join(_STORED)}")
        kind, count = np.dtype(_STORED[stored]), math.prod(one["shape"])
        if at + count * kind.itemsize > len(content):
            raise DatasetError(path, f"its weights end within {one['name']}", advice="Install the package again.")
        values = np.frombuffer(content, kind, count, at).astype(one["dtype"])
        found[one["name"]], at = values.reshape(one["shape"]), at + count * kind.itemsize
    return found
