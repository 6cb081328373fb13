"""Find out whether a folder is that of a study at all, before its files are read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from videmo.errors import StudyError
from videmo.results import names
from videmo.results.study import StudyFolder
from videmo.store.stores import kind_of
from videmo.study.design import Remark

_OTHERS: Final = ("study.yaml", "study.yml", "study.ini", "study.toml.txt")
_BEGIN: Final = "Let 'videmo study init' write one."


def check_there(folder: StudyFolder, inputs: Collection[str]) -> Iterator[Remark]:
    """Check that a folder has a study's files; yields what is to be said where its settings are missing.

    Args:
        folder: that is said to be a study's.
        inputs: the kinds of files that are there.

    Raises:
        StudyError: there is no such folder, nothing of a study is in it, or its settings are a file of another kind.
    """
    path = folder.path
    if not inputs and not kind_of(path):
        if path.is_file():
            raise StudyError(path, "this is a file", "the folder of a study", f"Name the folder: {path.parent}.")
        if not path.is_dir():
            raise StudyError(path, "there is no such folder", "the folder of a study", _BEGIN)
    if "plan" in inputs:
        return
    for name in _OTHERS:
        if folder.has(name):
            advice = f"Write the same into {names.STUDY}."
            raise StudyError(path / name, f"the settings of a study are not read from it: no {names.STUDY} in {path}",
                             advice=advice)  # fmt: skip
    if not inputs:
        raise StudyError(path, f"no {names.STUDY} in this folder", "the folder of a study", _BEGIN)
    yield Remark(str(path), f"no {names.STUDY} in this folder: all settings are the defaults")
