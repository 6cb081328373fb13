"""Read and write cascades as the XML that ``cv2.CascadeClassifier`` loads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from videmo.errors import DatasetError
from videmo.files import write_text
from videmo.training.cascade.model import Cascade, Feature, Node, Rect, Stage, Tree

_LARGEST = 4096
"""Side of a window in pixels."""


def write_cascade(path: Path, cascade: Cascade) -> None:
    """Write a cascade, whole or not at all.

    Raises:
        OutputError: it can't be written.
    """
    write_text(path, cascade_xml(cascade))


def cascade_xml(cascade: Cascade) -> str:
    """Return a cascade in OpenCV's format ``opencv-cascade-classifier``; every number reads back the same."""
    nodes = [node for stage in cascade.stages for tree in stage.trees for node in tree.nodes]
    numbers = {feature: place for place, feature in enumerate(dict.fromkeys(node.feature for node in nodes))}
    most = max((len(stage.trees) for stage in cascade.stages), default=0)
    deepest = 2 if any(len(tree.nodes) > 1 for stage in cascade.stages for tree in stage.trees) else 1
    lines = [
        '<?xml version="1.0"?>',
        "<opencv_storage>",
        '<cascade type_id="opencv-cascade-classifier">',
        "  <stageType>BOOST</stageType>",
        "  <featureType>HAAR</featureType>",
        f"  <height>{cascade.height}</height>",
        f"  <width>{cascade.width}</width>",
        f"  <stageParams><boostType>GAB</boostType><maxDepth>{deepest}</maxDepth>"
        f"<maxWeakCount>{most}</maxWeakCount></stageParams>",
        f"  <featureParams><maxCatCount>0</maxCatCount><featSize>1</featSize><mode>{cascade.mode.upper()}</mode>"
        "</featureParams>",
        f"  <stageNum>{len(cascade.stages)}</stageNum>",
        "  <stages>",
        *(line for number, stage in enumerate(cascade.stages) for line in _stage(number, stage, numbers)),
        "  </stages>",
        "  <features>",
        *(_feature(feature) for feature in numbers),
        "  </features>",
        "</cascade>",
        "</opencv_storage>",
    ]
    return "\n".join(lines) + "\n"


def _stage(number: int, stage: Stage, numbers: dict[Feature, int]) -> Iterator[str]:
    yield f"    <!-- stage {number} -->"
    yield f"    <_><maxWeakCount>{len(stage.trees)}</maxWeakCount>"
    yield f"      <stageThreshold>{_number(stage.threshold)}</stageThreshold>"
    yield "      <weakClassifiers>"
    for tree in stage.trees:
        asked = " ".join(
            f"{node.left} {node.right} {numbers[node.feature]} {_number(node.threshold)}" for node in tree.nodes
        )
        yield f"        <_><internalNodes>{asked}</internalNodes>"
        yield f"          <leafValues>{' '.join(map(_number, tree.leaves))}</leafValues></_>"
    yield "      </weakClassifiers></_>"


def _feature(feature: Feature) -> str:
    rects = "".join(f"<_>{x} {y} {w} {h} {weight:g}.</_>" for x, y, w, h, weight in feature.rects)
    return f"    <_><rects>{rects}</rects><tilted>{int(feature.tilted)}</tilted></_>"


def _number(value: float) -> str:
    """Return the shortest text that reads back as the same float32."""
    return np.format_float_scientific(np.float32(value), unique=True, trim="0")


def read_cascade(path: Path) -> Cascade:
    """Read a cascade of Haar features written by OpenCV 3 or later, or by videmo.

    Raises:
        DatasetError: the file is missing, is not such a cascade, or uses other features.
    """
    if not path.is_file():
        raise DatasetError(path, "no such file", "a cascade as XML, as written by 'videmo train cascade'")
    try:
        found = ElementTree.parse(path).getroot().find("cascade")
    except (ElementTree.ParseError, LookupError, OSError, ValueError) as exc:  # a lookup: of an encoding
        raise DatasetError(path, f"cannot be read as XML ({exc})", "a cascade") from exc
    if found is None or (kind := _text(found, "featureType")) is None:
        raise DatasetError(path, "not a cascade", "the format of OpenCV 3 and later, with an element <cascade>")
    if kind != "HAAR" or _text(found, "stageType") != "BOOST":
        raise DatasetError(path, f"its features are {kind}", "a boosted cascade of HAAR features")
    try:
        return _checked(_cascade(found))
    except (AttributeError, IndexError, TypeError, ValueError) as exc:
        raise DatasetError(path, f"a damaged cascade ({exc})", advice="Train it again, or download it again.") from exc


