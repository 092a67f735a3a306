"""erp replenishment: what is missing, and the check, from a terminal."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from erp_core.cli.output import json_option, show
from erp_core.db import reading
from erp_core.jobs import run_now
from plugins.replenishment.services import supply_needs
from plugins.replenishment.services.proposals import JOB
from plugins.replenishment.services.supply_needs import Line

replenishment_group = AppGroup("replenishment", help="What to buy, and when.")


@replenishment_group.command("needs")
@json_option
def needs_command(as_json: bool) -> None:
    """List what is missing for back orders and reorder points, less what is on order."""
    with reading():
        data = [_facts(line) for line in supply_needs.lines()]
    text = "\n".join(map(_words, data)) or "Nothing is missing."
    show(data, text, as_json=as_json)


def _facts(line: Line) -> dict[str, Any]:
    return {
        "sku": line.product.sku,
        "warehouse": line.place.name,
        "supplier": line.supplier.name if line.supplier else None,
        "backorders": line.backorders,
        "reorder": line.reorder,
        "on_order": line.on_order,
        "missing": line.missing,
        "suggested": line.suggested,
    }


def _words(facts: dict[str, Any]) -> str:
    who = facts["supplier"] or "no supplier"
    return f"{facts['suggested']:>8,} {facts['sku']:16} {facts['missing']:>8,} missing  {who}"


@replenishment_group.command("check")
@json_option
def check_command(as_json: bool) -> None:
    """Bring the proposals up to date now."""
    run = run_now(JOB, by="command")
    if run.state != "done":
        raise click.ClickException(run.error or run.message)
    text = "{new} new, {stayed} as before, {gone} done.".format(**run.result)
    show(run.result, text, as_json=as_json)
