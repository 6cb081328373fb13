"""The house itself: who may name what, how docstrings begin, and what is public."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

import videmo
from guide import WALKTHROUGHS, blocks, changed
from videmo import plots, study
from videmo.cli.analyze import analyze as analyze_command
from videmo.results import names

PACKAGE = Path(videmo.__file__).parent
ROOT = PACKAGE.parent
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
NO_VERB = re.compile(r"(What|How|Where|Whether|Of|When|Which|Who)\b")
NAMES = {
    name
    for key, value in vars(names).items()
    if key.isupper()
    for name in (value if isinstance(value, tuple) else (value,))
}
"""Every name of a file or folder inside a folder of results."""
ASKED_OF_A_PATH = {
    "chmod", "exists", "glob", "is_dir", "is_file", "iterdir", "mkdir", "open", "read_bytes", "read_text", "rename",
    "replace", "rglob", "stat", "touch", "unlink", "write_bytes", "write_text",
}  # fmt: skip
"""Methods by which a path is taken for one of this machine."""
NEITHER = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@lru_cache(maxsize=1)
def modules() -> dict[str, ast.Module]:
    """Every file of the package as a tree, by its path below the package."""
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def docstrings(tree: ast.Module) -> Iterator[str]:
    """The docstrings of a file, its classes and functions."""
    found = (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, NEITHER))
    return (text for text in found if text)


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every string in the code of a file, with its line: no docstring, and no line under a field."""
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, str]]:
    """Name and type of each parameter of a function, and of what it returns."""
    taken = function.args
    for each in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs):
        yield each.arg, ast.unparse(each.annotation) if each.annotation else ""
    yield function.name, ast.unparse(function.returns) if function.returns else ""


# Who may name what.


def test_the_names_in_a_folder_of_results_stand_in_one_module() -> None:
    assert {"run.json", "observations.csv", "report.html", ".work", "timeline.svg"} <= NAMES
    spelled = {
        f"{place}, line {line}: {text}"
        for place, tree in modules().items()
        for line, text in texts(tree)
        if text.split("/")[-1] in NAMES and place != "results/names.py"
    }
    assert not spelled, "ask RecordingResults or ResultsFolder for the path"


def test_only_results_makes_paths_of_names() -> None:
    joined, users = [], set()
    for place, tree in modules().items():
        if place.startswith("results/"):
            continue
        if any(isinstance(node, ast.ImportFrom) and _takes_names(node) for node in ast.walk(tree)):
            users.add(place)
        for node in ast.walk(tree):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                last = ast.unparse(node.right)
                if last.startswith("names.") or last in vars(names) or last.endswith(".key"):
                    joined.append(f"{place}, line {node.lineno}: {ast.unparse(node)}")
    assert not joined, "ask RecordingResults or ResultsFolder for the path"
    declaring = {place for place in users if place.startswith(("pipeline/stages/", "pipeline/study/"))}
    declaring.add("pipeline/folder.py")
    assert users - declaring <= {"report/index.py"}, "stages declare files by name, the index links pages; nobody else"


def _takes_names(node: ast.ImportFrom) -> bool:
    whole = {f"{node.module}.{alias.name}" for alias in node.names}
    return "videmo.results.names" in whole or node.module == "videmo.results.names"


def test_only_results_discovery_and_the_reader_of_recordings_hold_stores() -> None:
    users = {
        place
        for place, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("videmo.store")
        if node.module == "videmo.store.local" or "store_of" in {alias.name for alias in node.names}
    }
    assert users == {
        "results/stored.py",
        "batch/discover.py",
        "store/recordings.py",
        "store/marks.py",
        "store/stores.py",
    }


