"""A recipe: all that the weights of a classifier depend on, in one TOML file."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videmo.config import build_record
from videmo.errors import UsageError
from videmo.training.classifier.datasets.formats import DataSource, parse_source
from videmo.training.classifier.fit import FitSettings
from videmo.training.classifier.network import NETWORKS

FOLDER = Path(__file__).parent / "recipes"


@dataclass(frozen=True, slots=True)
class TeacherSettings:
    """Networks that label for the one that ships."""

    count: int = 0
    """How many are trained, each with the next seed; 0 for learning from the votes alone."""
    share: float = 0.5
    """Weight of their opinion beside the votes, 0 to 1. Faces without votes have their opinion only."""
    go_on: bool = False
    """Whether the network that ships begins with the first teacher's weights instead of from scratch."""
    epochs: int = 0
    """Passes of the network that ships, if other than those of the teachers; 0 for as many."""
    peak_learning_rate: float = 0.0
    """Its learning rate, if other than the teachers'; 0 for the same."""

    def __post_init__(self) -> None:
        if self.count < 0 or not 0 <= self.share <= 1:
            raise UsageError(f"teachers: count {self.count}, share {self.share}: expected 0 or more, and 0 to 1.")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Say how a classifier is made."""

    network: str
    """A name of `networks.NETWORKS`."""
    data: tuple[DataSource, ...]
    """Labelled faces; all together."""
    unlabelled: tuple[DataSource, ...] = ()
    """Faces that the teachers label."""
    pool_votes: bool = False
    """Whether images of the same photograph share their votes. Takes time with the square of the number of images."""
    training: FitSettings = field(default_factory=FitSettings)
    teachers: TeacherSettings = field(default_factory=TeacherSettings)

    def __post_init__(self) -> None:
        if self.network not in NETWORKS:
            raise UsageError(f"network {self.network!r}: unknown. Choose one of {', '.join(NETWORKS)}.")
        if not self.data:
            raise UsageError("no data: name a data set, or add one under [[data]] in the recipe.")
        if not all(source.labelled for source in self.data):
            raise UsageError("[[data]] needs labelled faces; pictures belong under [[unlabelled]].")
        if any(source.labelled for source in self.unlabelled):
            raise UsageError("[[unlabelled]] needs the format 'pictures'.")
        if self.unlabelled and not self.teachers.count:
            raise UsageError("[[unlabelled]] faces need teachers to label them: set count in [teachers].")


def shipped_recipes() -> list[str]:
    """Names of the recipes in the package."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_recipe(name: str) -> Recipe:
    """Read a shipped recipe by name, or any TOML file by path.

    Raises:
        UsageError: there is no such recipe, or a name or value in it is wrong.
    """
    path = FOLDER / f"{name}.toml" if name in shipped_recipes() else Path(name)
    if not path.is_file():
        raise UsageError(
            f"{name}: no such recipe. Choose one of {', '.join(shipped_recipes())}, or the path of a TOML file."
        )
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise UsageError(f"{path}: not a TOML file ({exc}).") from exc
    known = ("network", "pool_votes", "data", "unlabelled", "training", "teachers")
    if unknown := sorted(set(tree) - set(known)):
        raise UsageError(f"{path}: unknown '{unknown[0]}'. A recipe has {', '.join(known)}.")
    if not isinstance(tree.get("network"), str):
        raise UsageError(f'{path}: lacks a line like network = "residual".')
    pool = tree.get("pool_votes", False)
    if not isinstance(pool, bool):
        raise UsageError(f"{path}: pool_votes = {pool!r}: expected true or false.")
    return Recipe(
        network=tree["network"],
        pool_votes=pool,
        data=_sources(tree, "data", path),
        unlabelled=_sources(tree, "unlabelled", path),
        training=build_record(FitSettings, tree.get("training", {}), "training.", str(path)),
        teachers=build_record(TeacherSettings, tree.get("teachers", {}), "teachers.", str(path)),
    )


def changed(
    recipe: Recipe, *, datasets: Sequence[str], epochs: int | None, seed: int | None, balance: str | None
) -> Recipe:
    """Apply what the user asks for beside the recipe.

    Args:
        recipe: to start from.
        datasets: ``FORMAT=PATH``, in place of the recipe's labelled data where there are any.
        epochs: or None to keep the recipe's; so for the next two.
        seed: of all randomness.
        balance: see `fit.FitSettings`.

    Raises:
        UsageError: a value is out of range.
    """
    training = recipe.training
    if epochs is not None:
        training = dataclasses.replace(training, epochs=epochs)
    if seed is not None:
        training = dataclasses.replace(training, seed=seed)
    if balance is not None:
        training = dataclasses.replace(training, balance=balance)
    data = tuple(parse_source(text) for text in datasets) or recipe.data
    # Faces of the recipe's own folder are not there when somebody brings data of their own.
    unlabelled = () if datasets else recipe.unlabelled
    return dataclasses.replace(recipe, training=training, data=data, unlabelled=unlabelled)


def _sources(tree: dict[str, Any], name: str, path: Path) -> tuple[DataSource, ...]:
    tables = tree.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError(f"{path}: '{name}' must be a list of tables. Write [[{name}]] above format and path.")
    for table in tables:
        if missing := {"format", "path"} - set(table):
            raise UsageError(f"{path}: [[{name}]] lacks {' and '.join(sorted(missing))}.")
    return tuple(build_record(DataSource, table, f"{name}.", str(path)) for table in tables)
