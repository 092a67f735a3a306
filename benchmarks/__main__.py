"""`python -m benchmarks`: measure, keep the tables, write docs/reference/performance.md."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from benchmarks import commands, pages, refresh, report, writers
from benchmarks.places import ENGINES, Place, filled
from benchmarks.report import Section

SIZES = {"10k": 10_000, "100k": 100_000, "1M": 1_000_000}
GATES = {
    "sqlite": {"nothing": 1.2, "0.5 %": 1.2, "most": 1.6},
    "postgresql": {"nothing": 0.75, "0.5 %": 0.75, "most": 1.6},
}
"""What a full pass may cost at 1M lines, as CPU to the floor's CPU."""


@contextmanager
def books(engine: str, sizes: Sequence[str]) -> Iterator[list[Place]]:
    """Fill a book of each size."""
    with ExitStack() as stack:
        yield [stack.enter_context(filled(engine, SIZES[size])) for size in sizes]


def named(place: Place) -> str:
    return next(name for name, lines in SIZES.items() if lines == place.lines)


def measure_refresh(engine: str, places: Sequence[Place]) -> Section:
    section = Section(
        f"Full pass, {engine}",
        ("lines", "changed", "queue / order / record rows", "pass s", "floor s", "CPU x floor",
         "CPU x queue-only floor", "wall x floor", "goal at 1M", "peak MB"),
    )  # fmt: skip
    for place in places:
        for trial in refresh.trials(place):
            memory = refresh.peak_memory(place, refresh.SCENARIOS[trial.scenario])
            section.add(
                named(place),
                trial.scenario,
                f"{trial.lines:,} / {trial.orders:,} / {trial.records:,}",
                f"{trial.seconds(trial.passes):.2f}",
                f"{trial.seconds(trial.floors):.2f}",
                f"**{trial.ratio(trial.floors):.2f}**",
                f"{trial.ratio(trial.narrow):.2f}",
                f"{trial.wall_ratio:.2f}",
                str(GATES[engine][trial.scenario]),
                f"{memory:.0f}",
            )
    return section


def measure_commands(engine: str, places: Sequence[Place]) -> Section:
    section = Section(
        f"Commands, {engine}",
        ("command", "lines", "ms median / p95", "CPU ms", "statements", "wall x smallest",
         "CPU x smallest", "wall x bare", "CPU x bare"),
    )  # fmt: skip
    desks = commands.compare(places)
    for name in desks[0].series:
        for desk in desks:
            mine, small = desk.series[name], desks[0].series[name]
            bare = desk.series["bare inserts"]
            compared = name in ("enter and confirm", "confirm")
            section.add(
                name,
                named(desk.place),
                mine.ms,
                mine.cpu_ms,
                str(mine.statements or ""),
                f"{commands.ratio(mine.wall(), small.wall()):.2f}",
                f"{commands.ratio(mine.cpu(), small.cpu()):.2f}",
                f"{commands.ratio(mine.wall(), bare.wall()):.1f}" if compared else "",
                f"{commands.ratio(mine.cpu(), bare.cpu()):.1f}" if compared else "",
            )
    return section


def measure_writers(engine: str, places: Sequence[Place]) -> Section:
    section = Section(
        f"Eight writers on 50 products, {engine}",
        ("lines", "seconds", "orders/s", "receipts/s", "CPU ms a command", "faults", "violations"),
    )
    place = min(places, key=lambda one: one.lines)
    done = writers.minute(place)
    section.add(
        named(place),
        f"{done.seconds:.0f}",
        f"**{done.rate:.1f}**",
        f"{done.receipts / done.seconds:.1f}",
        f"{done.each:.1f}",
        str(done.faults),
        str(done.violations),
    )
    return section


def measure_pages(engine: str, places: Sequence[Place]) -> Section:
    section = Section(
        f"Pages, {engine}",
        ("page", "lines", "ms median / p95", "CPU ms", "statements", "wall x smallest",
         "CPU x smallest"),
    )  # fmt: skip
    readers = pages.compare(places)
    for name in readers[0].series:
        for reader in readers:
            mine, small = reader.series[name], readers[0].series[name]
            section.add(
                name,
                named(reader.place),
                mine.ms,
                mine.cpu_ms,
                str(mine.statements),
                f"{commands.ratio(mine.wall(), small.wall()):.2f}",
                f"{commands.ratio(mine.cpu(), small.cpu()):.2f}",
            )
    return section


MEASURES: dict[str, Callable[[str, Sequence[Place]], Section]] = {
    "pages": measure_pages,
    "commands": measure_commands,
    "refresh": measure_refresh,
    "writers": measure_writers,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("measures", nargs="*", choices=[*MEASURES, []], help="default: all")
    parser.add_argument("--sizes", default="10k,100k,1M")
    parser.add_argument("--engines", default=",".join(ENGINES))
    asked = parser.parse_args()
    sizes = asked.sizes.split(",")
    for engine in asked.engines.split(","):
        with books(engine, sizes) as places:
            for name in asked.measures or MEASURES:
                section = MEASURES[name](engine, places)
                options = f"--sizes {asked.sizes} --engines {engine}"
                section.command = f"python -m benchmarks {name} {options}"
                report.keep(section)
                print(report.table(section), flush=True)


if __name__ == "__main__":
    main()