def test_nobody_but_results_asks_the_disk_for_a_file_of_theirs() -> None:
    asked = {
        f"{place}, line {node.lineno}: {ast.unparse(node.func)}"
        for place, tree in modules().items()
        if not place.startswith(("results/", "training/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKED_OF_A_PATH
        if re.search(r"\b(results|folder)\.\w+$", ast.unparse(node.func.value))
    }
    assert not asked, "it may lie in another store: results.has, reading, writing, put, remove"


def test_few_modules_name_the_emotions() -> None:
    users = [path for path in PACKAGE.rglob("*.py") if re.search(r"\bEMOTIONS\b", path.read_text(encoding="utf-8"))]
    assert len(users) <= 8, "take the words from the measures: measures.registry.words_in"


def test_a_manifest_is_never_a_dictionary() -> None:
    wrong = [
        f"{place}: {function.name}({name}: {kind})"
        for place, tree in modules().items()
        for function in functions(tree)
        for name, kind in annotations(function)
        if "manifest" in name and re.search(r"\b(dict|Mapping|MutableMapping)\b", kind) and "Manifest" not in kind
    ]
    assert not wrong


def test_only_the_command_line_words_flags() -> None:
    wrong = [
        f"{place}, line {line}: {text}"
        for place, tree in modules().items()
        if not place.startswith("cli/")
        for line, text in texts(tree)
        if FLAG.search(text)
    ]
    assert not wrong, "an error names the setting or argument with errors.Given; the command line words it"


# How it is written.


def test_docstrings_begin_with_a_verb() -> None:
    wrong = [
        f"{place}: {text.splitlines()[0]}"
        for place, tree in modules().items()
        for text in docstrings(tree)
        if NO_VERB.match(text)
    ]
    assert len(wrong) <= 10, "\n".join(wrong)


def test_every_module_class_and_public_function_has_a_docstring() -> None:
    wrong = [
        f"{place}: {getattr(node, 'name', 'the module')}"
        for place, tree in modules().items()
        for node in (tree, *tree.body)
        if isinstance(node, NEITHER) and not getattr(node, "name", "").startswith("_") and not ast.get_docstring(node)
    ]
    assert not wrong


# What is public.


def test_what_is_public_is_listed_and_nothing_else_shows() -> None:
    public = [
        "Detection", "EmotionClassifier", "FaceDetector", "Progress", "Results", "Settings", "StudyResults",
        "Tables", "UsageError", "VidemoError", "__version__", "analyze", "read", "read_study",
    ]  # fmt: skip
    assert sorted(videmo.__all__) == public
    assert sorted(dir(videmo)) == sorted([*public, "plots", "study"]), "and the rooms with functions for users"
    everything: dict[str, object] = {}
    exec("from videmo import *", everything)
    assert sorted(everything.keys() - {"__builtins__"}) == public
    with pytest.raises(AttributeError, match="has no attribute 'analyse'"):
        _ = videmo.analyse


def test_type_checkers_see_the_same_names_from_the_same_places() -> None:
    block = next(node for node in modules()["__init__.py"].body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in block.body for alias in node.names if isinstance(node, ast.ImportFrom)}
    assert seen == videmo._HOMES
    assert sorted([*seen, "__version__"]) == sorted(videmo.__all__)


@pytest.mark.parametrize("name", sorted(set(videmo.__all__) - {"__version__"}))
def test_what_is_public_says_what_it_is(name: str) -> None:
    thing = getattr(videmo, name)
    assert thing.__name__ == name
    assert inspect.getdoc(thing)
    if inspect.isclass(thing):
        for method, value in vars(thing).items():
            if not method.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                assert inspect.getdoc(value), f"{name}.{method}"


def test_the_room_of_the_python_interface_holds_nothing_else_that_is_public() -> None:
    for place, tree in modules().items():
        if place.startswith("api/"):
            names_ = {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
            assert {name for name in names_ if not name.startswith("_")} <= set(videmo.__all__), place


@pytest.mark.slow
def test_public_names_are_loaded_when_they_are_used() -> None:
    code = (
        "import sys, videmo; before = set(sys.modules); videmo.Settings;"
        "print(sorted(name for name in set(sys.modules) - before if name.split('.')[0] in ('numpy', 'cv2', 'pandas')))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


EXAMPLES = [
    "videmo",
    "videmo.study",
    *sorted(f"videmo.api.{path.stem}" for path in (PACKAGE / "api").glob("[a-z]*.py")),
]


@pytest.mark.slow
@pytest.mark.parametrize("module", EXAMPLES)
def test_examples_run_and_print_what_they_say(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # they use samples/
    failed, tried = doctest.testmod(importlib.import_module(module))
    assert tried
    assert not failed


def test_what_people_call_shows_an_example() -> None:
    for name in ("analyze", "read", "read_study", "FaceDetector", "EmotionClassifier", "Results"):
        assert ">>>" in (inspect.getdoc(getattr(videmo, name)) or ""), name


def test_documents_use_what_is_public_and_nothing_else() -> None:
    public = {f"{room.__name__}.{name}" for room in (videmo, plots, study) for name in room.__all__}
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for block in re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
            used = {name for name in _imported(ast.parse(block)) if name.split(".")[0] == "videmo"}
            assert used <= public | {"videmo", "videmo.plots", "videmo.study"}, path.name


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_files_that_documents_name_are_there() -> None:
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))):
        named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", path.read_text(encoding="utf-8"))
        gone = [name for name in named if not (ROOT / name).is_file() and not (PACKAGE / name).is_file()]
        assert not gone, path.name


def test_analyze_takes_in_python_what_the_command_takes() -> None:
    """What belongs to a terminal alone has no keyword: a settings file is a table of settings, shards are for jobs."""
    terminal = {"config", "dry_run", "quiet", "debug", "shard", "plan"}
    command = set(inspect.signature(analyze_command).parameters) - terminal
    assert command <= set(inspect.signature(videmo.analyze).parameters)


@pytest.mark.parametrize("what", WALKTHROUGHS)
def test_what_the_guide_changes_stands_in_the_house(what: str) -> None:
    """The slow tests of the walkthroughs run it; that a line has changed is known within a second."""
    texts: dict[str, str] = {}
    for language, place, body in blocks(what):
        path = PACKAGE.parent / place
        if language == "python":
            assert not path.exists(), place
            texts[place] = body
        else:
            texts[place] = changed(texts.get(place) or path.read_text(encoding="utf-8"), body, place)
    assert texts


def _private(tree: ast.Module) -> set[str]:
    """The names that a file gives to what only it may use, unless a decorator hands it on."""
    named = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.decorator_list
    }
    assigned = {
        node.target.id for node in tree.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    return {name for name in named | assigned if name.startswith("_") and not name.startswith("__")}


def test_what_a_file_keeps_to_itself_it_uses() -> None:
    """A part of a page was made and never handed to it."""
    unused = {
        f"{path}: {name}"
        for path, tree in modules().items()
        for name in _private(tree)
        - {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    }
    assert not unused
