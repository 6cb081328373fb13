"""Start ``videmo`` where everything is imported already: in a process of its own, but without the second that it takes.

So it goes with lines of Python, and with a copy of the package: that is imported afresh, over the libraries.

A process that never does anything but imports (this file, as a script) is asked for a run over a socket, and splits
itself. What it splits off has its own working folder, output, signals and exit code, and its workers split off in the
same way. What only a fresh start can show (what is imported when, how early a signal is answered, the order in which
sets are gone through, which differs from one start to the next) needs `runs.cold`.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

POSSIBLE = sys.platform == "linux"
"""Whether processes can be split; elsewhere, libraries of the system don't survive it."""
_MOST_BYTES = 100_000
"""Of a message: it has to arrive in one piece."""
_LAZY = (
    "ai_edge_litert.interpreter", "cv2", "filelock", "jinja2", "matplotlib.backends.backend_agg", "matplotlib.figure",
    "numpy", "pandas", "PIL.ImageDraw", "PIL.ImageFont", "platformdirs", "pyarrow.parquet", "rich.progress",
    "scipy.optimize", "scipy.special", "scipy.stats",
)  # fmt: skip
"""What functions import when they are called."""
_LEFT_OUT = ("videmo.training", "videmo.__main__")
"""Training imports TensorFlow, which starts threads."""


@dataclass(frozen=True)
class Request:
    """What is to be run."""

    arguments: Sequence[str]
    folder: str
    code: str = ""
    """Lines of Python; the command line if there are none."""
    package: str = ""
    """A folder with another copy of the package."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is added to the environment."""


