"""Find what has to be hidden in the annotated video: search every frame, then follow the candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from videmo.pipeline.stage import Stage
from videmo.pipeline.update import Update
from videmo.pipeline.work import Work
from videmo.records import Chunk
from videmo.settings import Settings

if TYPE_CHECKING:
    from videmo.anonymize.search import Candidates


def _search(work: Work, chunk: Chunk, settings: Settings) -> int:
    """Search a chunk, unless an earlier run has; returns the number of frames."""
    return len(_part(work, chunk, settings).time_s)


def _part(work: Work, chunk: Chunk, settings: Settings) -> Candidates:
    from videmo.anonymize.search import Candidates, search_chunk
    from videmo.results.parts import kept_part

    path = work.part("search", chunk)
    return kept_part(
        path, Candidates, lambda: search_chunk(work.recording, chunk, settings.anonymize, settings.detector)
    )


def _write_cover(update: Update, settings: Settings) -> None:
    """Follow the candidates through the whole recording, and write what each chunk's video has to hide."""
    from videmo.anonymize.cover import follow
    from videmo.results.parts import save_part

    work = update.work
    parts = [_part(work, chunk, settings) for chunk in work.chunks]
    cover = follow(parts, update.open_observations(), settings.tracking, settings.anonymize)
    for chunk in work.chunks:
        save_part(cover.between(*work.seconds_of(chunk)), work.part("cover", chunk))


def _identity(settings: Settings) -> tuple[object, ...]:
    from videmo.anonymize.search import search_identity

    return (search_identity(),)


SEARCH: Final = Stage(
    name="search",
    words="",
    settings=("anonymize", "detector"),
    per_chunk=_search,
    depends=_identity,
    applies=lambda settings: settings.anonymize.hides_faces,
)
COVER: Final = Stage(
    name="cover",
    words="",
    needs=("search", "persons"),
    settings=("anonymize",),
    run=_write_cover,
    applies=lambda settings: settings.anonymize.hides_faces,
)
