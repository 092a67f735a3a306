"""`python -m benchmarks.once URL`: one full pass in a fresh process; prints its peak KB."""

from __future__ import annotations

import resource
import sys

from benchmarks.book import REFRESH
from benchmarks.places import build
from erp_core.jobs import run_now

if __name__ == "__main__":
    with build(sys.argv[1]).app_context():
        run = run_now(REFRESH, by="benchmark")
        assert run.state == "done", run.error
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
