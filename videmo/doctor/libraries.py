"""Load the libraries that videmo stands on, each in a process that may crash, and ask what they can do."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from videmo.batch.engines.protocol import Engine
from videmo.doctor.asking import Question, asked
from videmo.doctor.findings import FAULT, OK, WARNING, Finding
from videmo.version import __version__

if TYPE_CHECKING:
    from videmo.video.codecs import Abilities

_LIBRARIES: Final = {
    "OpenCV": ("cv2", "opencv-python-headless"),
    "LiteRT": ("ai_edge_litert.interpreter", "ai-edge-litert"),
    "numpy": ("numpy", "numpy"),
    "pandas": ("pandas", "pandas"),
    "matplotlib": ("matplotlib", "matplotlib"),
}
"""What is loaded of each, and the package that it comes in."""
_AGAIN: Final = "Install videmo again, in an environment of its own."


@dataclass(frozen=True, slots=True)
class Library(Question):
    """Load a library; returns its version and, where it can tell, the features of the processor."""

    name: str

    def run(self) -> tuple[str, str]:
        """Load it."""
        module, package = _LIBRARIES[self.name]
        loaded = importlib.import_module(module)
        return importlib.metadata.version(package), str(getattr(loaded, "getCPUFeaturesLine", str)())


@dataclass(frozen=True, slots=True)
class Codecs(Question):
    """Load PyAV; returns its version, that of FFmpeg, and what it can't decode or encode."""

    def run(self) -> Abilities:
        """Load it."""
        from videmo.video.codecs import abilities

        return abilities()


def look_at_programs() -> Iterator[Finding]:
    """Name this videmo, and the Python that runs it."""
    yield Finding("videmo", OK, f"{__version__}, in {Path(__file__).parent.parent}")
    system = f"{platform.system()} {platform.release()}"
    yield Finding("Python", OK, f"{platform.python_version()}, {sys.executable}, on {system}")


def look_at_libraries(engine: Engine) -> tuple[list[Finding], str]:
    """Load the libraries; return what was found, and the features of the processor as OpenCV names them."""
    found, features = [], ""
    for name in _LIBRARIES:
        answer = asked(engine, Library(name))
        if answer.trouble:
            found.append(Finding(name, FAULT, f"cannot be loaded: {answer.trouble}", _AGAIN))
            continue
        version, there = answer.value
        found.append(Finding(name, OK, version))
        features = features or there
    return found, features


def look_at_codecs(engine: Engine) -> Iterator[Finding]:
    """Load PyAV, and tell which videos can be read and written."""
    answer = asked(engine, Codecs())
    if answer.trouble:
        yield Finding("PyAV", FAULT, f"cannot be loaded: {answer.trouble}", _AGAIN)
        return
    can: Abilities = answer.value
    yield Finding("PyAV", OK, f"{can.version} with FFmpeg {can.ffmpeg}")
    reads = f"reads {', '.join(can.decoded)}"
    if can.not_decoded:
        usual = not set(can.needed) & set(can.not_decoded)
        advice = "Recordings of these kinds will fail: convert them to H.264." if usual else _AGAIN
        yield Finding("codecs", WARNING if usual else FAULT, f"{reads}; not {', '.join(can.not_decoded)}", advice)
    else:
        yield Finding("codecs", OK, reads)
    if can.not_encoded:
        yield Finding("encoders", FAULT, f"no {', '.join(can.not_encoded)}: annotated videos can't be written", _AGAIN)
    else:
        yield Finding("encoders", OK, f"writes {', '.join(can.encoded)}")
