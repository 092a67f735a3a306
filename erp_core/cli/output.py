"""How commands speak: JSON or plain words to stdout, everything else to stderr."""

from __future__ import annotations

import json
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def show(data: Any, text: str, *, as_json: bool) -> None:
    """Print `data` as JSON, or `text` for people."""
    click.echo(json.dumps(data, indent=2, default=str) if as_json else text)
