"""Connect with a cluster of Dask."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from videmo.errors import EngineLost, Given, UsageError
from videmo.extras import how_to_install

PATIENCE_S: Final = 10.0
"""How long a scheduler may take to answer."""
_DASHBOARD_S: Final = 2.0
"""Likewise its dashboard, which nobody has to have."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Name where the scheduler of a cluster is."""

    address: str = ""
    """As Dask writes it: ``tcp://10.0.0.1:8786``; empty if a file says it."""
    file: Path | None = None
    """The file that the scheduler has written."""

    def __str__(self) -> str:
        return str(self.file) if self.file else self.address


def connected(cluster: Cluster) -> Any:
    """Return a client of a cluster.

    Raises:
        UsageError: Dask is not installed.
        EngineLost: no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError as exc:
        found = "needs Dask, which is not installed"
        raise UsageError(Given("engine", cluster), found, advice=how_to_install("cluster")) from exc
    where = {"scheduler_file": str(cluster.file)} if cluster.file else {"address": cluster.address}
    try:
        with silence():
            return Client(**where, set_as_default=False, name="videmo", timeout=PATIENCE_S)
    except (OSError, ValueError) as exc:
        advice = "Check that the scheduler runs, and that this machine reaches it."
        raise EngineLost(cluster, "no scheduler of Dask answers", advice=advice) from exc


def dashboard_of(client: Any) -> str:
    """Return where the dashboard of a cluster's scheduler is looked at; empty where none answers.

    Args:
        client: of the cluster.
    """
    from urllib.request import urlopen

    link = str(client.dashboard_link)
    with suppress(OSError, ValueError), urlopen(link, timeout=_DASHBOARD_S) as answer:
        return link if answer.status == HTTPStatus.OK else ""
    return ""


@contextmanager
def silence() -> Iterator[None]:
    """Keep Dask from telling in many lines what an error of ours tells in one."""
    # Its parts have loggers of their own, some with a level of their own.
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    before = [(logger, logger.level) for logger in map(logging.getLogger, ["distributed", *names])]
    for logger, _ in before:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in before:
            logger.setLevel(level)
