"""Read recipes: everything that the weights of a classifier depend on, in one TOML file."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videmo.config import build_record
from videmo.errors import Given, UsageError
from videmo.training.classifier.datasets.formats import DataSource, parse_source
from videmo.training.classifier.fit import FitSettings
from videmo.training.classifier.network import NETWORKS
from videmo.weights import current_name

FOLDER = Path(__file__).parent / "recipes"
_KNOWN = ("name", "about", "network", "pool_votes", "data", "unlabelled", "training", "teachers", "terms")


@dataclass(frozen=True, slots=True)
class TeacherSettings:
    """Describe the networks that label for the final one."""

    count: int = 0
    """Number of teachers, each trained with the next seed; 0 to learn from the votes alone."""
    share: float = 0.5
    """Weight of their opinion against the votes, 0 to 1. Faces without votes have only their opinion."""
    go_on: bool = False
    """Whether the final network starts from the first teacher's weights instead of from scratch."""
    epochs: int = 0
    """Epochs of the final network; 0 for as many as the teachers have."""
    peak_learning_rate: float = 0.0
    """Learning rate of the final network; 0 for that of the teachers."""

    def __post_init__(self) -> None:
        if self.count < 0 or not 0 <= self.share <= 1:
            raise UsageError(
                Given("teachers"),
                f"count = {self.count} and share = {self.share} are out of range",
                "a count of 0 or more and a share from 0 to 1",
            )


@dataclass(frozen=True, slots=True)
class Recipe:
    """Say how a classifier is made."""

    network: str
    """A name in `network.NETWORKS`."""
    data: tuple[DataSource, ...]
    """Sources of labelled faces, used together."""
    unlabelled: tuple[DataSource, ...] = ()
    """Faces that the teachers label."""
    pool_votes: bool = False
    """Whether images of the same photograph share their votes. Takes time with the square of their number."""
    training: FitSettings = field(default_factory=FitSettings)
    teachers: TeacherSettings = field(default_factory=TeacherSettings)
    name: str = ""
    """Of the files that training writes; empty for the network's."""
    about: str = ""
    """What the card says first."""
    terms: Mapping[str, str] = field(default_factory=dict)
    """Licence or terms of each source of the data, for the card; empty if they are not known."""

    @property
    def title(self) -> str:
        """Return the name of the files that training writes."""
        return self.name or self.network

    def __post_init__(self) -> None:
        if Path(self.name).name != self.name:
            raise UsageError(Given("name", repr(self.name)), "not the name of a file", "a name such as mine")
        if self.network not in NETWORKS:
            raise UsageError(Given("network", repr(self.network)), "no such network", f"one of {', '.join(NETWORKS)}")
        if not self.data:
            raise UsageError(Given("data"), "no data set", advice="Name one, or add one under [[data]] in the recipe.")
        if not all(source.labelled for source in self.data):
            raise UsageError(
                Given("data"), "faces without labels", "labelled faces", "Put pictures under [[unlabelled]] instead."
            )
        if any(source.labelled for source in self.unlabelled):
            raise UsageError(Given("unlabelled"), "labelled faces", "the format 'pictures'", "Put them under [[data]].")
        if self.unlabelled and not self.teachers.count:
            raise UsageError(
                Given("unlabelled"), "no teachers to label these faces", advice="Set count in [teachers] to 1 or more."
            )


def shipped_recipes() -> list[str]:
    """List the names of the recipes in the package."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_recipe(name: str) -> Recipe:
    """Read a shipped recipe by name, also a former one, or any TOML file by path.

    Raises:
        UsageError: there is no such recipe, or a name or value in it is wrong.
    """
    today = current_name(name)
    path = FOLDER / f"{today}.toml" if today in shipped_recipes() else Path(name)
    if not path.is_file():
        names = ", ".join(["broad", *shipped_recipes()])  # whose data and settings are no file
        raise UsageError(name, "no such recipe", f"one of {names}, or the path of a TOML file")
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise UsageError(path, f"not a TOML file ({exc})", advice="Correct it.") from exc
    if unknown := sorted(set(tree) - set(_KNOWN)):
        raise UsageError(path, f"unknown '{unknown[0]}'", f"one of {', '.join(_KNOWN)}")
    if not isinstance(tree.get("network"), str):
        raise UsageError(path, "no network", 'a line such as network = "residual"')
    for key in ("name", "about"):
        if not isinstance(tree.get(key, ""), str):
            raise UsageError(path, f"{key} = {tree[key]!r}", "a string")
    pool = tree.get("pool_votes", False)
    if not isinstance(pool, bool):
        raise UsageError(path, f"pool_votes = {pool!r}", "true or false")
    return Recipe(
        network=tree["network"],
        pool_votes=pool,
        data=_sources(tree, "data", path),
        unlabelled=_sources(tree, "unlabelled", path),
        training=build_record(FitSettings, tree.get("training", {}), "training.", str(path)),
        teachers=build_record(TeacherSettings, tree.get("teachers", {}), "teachers.", str(path)),
        name=tree.get("name", ""),
        about=tree.get("about", ""),
        terms=_terms(tree, path),
    )


def changed(
    recipe: Recipe, *, datasets: Sequence[str], epochs: int | None, seed: int | None, balance: str | None
) -> Recipe:
    """Apply what the user asks for in addition to the recipe.

    Args:
        recipe: to start from.
        datasets: ``FORMAT=PATH``, replacing the recipe's labelled data if there are any.
        epochs: of each network; None to keep the recipe's; likewise for the next two.
        seed: of all randomness.
        balance: see `fit.FitSettings`.

    Raises:
        UsageError: a value is out of range.
    """
    training, teachers = recipe.training, recipe.teachers
    if epochs is not None:
        training = dataclasses.replace(training, epochs=epochs)
        teachers = dataclasses.replace(teachers, epochs=epochs)
    if seed is not None:
        training = dataclasses.replace(training, seed=seed)
    if balance is not None:
        training = dataclasses.replace(training, balance=balance)
    data = tuple(parse_source(text) for text in datasets) or recipe.data
    if datasets:
        # Somebody who brings their own data doesn't have the faces in the recipe's own folder, and what the recipe says
        # of its data doesn't hold for theirs.
        recipe = dataclasses.replace(recipe, unlabelled=(), name="", about="", terms={})
    return dataclasses.replace(recipe, training=training, teachers=teachers, data=data)


def _terms(tree: dict[str, Any], path: Path) -> dict[str, str]:
    terms = tree.get("terms", {})
    if not isinstance(terms, dict) or not all(isinstance(each, str) for each in terms.values()):
        raise UsageError(
            path, "'terms' is not a table of strings", 'lines such as "FER2013" = "research use" in [terms]'
        )
    return terms


def _sources(tree: dict[str, Any], name: str, path: Path) -> tuple[DataSource, ...]:
    tables = tree.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError(path, f"'{name}' is not a list of tables", advice=f"Write [[{name}]] above format and path.")
    for table in tables:
        if missing := {"format", "path"} - set(table):
            raise UsageError(path, f"[[{name}]] lacks {' and '.join(sorted(missing))}", advice="Add the missing lines.")
    return tuple(build_record(DataSource, table, f"{name}.", str(path)) for table in tables)
