"""Choose an engine by what the user writes. A new kind of engine is a file beside this one and a line here."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from videmo.batch.engines.cluster import Cluster
from videmo.batch.engines.dask import MANY, DaskEngine
from videmo.batch.engines.local import LocalEngine
from videmo.batch.engines.protocol import EngineKind
from videmo.errors import Given, UsageError

_DASK: Final = re.compile(r"(dask|tcp|tls)://(\S+:[0-9]+)/?")
_EXPECTED: Final = "local, dask://host:port, or the file that a scheduler of Dask has written"


def engine_named(text: str, note: Callable[[str], None]) -> tuple[EngineKind, int | None]:
    """Return what makes an engine, and how many tasks it does at a time where the user doesn't say.

    Args:
        text: ``local``, the address of a scheduler of Dask, or the path of its file.
        note: tells the user what happens while tasks run, in a sentence.

    Raises:
        UsageError: it names no engine.
    """
    if text == "local":
        return LocalEngine, None
    return partial(DaskEngine, cluster=_cluster(text), note=note), MANY


def _cluster(text: str) -> Cluster:
    if found := _DASK.fullmatch(text):
        return Cluster(f"{'tcp' if found[1] == 'dask' else found[1]}://{found[2]}")
    path = Path(text)
    if "://" in text or not path.suffix:
        raise UsageError(Given("engine", text), "not an engine", _EXPECTED)
    if not path.is_file():
        raise UsageError(Given("engine", text), "there is no such file", _EXPECTED)
    return Cluster(file=path)