def _cascade(found: ElementTree.Element) -> Cascade:
    features = [_read_feature(entry) for entry in _entries(found, "features")]
    stages = tuple(
        Stage(
            _float(_needed(entry, "stageThreshold")),
            tuple(_tree(t, features) for t in _entries(entry, "weakClassifiers")),
        )
        for entry in _entries(found, "stages")
    )
    params = found.find("featureParams")
    mode = (_text(params, "mode") if params is not None else None) or "basic"
    return Cascade(int(_needed(found, "width")), int(_needed(found, "height")), mode.lower(), stages)


def _checked(cascade: Cascade) -> Cascade:
    """Refuse what can't be searched with.

    Raises:
        ValueError: a number is not finite or lies outside of the window, or a tree leads nowhere.
    """
    if not (0 < cascade.width <= _LARGEST and 0 < cascade.height <= _LARGEST):
        raise ValueError(f"its window is {cascade.width}×{cascade.height}")
    trees = [tree for stage in cascade.stages for tree in stage.trees]
    nodes = [node for tree in trees for node in tree.nodes]
    numbers = [stage.threshold for stage in cascade.stages]
    numbers += [number for tree in trees for number in tree.leaves] + [node.threshold for node in nodes]
    numbers += [weight for node in nodes for *_, weight in node.feature.rects]
    if not all(map(math.isfinite, numbers)):
        raise ValueError("a number in it is not finite")
    if not all(tree.nodes for tree in trees):
        raise ValueError("a tree without nodes")
    if not all(map(_leads_to_leaves, trees)):
        raise ValueError("a tree leads nowhere")
    if not all(0 <= side <= _LARGEST for node in nodes for *rect, _ in node.feature.rects for side in rect):
        raise ValueError("a rectangle outside of the window")
    return cascade


def _leads_to_leaves(tree: Tree) -> bool:
    """Tell whether every way through a tree goes on to a later node, or ends at one of its leaves."""
    return all(
        place < side < len(tree.nodes) if side > 0 else -side < len(tree.leaves)
        for place, node in enumerate(tree.nodes)
        for side in (node.left, node.right)
    )


def _read_feature(entry: ElementTree.Element) -> Feature:
    rects: list[Rect] = []
    for rect in _entries(entry, "rects"):
        x, y, w, h, weight = (rect.text or "").split()
        rects.append((int(x), int(y), int(w), int(h), float(weight)))
    return Feature(tuple(rects), tilted=_text(entry, "tilted") == "1")


def _tree(entry: ElementTree.Element, features: list[Feature]) -> Tree:
    asked = _needed(entry, "internalNodes").split()
    nodes = tuple(
        Node(features[_place(feature)], _float(threshold), int(left), int(right))
        for left, right, feature, threshold in zip(*(iter(asked),) * 4, strict=True)
    )
    return Tree(nodes, tuple(_float(value) for value in _needed(entry, "leafValues").split()))


def _place(text: str) -> int:
    place = int(text)
    if place < 0:
        raise ValueError(f"feature {place}")
    return place


def _float(text: str) -> float:
    with np.errstate(over="ignore"):  # too large for it becomes infinite, which is refused
        return float(np.float32(float(text)))


def _entries(parent: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    found = parent.find(name)
    if found is None:
        raise ValueError(f"it has no <{name}>")
    return found.findall("_")


def _needed(parent: ElementTree.Element, name: str) -> str:
    text = _text(parent, name)
    if text is None:
        raise ValueError(f"it has no <{name}>")
    return text


def _text(parent: ElementTree.Element, name: str) -> str | None:
    found = parent.find(name)
    return None if found is None or found.text is None else found.text.strip()
