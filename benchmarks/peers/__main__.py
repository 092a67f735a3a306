"""`python -m benchmarks.peers PYTHON`: Tryton and Pegboard side by side, on PostgreSQL.

PYTHON is the interpreter of an environment that has Tryton and its modules.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import book, refresh, report
from benchmarks.commands import Desk
from benchmarks.meter import Cost
from benchmarks.places import Place, filled
from benchmarks.report import Section
from erp_core.testing.databases import PostgresDatabase

SCRIPT = Path(__file__).with_name("tryton_orders.py")
ORDERS, PRODUCTS, ROUNDS = 300, 100, 5
LARGE = 100_000


@contextmanager
def _empty() -> Any:
    database = PostgresDatabase()
    try:
        yield database
    finally:
        database.drop()


def tryton(python: str) -> dict[str, float]:
    """Let the script drive Tryton on an empty database."""
    with _empty() as database:
        server = database.server.rpartition("/")[0].replace("+psycopg", "")
        command = [python, str(SCRIPT), server, database.name]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def reserving(place: Place) -> Cost:
    """Measure the pass that gives all stock out to a book where nobody has any."""
    costs = []
    with place.app.app_context():
        refresh.prepare()
        for _ in range(ROUNDS):
            refresh.set_stock("most")
            refresh.full_pass()
            refresh.set_stock("a")
            book.calm_down()
            costs.append(place.meter.measure(refresh.full_pass)[0])
    return sorted(costs, key=lambda cost: cost.cpu)[ROUNDS // 2]


def ordering(place: Place) -> float:
    """Measure one order of four lines, entered and confirmed; CPU seconds."""
    desk = Desk(place)
    for _ in range(25):
        desk.enter()
    return median(desk.series["enter and confirm"].cpu()[5:])


def main() -> None:
    theirs = tryton(sys.argv[1])
    with filled("postgresql", ORDERS * 4, PRODUCTS) as place:
        small, order = reserving(place), ordering(place)
    with filled("postgresql", LARGE) as place:
        large = reserving(place)
    section = Section(
        "Tryton 8 and Pegboard, postgresql",
        ("work", "Tryton CPU s", "Pegboard CPU s", "Pegboard is faster by"),
    )
    lines = theirs["lines"]
    for name, cost, size in (("same 1,200 lines", small, ORDERS * 4), ("100k lines", large, LARGE)):
        rate, mine = lines / theirs["pass_cpu"], size / cost.cpu
        section.add(
            f"reservation pass, lines a CPU second; Pegboard on the {name}",
            f"{theirs['pass_cpu']:.2f} ({rate:,.0f} lines/s)",
            f"{cost.cpu:.3f} ({mine:,.0f} lines/s)",
            f"**{mine / rate:,.0f} x**",
        )
    ratio = theirs["order_cpu"] / order
    row = ("one order of 4 lines entered and confirmed", f"{theirs['order_cpu']:.3f}")
    section.add(*row, f"{order:.4f}", f"**{ratio:,.0f} x**")
    section.command = "make bench-peers"
    report.keep(section)
    print(report.table(section))


if __name__ == "__main__":
    main()
