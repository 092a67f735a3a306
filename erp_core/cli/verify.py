"""erp verify: recompute every stored figure and name each difference."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from erp_core.cli.output import json_option, show
from erp_core.db import reading
from erp_core.ports import Verifier
from erp_core.registry import providers


@click.command("verify")
@json_option
@with_appcontext
def verify_command(as_json: bool) -> None:
    """Compare stored figures with the ledger and the documents; exit 3 on a difference."""
    with reading():
        verifiers = providers(Verifier)  # type: ignore[type-abstract]
        found = [item for verifier in verifiers for item in verifier.differences()]
    lines = [f"{d.rule} {d.where}: stored {d.stored}, should be {d.expected}" for d in found]
    text = "\n".join([*lines, f"{len(found)} differences."])
    show({"differences": [asdict(item) for item in found]}, text, as_json=as_json)
    if found:
        sys.exit(3)


commands = [verify_command]
