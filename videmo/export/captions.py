"""Make captions of episodes, for WebVTT and SubRip."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from webvtt import Caption
from webvtt.models import Timestamp

from videmo.export.contents import Contents, Stretch, episodes_of, persons_of
from videmo.measures.emotions import OTHER

_RIGHT_TO_LEFT = ("R", "AL")
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True, slots=True)
class Cue:
    """Hold one line that is shown for a while."""

    stretch: Stretch
    text: str

    def caption(self, text: str) -> Caption:
        """Convert it for the library, with the text escaped for its format."""
        start, end = (str(Timestamp.from_seconds(ms / 1000)) for ms in (self.stretch.start_ms, self.stretch.end_ms))
        return Caption(start, end, text)


def cues_of(contents: Contents) -> list[Cue]:
    """Make a cue for each episode, ``Anna: happy (83 %)`` with the mean probability, in order of time.

    Where an emotion that the words leave out is more likely than not, that is added: ``Anna: sad (97 %, other 71 %)``.
    """
    cues = [
        (
            stretch.start_ms,
            person,
            Cue(stretch, f"{_apart(contents.called(person))}: {stretch.label} {_share(stretch)}"),
        )
        for person in persons_of(contents)
        for stretch in episodes_of(contents, person)
    ]
    return [cue for _, _, cue in sorted(cues, key=lambda item: item[:2])]


def _share(stretch: Stretch) -> str:
    likelier = f", {OTHER} {round(100 * stretch.other)} %" if stretch.flagged else ""
    return f"({round(100 * stretch.mean)} %{likelier})"


def _apart(name: str) -> str:
    """Stop a name that is written from right to left from reversing what follows it."""
    turned = any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in name)
    return f"{_ISOLATE}{name}{_END_OF_ISOLATE}" if turned else name
