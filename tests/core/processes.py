"""Real processes of the real program on one database: `erp run`, `erp worker`, commands."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from erp_core.testing.fixtures import SECRET
from tests import forks
from tests.core.boot import TOY_NAMES, TOYS

ROOT = Path(__file__).parents[2]
QUICK_LEASE = "import erp_core.scheduler as s; s.LEASE_SECONDS, s.RENEW_SECONDS = 3, 1; "


class Place:
    """A working directory with a settings.toml that names the toys and a database."""

    def __init__(self, folder: Path, url: str, **more: object) -> None:
        self.folder = folder
        lines = {
            "database_url": url,
            "secret_key": SECRET,
            "plugin_paths": [str(TOYS)],
            "plugins": list(TOY_NAMES),
            **more,
        }
        text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in lines.items())
        (folder / "settings.toml").write_text(text, encoding="utf-8")

    @property
    def environment(self) -> Mapping[str, str]:
        return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def erp(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return forks.run(arguments, self.folder, self.environment, stdin)

    @contextmanager
    def running(self, *arguments: str, before: str = "") -> Iterator[forks.Forked]:
        """Start a long-running command; it is killed at the end if it still runs."""
        log = self.folder / f"{'-'.join(arguments)}-{time.monotonic_ns()}.log"
        process = forks.start(arguments, self.folder, self.environment, log, before)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def logs(self) -> str:
        return "\n".join(path.read_text("utf-8") for path in sorted(self.folder.glob("*.log")))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(ready: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Return the first true answer; fails with what was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := ready():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s for {what}")


class Browser:
    """Somebody signed in at one of the running servers, over real HTTP."""

    def __init__(self, port: int, cookie: str, token: str) -> None:
        self.port = port
        self.headers = {"Cookie": f"session={cookie}", "X-CSRFToken": token}

    def ask(self, path: str, method: str = "GET") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers=self.headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def answers(self) -> bool:
        try:
            return self.ask("/login")[0] in {200, 302}
        except OSError:
            return False


@contextmanager
def servers(place: Place, count: int) -> Iterator[list[int]]:
    """Start `erp run` on free ports; gives the ports."""
    ports = [free_port() for _ in range(count)]
    with ExitStack() as stack:
        for port in ports:
            stack.enter_context(place.running("run", "--port", str(port)))
        yield ports


def kill(process: forks.Forked) -> None:
    """End a process as a power cut does."""
    process.send_signal(signal.SIGKILL)
    process.wait()
