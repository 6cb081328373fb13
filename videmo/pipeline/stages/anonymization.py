"""Find what has to be hidden in the annotated video: search every frame, then follow the candidates."""

from __future__ import annotations

from typing import Final

from videmo.anonymize.cover import follow
from videmo.anonymize.search import Candidates, search_chunk, search_identity
from videmo.pipeline.stage import Stage
from videmo.pipeline.update import Update
from videmo.pipeline.work import Work
from videmo.records import Chunk
from videmo.results.parts import kept_part, save_part
from videmo.settings import Settings


def _search(work: Work, chunk: Chunk, settings: Settings) -> int:
    """Search a chunk, unless an earlier run has; returns the number of frames."""
    return len(_part(work, chunk, settings).time_s)


def _part(work: Work, chunk: Chunk, settings: Settings) -> Candidates:
    path = work.part("search", chunk)
    return kept_part(
        path, Candidates, lambda: search_chunk(work.recording, chunk, settings.anonymize, settings.detector)
    )


def _write_cover(update: Update, settings: Settings) -> None:
    """Follow the candidates through the whole recording, and write what each chunk's video has to hide."""
    work = update.work
    parts = [_part(work, chunk, settings) for chunk in work.chunks]
    cover = follow(parts, update.open_observations(), settings.tracking, settings.anonymize)
    for chunk in work.chunks:
        save_part(cover.between(*work.seconds_of(chunk)), work.part("cover", chunk))


SEARCH: Final = Stage(
    name="search",
    words="",
    settings=("anonymize", "detector"),
    per_chunk=_search,
    depends=lambda settings: (search_identity(),),
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
