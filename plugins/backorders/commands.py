"""erp backorders: recalculate, sum up and list from the command line."""

from __future__ import annotations

from dataclasses import asdict

import click
from flask.cli import AppGroup, with_appcontext

from erp_core.cli.output import json_option, show
from erp_core.db import reading
from erp_core.jobs import run_now
from plugins.backorders.services import summary

JOB = "backorders.refresh"
SHOWN = (
    "order",
    "sku",
    "ordered",
    "allocated",
    "substitutable",
    "backordered",
    "status",
    "supplier",
    "warehouse",
)
"""What the list prints of each open back order."""

backorders_group = AppGroup("backorders", help="Who gets the stock, and who waits.")


@backorders_group.command("refresh")
@json_option
@with_appcontext
def refresh_command(as_json: bool) -> None:
    """Recalculate everything and repair what is wrong."""
    run = run_now(JOB, by="command")
    if run.state != "done":
        raise click.ClickException(run.error or run.message)
    figures = {**run.result, "milliseconds": run.duration_ms}
    text = (
        f"{run.result['lines']:,} lines read, {run.result['rows']:,} rows put right, "
        f"{run.result['orders']:,} orders changed; {run.duration_ms:,} ms."
    )
    show(figures, text, as_json=as_json)


@backorders_group.command("summary")
@json_option
@with_appcontext
def summary_command(as_json: bool) -> None:
    """Show units and orders over everything that is open."""
    with reading():
        found = summary.summary()
    text = "\n".join(
        f"{group:8} " + ", ".join(f"{name} {count:,}" for name, count in figures.items())
        for group, figures in found.items()
    )
    show(found, text, as_json=as_json)


@backorders_group.command("list")
@json_option
@with_appcontext
def list_command(as_json: bool) -> None:
    """List the open back orders, the oldest first."""
    with reading():
        rows = [asdict(row) for row in summary.rows()]
    found = [{name: row[name] for name in SHOWN} for row in rows]
    lines = ["\t".join("" if value is None else str(value) for value in f.values()) for f in found]
    show(found, "\n".join(["\t".join(SHOWN), *lines]), as_json=as_json)
