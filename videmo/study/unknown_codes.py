"""Find codes of human coders that stand for no emotion, and of which nobody said that they are to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from videmo.study.codes import Code
from videmo.study.design import Remark
from videmo.study.misspelt import meant_by
from videmo.study.sheet import nearest


def unknown_codes(codes: Sequence[Code], said: Mapping[str, str], words: Collection[str]) -> Iterator[Remark]:
    """Remark on codes that videmo never gives: where one was seen, coders and videmo can only disagree.

    Args:
        codes: of all coders.
        said: what codes stand for; one that stands for itself is meant to be no emotion.
        words: the emotions.
    """
    found: dict[str, list[Code]] = {}
    for code in codes:
        if code.code and code.code not in words and code.code not in said:
            found.setdefault(code.code, []).append(code)
    for name, own in sorted(found.items()):
        times = "once" if len(own) == 1 else f"{len(own)} times"
        near = meant_by(name, {*said, *words}) or nearest(name, words)
        hint = f"Did you mean {near!r}? " if near else ""
        yield Remark(
            min(own, key=_line).where,
            f"the code {name!r} ({times}) stands for no emotion, so that it always disagrees with videmo. {hint}Say in "
            f'[codes] of study.toml what it stands for, such as "{name}" = "happy", or "{name}" = "{name}" if it is no '
            "emotion",
        )


def _line(code: Code) -> int:
    line = code.where.rpartition(" ")[2]
    return int(line) if line.isdecimal() else 0
