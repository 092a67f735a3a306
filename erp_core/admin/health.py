"""What a load balancer asks: whether the process is alive, and whether it can serve."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Response, jsonify
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy.exc import SQLAlchemyError

from erp_core import migrate
from erp_core.access import PUBLIC
from erp_core.admin.screen import ErpView
from erp_core.db import db
from erp_core.errors import ErpError


class HealthView(ErpView):
    """Answers /health/live and /health/ready to anybody, with one word and no secrets."""

    key = "core.health"
    see = change = PUBLIC

    @classmethod
    def address(cls) -> dict[str, str]:
        """Answer below /health."""
        return super().address() | {"url": "/health"}

    @expose("/")
    @expose("/live")
    def index(self) -> ResponseReturnValue:
        """Say that the process answers requests."""
        return jsonify(status="alive")

    @expose("/ready")
    def ready_view(self) -> ResponseReturnValue:
        """Say 200 when the database answers and its tables are current, else 503 and why."""
        problem = not_ready()
        answer: Response = jsonify({"status": "not ready", "reason": problem} if problem else READY)
        answer.status_code = 503 if problem else 200
        return answer


READY = {"status": "ready"}


def not_ready() -> str:
    """Return why this process cannot serve, or an empty string."""
    try:
        db.session.execute(sa.select(1))
        behind = migrate.pending()
    except ErpError as error:
        return str(error)
    except SQLAlchemyError:
        return "The database does not answer."
    return f"The tables of {', '.join(behind)} are not up to date." if behind else ""
