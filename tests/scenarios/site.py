"""A Pegboard of its own for a scenario: a folder, a database and real `erp` processes.

They are forked from a warm server (`tests.forks`) unless a program is named, which is then started
as anybody would.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests import forks

ROOT = Path(__file__).resolve().parents[2]
NORTHWIND = ROOT.parent / "shared" / "data" / "northwind"


def free_port() -> int:
    """Ask the system for a port nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """Runs commands and servers against one database, and stops what it started."""

    def __init__(self, folder: Path, url: str, program: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.url = url
        self.program = program
        self.running: list[subprocess.Popen[bytes] | forks.Forked] = []
        secret = "scenario secret that is long enough for the check"
        self.environment = {**os.environ, "ERP_DATABASE_URL": url, "ERP_SECRET_KEY": secret}
        self.environment.pop("ERP_SETTINGS", None)

    def run(self, *words: str, stdin: str = "", check: bool = True) -> Any:
        """Run `erp WORDS` to its end; a failure shows what it said."""
        if self.program:
            done = self._run(words, stdin)
        else:
            done = forks.run(words, self.folder, self.environment, stdin)
        assert not check or done.returncode == 0, (words, done.returncode, done.stderr[-2000:])
        return done

    def _run(self, words: tuple[str, ...], stdin: str) -> Any:
        return subprocess.run(
            [*self.program, *words],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )

    def json(self, *words: str) -> Any:
        """Run a command and read the JSON it prints."""
        return json.loads(self.run(*words, "--json").stdout)

    def start(self, *words: str) -> subprocess.Popen[bytes] | forks.Forked:
        """Start a process that goes on until the scenario ends."""
        log = self.folder / f"process-{len(self.running)}.log"
        process = (
            self._start(words, log)
            if self.program
            else forks.start(words, self.folder, self.environment, log)
        )
        self.running.append(process)
        return process

    def _start(self, words: tuple[str, ...], path: Path) -> subprocess.Popen[bytes]:
        with path.open("wb") as log:
            return subprocess.Popen(
                [*self.program, *words],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def serve(self) -> str:
        """Start a web server and return its address once it answers."""
        port = free_port()
        self.start("run", "--port", str(port))
        base = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(f"{base}/login"), 60)
        return base

    def person(self, role: str, password: str = "correct horse battery") -> tuple[str, str]:
        """Create somebody who can sign in; returns address and password."""
        email = f"{role}@example.com"
        self.run(
            "user", "create", "--email", email, "--role", role, "--password-stdin", stdin=password
        )
        return email, password

    def stop(self) -> None:
        """End what is still running."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def answers(url: str) -> bool:
    """Say whether something answers at an address."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def wait_for(condition: Any, seconds: float) -> Any:
    """Wait until a condition holds and return its value; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"nothing happened within {seconds} s")
