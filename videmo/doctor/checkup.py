"""Look at everything that videmo needs, in the order in which it is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from videmo.batch.engines.local import LocalEngine
from videmo.doctor.findings import FAULT, WARNING, Finding
from videmo.doctor.libraries import look_at_codecs, look_at_libraries, look_at_programs
from videmo.doctor.machines import look_at_cores, look_at_memory, look_at_places, look_at_processor
from videmo.doctor.selftest import self_test


def examine(out: Path) -> Iterator[Finding]:
    """Yield what is found, as soon as it is.

    Args:
        out: where results would be written; it need not exist yet.
    """
    yield from look_at_programs()
    with LocalEngine(1) as engine:
        libraries, features = look_at_libraries(engine)
        libraries += look_at_codecs(engine)
        yield from libraries
        yield look_at_processor(features)
        yield look_at_cores()
        yield look_at_memory()
        places = list(look_at_places(out))
        yield from places
        if any(found.status == FAULT for found in (*libraries, places[-1])):
            yield Finding("self-test", WARNING, "not tried, as what it needs is missing")
        else:
            yield self_test(engine)
