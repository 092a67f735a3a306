"""Rendering in a limited child process: 2 seconds, 256 MB, 256 KB for each part.

The child is kept warm, and killed and started again after any excess and after each few hundred
renderings. It is our own script (`sandbox.py`), gets no environment and plain data only.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from erp_core.errors import ErpError
from plugins.email_templates.addresses import one_line

CHILD = Path(__file__).parents[1] / "sandbox.py"
SECONDS = 2.0
START_SECONDS = 30.0
RENDERINGS = 500
MOST_SUBJECT = 250
NAMES = {"subject": "The subject", "text": "The text", "html": "The HTML"}


@dataclass(frozen=True, slots=True)
class Draft:
    """The three sources of a template, or three rendered parts. An empty `html` is left out."""

    subject: str
    text: str
    html: str = ""


class TemplateError(ErpError):
    """A template cannot be used; names the part, the line (0: unknown) and what is allowed."""

    def __init__(self, part: str, line: int, sentence: str) -> None:
        where = f"{NAMES[part]}, line {line}," if line else NAMES[part]
        super().__init__(f"{where} {sentence}.".replace("..", "."))
        self.part = part
        self.line = line


class Renderer:
    """A child process and the lock that lets one thread at a time talk to it."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._left = 0
        self._owner = 0

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the child's answer; raises TemplateError when it took too long or died."""
        with self._lock:
            child = self._ready()
            self._left -= 1
            answer = self._exchange(child, json.dumps(request).encode() + b"\n", self.seconds)
            if answer.get("worn"):  # the next template gets a fresh child
                self.close()
            return answer

    def _ready(self) -> subprocess.Popen[bytes]:
        mine = self._owner == os.getpid()
        if self._child is None or not mine or self._left <= 0 or self._child.poll() is not None:
            if mine:
                self.close()
            self._start()
        assert self._child is not None
        return self._child

    def _start(self) -> None:
        command = [sys.executable, "-I", str(CHILD)]
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env={}, cwd="/"
        )
        self._left, self._owner = RENDERINGS, os.getpid()
        if "ready" not in self._exchange(self._child, b"", START_SECONDS):
            self.close()
            raise ErpError("E-mails cannot be rendered: the renderer does not start.")

    def _exchange(
        self, child: subprocess.Popen[bytes], line: bytes, seconds: float
    ) -> dict[str, Any]:
        assert child.stdin is not None
        assert child.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(line)
            child.stdin.flush()
        with selectors.DefaultSelector() as waiting:
            waiting.register(child.stdout, selectors.EVENT_READ)
            if not waiting.select(seconds):
                return _ended(f"takes over {seconds:g} seconds")
        found = child.stdout.readline()
        if not found.endswith(b"\n"):
            return _ended("needs too much memory")
        return dict(json.loads(found))

    def close(self) -> None:
        """Kill the child, whatever it is doing."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                with contextlib.suppress(OSError):
                    assert pipe is not None
                    pipe.close()


def _ended(sentence: str) -> dict[str, Any]:
    return {"part": "text", "line": 0, "sentence": sentence, "worn": True}


_renderer = Renderer()
atexit.register(_renderer.close)


def render(draft: Draft, variables: Mapping[str, Any]) -> Draft:
    """Fill in a template; raises TemplateError with part, line and reason."""
    return _render(draft, variables, check=False)


def check(draft: Draft, example: Mapping[str, Any]) -> Draft:
    """Render with the documented example, and look at every name, also in branches not taken."""
    if not draft.subject.strip():
        raise TemplateError("subject", 0, "is empty; write what the e-mail is about")
    if not draft.text.strip():
        raise TemplateError("text", 0, "is empty; write at least one sentence")
    return _render(draft, example, check=True)


def _render(draft: Draft, variables: Mapping[str, Any], *, check: bool) -> Draft:
    parts = {name: source for name, source in asdict(draft).items() if source.strip()}
    answer = _renderer.ask({"parts": parts, "data": dict(variables), "check": check})
    if "parts" not in answer:
        raise TemplateError(answer["part"], answer["line"] or 0, answer["sentence"])
    done = answer["parts"]
    subject = one_line(done.get("subject", ""))
    if not 0 < len(subject) <= MOST_SUBJECT:
        raise TemplateError("subject", 0, f"must become 1 to {MOST_SUBJECT} characters")
    return Draft(subject, done.get("text", ""), done.get("html", ""))
