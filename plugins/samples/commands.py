"""erp import northwind: read the public sample tables."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from erp_core.cli.output import json_option, show
from erp_core.db import db, transaction
from plugins.samples.northwind.files import read
from plugins.samples.northwind.load import load

import_group = AppGroup("import", help="Bring in data from files.")


@import_group.command("northwind")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything and write nothing.")
@json_option
def northwind_command(folder: Path, dry_run: bool, as_json: bool) -> None:
    """Read the Northwind tables in FOLDER: whole or nothing, and only what is missing."""
    data = read(folder)
    with transaction():
        reports = load(data)
        if dry_run:
            db.session.rollback()
    lines = [f"{name}: {r.created} new, {r.unchanged} unchanged" for name, r in reports.items()]
    if dry_run:
        lines.append("Dry run: nothing was written.")
    result = {name: report.as_dict() for name, report in reports.items()}
    show({"dry_run": dry_run, **result}, "\n".join(lines), as_json=as_json)
