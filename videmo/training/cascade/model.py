"""Describe a cascade: stages of small trees over Haar features of a window."""

from __future__ import annotations

from dataclasses import dataclass, replace

Rect = tuple[int, int, int, int, float]
"""Left, top, width, height in pixels of the window, and the weight of the sum over it. For a tilted rectangle: its
topmost corner, then the lengths of its sides down to the right and down to the left, in diagonal steps."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Define a weighted sum of the sums of pixels in two or three rectangles (Lienhart and Maydt, 2002)."""

    rects: tuple[Rect, ...]
    tilted: bool = False
    """Whether the rectangles stand on a corner, turned by 45°."""


@dataclass(frozen=True, slots=True)
class Node:
    """Ask whether the value of a feature, over the window's spread, is below a threshold."""

    feature: Feature
    threshold: float
    """In float32."""
    left: int
    """Next place if it is: above 0 a node of the tree, else minus the number of a leaf."""
    right: int
    """Next place if it isn't."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Define one weak classifier."""

    nodes: tuple[Node, ...]
    """Evaluated from the first on; a stump has one."""
    leaves: tuple[float, ...]
    """In float32, above 0 for an object."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Combine weak classifiers whose sum decides whether a window passes."""

    threshold: float
    """The least sum that passes, in float32; OpenCV's stageThreshold."""
    trees: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Cascade:
    """Hold the stages that a window must pass one after the other."""

    width: int
    """Width of the window in pixels."""
    height: int
    mode: str
    """Set of features that it was trained with: basic, core or all."""
    stages: tuple[Stage, ...] = ()

    @property
    def tilted(self) -> bool:
        """Tell whether it needs tilted sums."""
        return any(node.feature.tilted for stage in self.stages for tree in stage.trees for node in tree.nodes)

    @property
    def trees(self) -> int:
        """Count the weak classifiers."""
        return sum(len(stage.trees) for stage in self.stages)

    def with_stage(self, stage: Stage) -> Cascade:
        """Return the cascade with one more stage."""
        return replace(self, stages=(*self.stages, stage))

    def first(self, count: int) -> Cascade:
        """Return the cascade with its first stages only."""
        return replace(self, stages=self.stages[:count])
