"""Write a network's card as a page to read. ``python -m videmo.weights.page`` does so for the networks that ship."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from videmo.errors import WeightsError
from videmo.files import write_text
from videmo.weights import FOLDER, card, shipped
from videmo.weights.calibration import calibration_of
from videmo.weights.listing import KINDS, terms_of, worded_terms

_NEEDED: Final = ("name", "date", "about", "data", "terms", "sha256", "bytes")
"""What the card of a shipped network says."""


def card_page(known: Mapping[str, Any], name: str) -> str:
    """Return a card in Markdown.

    Args:
        known: the card; what it doesn't say is left out.
        name: of the network, for errors and the heading.

    Raises:
        WeightsError: its terms or its calibration are damaged.
    """
    terms = terms_of(known, name)
    lines = [f"# {name}", "", _first(known), ""]
    lines += [f"- {each}" for each in _sentences(known.get("made"))]
    if "date" in known:
        lines.append(f"- trained {known['date']}")
    lines += _several("learned from", known.get("data"))
    lines += _several("terms", [f"{source}: {licence}" for source, licence in terms.items()] or worded_terms(terms))
    lines += [f"- {each}" for each in _facts(known, name)]
    return "\n".join([*lines, "", *_tables(known)])


def shipped_pages() -> dict[str, str]:
    """Return the pages of all networks that ship, by name.

    Raises:
        WeightsError: a card doesn't say all that users want to know.
    """
    return {name: _complete(name) for kind in KINDS for name in shipped(kind)}


def _complete(name: str) -> str:
    known = card(name)
    if missing := [key for key in _NEEDED if not known.get(key)]:
        raise WeightsError(FOLDER / f"{name}.json", f"it doesn't say {', '.join(missing)}", ", ".join(_NEEDED))
    return card_page(known, name)


def _first(known: Mapping[str, Any]) -> str:
    purpose = KINDS.get(known.get("kind", "classifier"), "serves another program")
    sentences = [f"{purpose[0].upper()}{purpose[1:]}."]
    if words := known.get("outputs") or known.get("emotions"):
        five = known.get("emotions", words)
        sentences.append(f"Int8 LiteRT network for 48×48 grey face crops; it knows {', '.join(words)}.")
        if len(words) > len(five):
            sentences.append(
                f"The first {len(five)}, calibrated, are the probabilities on the condition that a face shows one of "
                "them."
            )
        sentences.append("It names the displayed expression, not what a person feels.")
    return " ".join([*sentences, str(known.get("about", ""))]).rstrip()


def _sentences(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(each) for each in value or ()]


def _several(title: str, value: Any) -> list[str]:
    found = _sentences(value)
    if len(found) < 2:
        return [f"- {title}: {each}" for each in found]
    return [f"- {title}:", *(f"  - {each}" for each in found)]


def _facts(known: Mapping[str, Any], name: str) -> Iterator[str]:
    if known.get("emotions"):
        yield (
            "how much more often it is wrong for some people than for others isn't known: no set has both emotions and "
            "groups of people. `videmo evaluate fairness` measures what can be measured"
        )
    if calibration := calibration_of(known, name):
        yield (
            f"calibrated on validation images: temperature {calibration.temperature:.3f}, prior to the power "
            f"{calibration.prior_power:.2f} divided out"
        )
    if "parameters" in known:
        yield f"{known['parameters']:,} parameters"
    if "sha256" in known and "bytes" in known:
        yield f"sha256 `{known['sha256']}`, {known['bytes']:,} bytes"


def _tables(known: Mapping[str, Any]) -> list[str]:
    """Return a table of how good a network is on the sets of faces on its card, and how that was measured."""
    if known.get("verification"):
        return _verification(known)
    validation, tested = known.get("validation"), known.get("scores")
    if validation:
        sets = {"validation": validation} if "accuracy" in validation else validation
        note = (
            "Measured with the int8 file; the last columns are the recall of each emotion. Prior and temperature were "
            "chosen on these validation images, so the numbers are slightly optimistic: `videmo evaluate classifier` "
            "measures on the test images."
        )
    elif tested:
        sets, note = tested, "Measured with the int8 file; the last columns are the recall of each emotion."
    else:
        return []
    emotions = list(known["emotions"])
    head = ["faces", "rows", "accuracy", "mean recall", "ECE", *emotions]
    rows = [_row(title, score, emotions) for title, score in sets.items()]
    return [_line(head), "|" + "---|" * len(head), *map(_line, rows), "", note, ""]


def _verification(known: Mapping[str, Any]) -> list[str]:
    """Return a table of how well a network tells people apart who were kept out of its training."""
    head = ["pictures", "pairs of one person", "accuracy", "true accepts at 1 in 1,000 false", "area under the curve"]
    rows = [
        [title, f"{each['same']:,}", f"{each['accuracy']:.1%}", f"{each['true_accepts']:.1%}", f"{each['area']:.4f}"]
        for title, each in known["verification"].items()
    ]
    note = (
        "Measured with the int8 file, each picture by itself, on people whom it never saw; the mean over many sights, "
        "which counts in recordings, is surer. `videmo evaluate identity` measures it, beside its teacher."
    )
    return [_line(head), "|" + "---|" * len(head), *map(_line, rows), "", note, ""]


def _row(title: str, score: Mapping[str, Any], emotions: list[str]) -> list[str]:
    shown = [sum(row) for row in score["confusion"]]
    recalls = [f"{score['recall'][word]:.1%}" if count else "–" for word, count in zip(emotions, shown)]
    ece = f"{score['ece']:.3f}" if "ece" in score else "–"
    return [title, f"{score['rows']:,}", f"{score['accuracy']:.1%}", f"{score['balanced_accuracy']:.1%}", ece, *recalls]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    for title, page in shipped_pages().items():
        write_text(FOLDER / f"{title}.md", page)
