"""erp mail: look at the outbox and send what is due, from the command line."""

from __future__ import annotations

import click
from flask.cli import AppGroup, with_appcontext

from erp_core.cli.output import json_option, show
from erp_core.db import reading
from erp_core.jobs import run_now
from plugins.email_templates.services import outbox
from plugins.email_templates.services.outbox import JOB

mail_group = AppGroup("mail", help="E-mails that are due, sent or in doubt.")


@mail_group.command("status")
@json_option
@with_appcontext
def status_command(as_json: bool) -> None:
    """Count the e-mails by state."""
    with reading():
        found = outbox.counts()
    text = "\n".join(f"{state.words:22} {count:,}" for state, count in found.items())
    figures = {str(state): count for state, count in found.items()}
    show(figures, text, as_json=as_json)


@mail_group.command("send")
@json_option
@with_appcontext
def send_command(as_json: bool) -> None:
    """Send what is due, now; several may run at once."""
    run = run_now(JOB, by="command")
    if run.state != "done":
        raise click.ClickException(run.error or run.message)
    text = ", ".join(f"{count:,} {state}" for state, count in run.result.items())
    show(run.result, text or "Nothing was due.", as_json=as_json)
