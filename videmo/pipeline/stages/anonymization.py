"""Find what has to be hidden in the annotated video: look for faces in every frame, then join what is one face."""

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
    """Search a chunk, unless an earlier run has; returns the number of frames that were searched just now."""
    kept = work.results.has(work.part("search", chunk))
    part = _part(work, chunk, settings)
    return 0 if kept else len(part.time_s)


def _part(work: Work, chunk: Chunk, settings: Settings) -> Candidates:
    from videmo.anonymize.search import Candidates, search_chunk

    def search() -> Candidates:
        with work.opened() as recording:
            return search_chunk(recording, chunk, settings.anonymize, settings.detector)

    return work.results.kept_part(work.part("search", chunk), Candidates, search)


def _write_cover(update: Update, settings: Settings) -> None:
    """Follow the candidates through the whole recording, and write what each chunk's video has to hide."""
    from videmo.anonymize.cover import follow

    work = update.work
    update.results.await_files(*(work.part("search", chunk) for chunk in work.chunks))
    parts = [_part(work, chunk, settings) for chunk in work.chunks]
    cover = follow(parts, update.open_observations(), settings.tracking, settings.anonymize)
    for chunk in work.chunks:
        update.results.put_part(work.part("cover", chunk), cover.between(*work.seconds_of(chunk)))


def _identity(settings: Settings) -> tuple[object, ...]:
    from videmo.anonymize.search import search_identity

    return (search_identity(),)


SEARCH: Final = Stage(
    name="search",
    words="",
    settings=("anonymize", "detector"),
    per_chunk=_search,
    version=4,
    depends=_identity,
    applies=lambda settings: settings.anonymize.hides_faces,
)
COVER: Final = Stage(
    name="cover",
    words="",
    needs=("search", "persons"),
    settings=("anonymize",),
    run=_write_cover,
    version=3,
    applies=lambda settings: settings.anonymize.hides_faces,
)
