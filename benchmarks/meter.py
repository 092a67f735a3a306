"""CPU and wall time of a piece of work: this process and the database backends that serve it."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

Result = TypeVar("Result")
NANO = 1e-9


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds."""

    wall: float
    cpu: float


class Meter:
    """Reads the clocks; `backends` is a connection to the server that lists who serves us."""

    def __init__(self, backends: sa.Connection | None = None, database: str = "") -> None:
        self.backends, self.database = backends, database

    def _pids(self) -> list[int]:
        if self.backends is None:
            return []
        query = sa.text("SELECT pid FROM pg_stat_activity WHERE datname = :name")
        return list(self.backends.scalars(query, {"name": self.database}))

    def measure(self, work: Callable[[], Result], *, tidy: bool = True) -> tuple[Cost, Result]:
        """Run the work once, with the garbage of earlier work out of the way."""
        if tidy:
            gc.collect()
        before = sum(cpu_seconds(pid) for pid in self._pids())
        cpu, wall = time.process_time(), time.perf_counter()
        result = work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        after = sum(cpu_seconds(pid) for pid in self._pids())
        return Cost(wall, cpu + after - before), result


def cpu_seconds(pid: int) -> float:
    """A server on another machine shows no accounting; then only the client counts."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) * NANO
    except OSError:
        return 0.0
