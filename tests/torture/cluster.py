"""Beyond one machine: hosts that die, stop and lose their network, buckets that fail, and the same bytes everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from . import cluster_bucket, cluster_bytes, cluster_hosts
from .harness import Options, Round

TITLE: Final = "Beyond one machine"
SAID: Final = (
    "Runs on a cluster of Dask with a desk and two hosts (each a network namespace with a name of its own; a switch "
    "between them delays every packet by 20 ms), whose workers are killed, stopped, cut off and leave; runs on object "
    "storage (moto) that are killed, or whose storage is slow, busy and cuts answers off; and the same recordings "
    "through every way to run. Each run has to end as a run of one process on one machine does, or as it does when "
    "nothing is killed: every file the same, to the byte, nothing left behind, no recording failed, no traceback. A "
    "task counts as begun again when it had been begun before and not done; an answer counts as lost when the task was "
    "done, and begun again because its worker was lost before the answer was fetched. In the round "
    "with kills the scheduler gives a task up after its workers died 20 times "
    "(`distributed.scheduler.allowed-failures`); everywhere else this is the 3 that Dask comes with."
)
COUNT: Final = 50


def rounds(options: Options) -> Iterator[Round]:
    """Yield the rounds; the count is that of the kills on object storage, the others follow from it."""
    yield from cluster_hosts.rounds(options)
    yield from cluster_bytes.rounds(options)
    yield from cluster_bucket.rounds(options)
