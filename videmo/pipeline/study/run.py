"""Read a study, and bring it up to date: what is due is done, in order, and noted when it is whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videmo.config import fingerprint
from videmo.errors import VidemoError
from videmo.pipeline.study.facts import facts_for
from videmo.pipeline.study.hands import Alone, Hands, Promise
from videmo.pipeline.study.stages import STUDY_STAGES, run_stage
from videmo.pipeline.study.there import check_there
from videmo.pipeline.study.update import StudyStage, StudyUpdate
from videmo.results.study import StudyFolder
from videmo.study.inputs import bring_together, read_inputs
from videmo.study.one_thread import one_thread
from videmo.version import __version__


@dataclass(frozen=True, slots=True)
class Ran:
    """The result of a run."""

    done: tuple[str, ...]
    """What was due, in words."""
    skipped: tuple[str, ...]
    update: StudyUpdate


def open_study(path: Path) -> StudyUpdate:
    """Read a study and look at its recordings; nothing is written.

    Raises:
        StudyError: an input can't be read, or contradicts another one or the recordings.
        ResultsError: there are no results.
    """
    folder = StudyFolder(path)
    files = folder.inputs()
    missing = tuple(check_there(folder, files))
    inputs = read_inputs(files, str(path))
    inputs = dataclasses.replace(inputs, remarks=(*missing, *inputs.remarks))
    results, facts = facts_for(folder, inputs.plan, inputs.plan_name, inputs.plan_text)
    return StudyUpdate(folder, results, bring_together(inputs, facts))


Helped = Callable[[StudyUpdate], AbstractContextManager[Hands]]
"""Provides other hands for as long as a run lasts."""


def _silent(words: str) -> None: ...


def _alone(update: StudyUpdate) -> AbstractContextManager[Hands]:
    return nullcontext(update.hands)


@one_thread
def run_study(
    path: Path, *, anew: Collection[str] = (), say: Callable[[str], None] = _silent, helped: Helped = _alone
) -> Ran:
    """Bring a study up to date.

    Args:
        path: its folder.
        anew: names of stages that are done again in any case.
        say: is told in words what begins.
        helped: provides other hands; everything is done here by default.

    Raises:
        StudyError, ResultsError: as for `open_study`; nothing is written then.
        OutputError: something can't be written.
    """
    update = open_study(path)
    with update.folder.lock():
        try:
            with helped(update) as update.hands:
                ran = _bring_up_to_date(update, anew, say)
        except BaseException:
            with suppress(OSError, VidemoError):  # what went wrong is told, not what this leaves
                update.folder.tidy()
            raise
        update.folder.tidy()
        return ran


def _bring_up_to_date(update: StudyUpdate, anew: Collection[str], say: Callable[[str], None]) -> Ran:
    folder, earlier = update.folder, update.folder.stages()
    noted, due, skipped = dict(earlier), [], []
    hashes: dict[str, str] = {}
    begun: dict[str, Promise[None]] = {}
    here = Alone(update)

    def finish(stages: Iterable[str]) -> None:
        for name in [name for name in begun if name in stages]:
            begun.pop(name).result()
            noted[name] = hashes[name]
            folder.note_stages(noted)

    for stage in STUDY_STAGES:
        if not stage.applies(update):
            folder.remove_made(*stage.files, *stage.beside)
            noted.pop(stage.name, None)
            continue
        hashes[stage.name] = _hash(stage, update, hashes)
        if earlier.get(stage.name) == hashes[stage.name] and folder.has_made(*stage.files) and stage.name not in anew:
            skipped.append(stage.words)
            continue
        finish(stage.needs)
        say(stage.words)
        due.append(stage.words)
        noted.pop(stage.name, None)
        folder.note_stages(noted)  # first: a stage that is killed halfway is due
        folder.remove_made(*stage.beside)
        try:
            begun[stage.name] = (update.hands if stage.aside else here).begin(run_stage, stage.name)
        except Exception:
            finish([*begun])  # what went wrong before is told first
            raise
        finish([name for name, promise in begun.items() if promise.done()])
    finish([*begun])
    folder.note_stages({stage.name: noted[stage.name] for stage in STUDY_STAGES if stage.name in noted})
    return Ran(tuple(due), tuple(skipped), update)


def _hash(stage: StudyStage, update: StudyUpdate, hashes: dict[str, str]) -> str:
    behind = [hashes[name] for name in stage.needs if name in hashes]
    return fingerprint(stage.version, __version__, behind, _plain(stage.depends(update)))


def _plain(value: Any) -> Any:
    """Take records apart, so that what is hashed has no order but its own."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
