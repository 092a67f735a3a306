"""Real `erp` processes without the wait: forked from a server that has read the modules already.

Every command and server of a scenario is a process of its own, with its own pid, environment,
standard streams and exit code, killed by real signals. Only the reading of modules, which takes
most of a start and is the same each time, happens once. The scenario of the wheel and `erp plugin
check` start the installed program itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

from erp_core.discovery import plan

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_APPEND
_METHOD = multiprocessing.get_context("forkserver")


class Forked:
    """A running process, in the words of `subprocess.Popen`."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self.pid = process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("erp", timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None and self.pid:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path, before: str = ""
) -> Forked:
    """Start `erp WORDS`, which writes to `log`; `before` is run first, to shorten its periods."""
    return _fork(words, folder, environment, (os.devnull, str(log), str(log)), before)


def run(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `erp WORDS` to its end, at most two minutes."""
    with tempfile.TemporaryDirectory() as place:
        streams = [Path(place, name) for name in ("in", "out", "err")]
        streams[0].write_text(stdin, encoding="utf-8")
        process = _fork(words, folder, environment, [str(path) for path in streams])
        try:
            code = process.wait(120)
        finally:
            process.kill()
        said = [path.read_text("utf-8") for path in streams[1:]]
    return subprocess.CompletedProcess(["erp", *words], code, *said)


def _fork(
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    streams: Sequence[str],
    before: str = "",
) -> Forked:
    _METHOD.set_forkserver_preload(["erp_core.__main__", *_registers()])
    arguments = (list(words), str(folder), dict(environment), list(streams), before)
    process = _METHOD.Process(target=_become, args=arguments)
    process.start()
    return Forked(process)


def _registers() -> list[str]:
    return [f"{item.package}.register" for item in plan(safe_mode=True).plugins]


def _become(
    words: list[str], folder: str, environment: dict[str, str], streams: list[str], before: str
) -> None:
    """Turn this fork into `erp WORDS`; leaving `main` ends it with the program's exit code."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["erp", *words]
    for number, stream in enumerate(streams):
        os.dup2(os.open(stream, _WRITE if number else os.O_RDONLY), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - until the process ends
    exec(before, {})
    from erp_core.__main__ import main

    main()