class Warm:
    """The process that splits off runs, as its user sees it; it starts at once, and ends with its user."""

    def __init__(self) -> None:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._environment = _environment()
        root = Path(importlib.import_module("videmo").__path__[0]).parent
        with its:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(its.fileno())],
                cwd=root,
                env={**self._environment, "PYTHONPATH": str(root)} | _one_thread(),
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._channel = ours
        self._lock = threading.Lock()
        atexit.register(self.close)

    def fits(self, arguments: Sequence[str]) -> bool:
        """Whether a run can be split off: nobody has changed the environment, which libraries read on import."""
        return _environment() == self._environment and sum(map(len, arguments)) < _MOST_BYTES

    def run(
        self, arguments: Sequence[str], cwd: Path | None, timeout: float, **more: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run ``videmo …``, or what ``more`` says of a `Request`, to its end.

        Raises:
            subprocess.TimeoutExpired: after so many seconds; the run is killed.
        """
        request = Request([*map(os.fspath, arguments)], str(Path(cwd or ".").absolute()), **more)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors, self._lock:
            socket.send_fds(self._channel, [json.dumps(asdict(request)).encode()], [out.fileno(), errors.fileno()])
            pid = int(self._channel.recv(100))
            code = self._code(pid, timeout)
            said = [_text(stream) for stream in (out, errors)]
        if code is None:
            raise subprocess.TimeoutExpired(list(arguments), timeout, *said)
        return subprocess.CompletedProcess(list(arguments), code, *said)

    def _code(self, pid: int, timeout: float) -> int | None:
        """The exit code of a run; None if it took too long."""
        self._channel.settimeout(timeout)
        try:
            return int(self._channel.recv(100))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            self._channel.settimeout(None)
            self._channel.recv(100)
            return None
        finally:
            self._channel.settimeout(None)

    def close(self) -> None:
        """End the process, and wait for it."""
        self._channel.close()
        self._process.wait()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def _one_thread() -> dict[str, str]:
    from videmo.machine import ONE_THREAD

    return ONE_THREAD


def _text(stream: Any) -> str:
    stream.seek(0)
    return str(stream.read().decode("utf-8").replace("\r\n", "\n"))


# From here on: in the process that splits itself.


def serve(channel: socket.socket) -> None:
    """Split off runs until nobody is left to request one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _import_all()
    gc.collect()
    gc.freeze()
    while True:
        message, files, _, _ = socket.recv_fds(channel, 2 * _MOST_BYTES, 2)
        if not message:
            return
        pid = os.fork()
        if not pid:
            channel.close()
            _to_the_end(partial(_be_a_run, Request(**json.loads(message)), files))
        for file in files:
            os.close(file)
        channel.send(str(pid).encode())
        channel.send(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())


def _import_all() -> None:
    """Import what a command may need, the command line first, as a fresh start does."""
    importlib.import_module("videmo.cli.app")
    package = importlib.import_module("videmo")
    ours = [found.name for found in pkgutil.walk_packages(package.__path__, "videmo.", onerror=print)]
    for name in (*_LAZY, *ours):
        if not name.startswith(_LEFT_OUT):
            importlib.import_module(name)
    sys.modules["videmo.cli.app"].app(["--version"], standalone_mode=False)  # what typer imports when it is called


def _to_the_end(do: Callable[[], None]) -> NoReturn:
    """Do something, and end this process as Python ends: never does it go on as what it was split off."""
    code = 1
    try:
        do()
        code = 0
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _be_a_run(request: Request, files: Sequence[int]) -> None:
    for place, file in enumerate(files, 1):
        os.dup2(file, place)
        os.close(file)
    os.chdir(request.folder)
    _answer_as_from_the_start()
    os.environ.update(request.environment)
    sys.path[:0] = [place for place in request.environment.get("PYTHONPATH", "").split(os.pathsep) if place]
    tempfile.tempdir = None  # the environment may name another one
    if request.package:
        _take_another_copy(request.package)
    importlib.import_module("videmo.batch.engines.process").subprocess = SimpleNamespace(  # type: ignore[attr-defined]
        Popen=_Worker, PIPE=subprocess.PIPE
    )
    if request.code:
        sys.argv = ["-c", *request.arguments]
        exec(compile(request.code, "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = ["videmo", *request.arguments]
        runpy.run_module("videmo", run_name="__main__", alter_sys=True)


def _take_another_copy(package: str) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "videmo"]:
        del sys.modules[name]
    sys.path.insert(0, package)


def _answer_as_from_the_start() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    sys.unraisablehook = sys.__unraisablehook__


class _Worker:
    """A worker of a run, split off from it; takes the place of `subprocess.Popen` there."""

    def __init__(
        self, command: Sequence[str], *, stdin: int, stdout: int, cwd: Path | None, env: dict[str, str]
    ) -> None:
        assert stdin == stdout == subprocess.PIPE
        tasks, results = os.pipe(), os.pipe()
        self.pid = os.fork()
        if not self.pid:
            _to_the_end(partial(_be_a_worker, command[-1], tasks[0], results[1], cwd, env))
        os.close(tasks[0])
        os.close(results[1])
        self.stdin, self.stdout = os.fdopen(tasks[1], "wb"), os.fdopen(results[0], "rb")
        self.returncode: int | None = None
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """The exit code of the worker; None while it lives."""
        return self._look(os.WNOHANG)

    def wait(self) -> int | None:
        """Wait for the end of the worker, and return its exit code."""
        return self._look(0)

    def kill(self) -> None:
        """End the worker at once, if it lives."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def _look(self, how: int) -> int | None:
        with self._lock:
            if self.returncode is None:
                pid, status = os.waitpid(self.pid, how)
                self.returncode = os.waitstatus_to_exitcode(status) if pid else None
            return self.returncode


def _be_a_worker(guard: str, tasks: int, results: int, cwd: Path | None, environment: dict[str, str]) -> None:
    from videmo.batch.engines.worker import serve

    os.dup2(tasks, 0)
    os.dup2(results, 1)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.environ.update(environment)
    if cwd:
        os.chdir(cwd)
    _answer_as_from_the_start()
    serve(guard)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
