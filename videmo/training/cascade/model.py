"""Describe a cascade: stages of small trees over Haar features of a window."""

from __future__ import annotations

from dataclasses import dataclass, replace

Rect = tuple[int, int, int, int, float]
"""Left, top, width, height in pixels of the window, and the weight of the sum over it. Of a tilted rectangle: its
topmost corner, then the lengths of its sides going down to the right and down to the left, in diagonal steps."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A weighted sum of sums of pixels over two or three rectangles (Lienhart and Maydt, 2002)."""

    rects: tuple[Rect, ...]
    tilted: bool = False
    """Whether the rectangles stand on a corner, turned by 45°."""


@dataclass(frozen=True, slots=True)
class Node:
    """A question to one feature: is its value, over the window's spread, below the threshold?"""

    feature: Feature
    threshold: float
    """In float32."""
    left: int
    """Where to go if so: above 0 a node of the tree, else minus the number of a leaf."""
    right: int
    """Where to go if not."""


@dataclass(frozen=True, slots=True)
class Tree:
    """One weak classifier."""

    nodes: tuple[Node, ...]
    """Asked from the first on; a stump has one."""
    leaves: tuple[float, ...]
    """In float32, above 0 for an object."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Weak classifiers whose sum decides whether a window may go on."""

    threshold: float
    """The least sum that passes, in float32; what OpenCV calls stageThreshold."""
    trees: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Cascade:
    """Stages that a window must pass one after the other."""

    width: int
    """Of the window in pixels."""
    height: int
    mode: str
    """Which features it was trained with: basic, core or all."""
    stages: tuple[Stage, ...] = ()

    @property
    def tilted(self) -> bool:
        """Tell whether it needs tilted sums."""
        return any(node.feature.tilted for stage in self.stages for tree in stage.trees for node in tree.nodes)

    @property
    def trees(self) -> int:
        """Number of weak classifiers."""
        return sum(len(stage.trees) for stage in self.stages)

    def with_stage(self, stage: Stage) -> Cascade:
        """The cascade with one more stage."""
        return replace(self, stages=(*self.stages, stage))

    def first(self, count: int) -> Cascade:
        """The cascade of the first stages alone."""
        return replace(self, stages=self.stages[:count])
