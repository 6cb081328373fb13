"""The image: its instructions are sound, and the same steps without an engine give a videmo that anybody can run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Instruction = tuple[str, str]


def instructions() -> list[Instruction]:
    """The instructions of the Dockerfile with what follows them, continued lines joined."""
    text = "\n".join(line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(words[0], words[1]) for line in lines if len(words := line.split(maxsplit=1)) == 2]


def copied() -> list[str]:
    """What is copied from the repository."""
    return [
        source
        for name, rest in instructions()
        if name == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]


def test_every_image_is_named_with_a_version_and_nothing_is_fetched_past_the_package_index() -> None:
    found = instructions()
    assert all(re.search(r"[:}]\S", rest) for name, rest in found if name == "FROM")
    assert not [rest for name, rest in found if name == "ADD"]
    assert not [rest for name, rest in found if name == "RUN" and re.search(r"curl|wget|apt-get|http", rest)]


def test_it_does_not_run_as_root() -> None:
    names = [name for name, _ in instructions()]
    user = next(rest for name, rest in reversed(instructions()) if name == "USER")
    assert user.split(":")[0] not in ("root", "0")
    assert names.index("USER") < names.index("ENTRYPOINT")


def test_only_what_is_needed_is_sent_and_all_of_it_is_there() -> None:
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert sorted(name.removeprefix("./") for name in copied()) == sorted(let_in)
    assert all((ROOT / name).exists() for name in let_in)


def test_extras_of_the_image_are_those_of_the_package() -> None:
    import tomllib

    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (asked,) = (re.search(r"\.whl\)\[([\w,]+)\]", rest) for name, rest in instructions() if ".whl)[" in rest)
    assert asked is not None
    assert set(asked[1].split(",")) <= set(known)


@pytest.mark.slow
def test_the_same_steps_give_a_videmo_that_needs_no_home(tmp_path: Path) -> None:
    source, venv = tmp_path / "source", tmp_path / "venv"
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.splitlines():
        if any(name == each or name.startswith(f"{each}/") for each in copied()) and not fnmatch(name, "*.pyc"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    (step,) = (rest for name, rest in instructions() if name == "RUN" and "pip wheel" in rest)
    wheel = step.replace("python ", f"{sys.executable} ", 1).replace("/wheels", str(tmp_path / "wheels"))
    done = subprocess.run(wheel, cwd=source, shell=True, capture_output=True, text=True, check=False)
    if "No matching distribution" in done.stderr or "Could not find" in done.stderr:
        pytest.skip("the package index can't be reached")
    assert done.returncode == 0, done.stderr
    (built,) = (tmp_path / "wheels").glob("videmo-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    place = next(venv.glob("lib/python*/site-packages"))
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(place), str(built)]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    # What videmo needs is here already; its own code comes from the wheel, not from the repository.
    here = next(path for path in sys.path if path.endswith("site-packages"))
    (place / "needed.pth").write_text(f"{here}\n")
    out = tmp_path / "out"
    out.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"TMPDIR": str(out), "MPLCONFIGDIR": str(out / "matplotlib")}
    before = sorted(venv.rglob("*"))
    script = "import videmo, sys; print(videmo.__file__); from videmo.__main__ import main; main()"
    command = [str(venv / "bin" / "python"), "-c", script]
    command += ["analyze", str(ROOT / "samples" / "no-face.mp4"), "--out", str(out / "results"), "--fps", "2"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == str(place / "videmo" / "__init__.py")
    assert (out / "results" / "recordings.csv").is_file()
    assert sorted(venv.rglob("*")) == before, "nothing is written into the image"
    assert not Path(environment["HOME"]).exists()
