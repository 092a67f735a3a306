"""`python -m erp_core.testing NAME`: run the conformance suite on one installed plugin.

`erp plugin check` starts this in a process of its own: the suite switches plugins, runs jobs and
takes tables down, on a database it makes for itself and throws away.
"""

from __future__ import annotations

import json
import logging
import sys

import click

from erp_core.config import load_config
from erp_core.errors import ErpError
from erp_core.testing.conformance import problems, scratch


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
def main(name: str, as_json: bool) -> None:
    """Check one plugin; the exit code is 1 when anything was found."""
    logging.disable(logging.CRITICAL)  # what breaks is reported as a finding
    try:
        with scratch(load_config()) as app:
            found = problems(app, name)
    except ErpError as error:
        click.echo(f"erp: {error}", err=True)
        sys.exit(2)
    click.echo(json.dumps(found, indent=2) if as_json else report(found))
    sys.exit(1 if any(found.values()) else 0)


def report(found: dict[str, list[str]]) -> str:
    """Write the findings for a person."""
    lines = []
    for title, findings in found.items():
        lines.append(f"{'FAIL' if findings else 'ok  '}  {title}")
        lines += [f"        {finding}" for finding in findings]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
