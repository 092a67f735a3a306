from __future__ import annotations

from collections.abc import Generator

from erp_core.errors import ErpError
from erp_core.jobs import Progress
from erp_core.models import JobRun


def burn() -> Generator[Progress, None, dict[str, object]]:
    for done in range(1, 4):
        yield Progress(done, 3, f"Lamp {done}")
    return {
        "rows": 3,
        "lamps_lit": 1200,
        "note": "fine",
        "links": {"lamps_lit": "/lamp/page?lit=1"},
    }


def blow() -> None:
    raise ErpError("The fuse is blown; put in a new one.")


def paint(run: JobRun) -> int:
    return int(run.arguments["count"])
