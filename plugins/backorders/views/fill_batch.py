"""Fill back orders of many orders: options, a run with its bar, summary and report (F123-F134)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_security import current_user

from erp_core.access import can, demand, requires
from erp_core.admin.answers import go
from erp_core.admin.job_pages import NO_WORKER, OPEN, figures_of, run_words, worker_alive
from erp_core.admin.screen import ErpView
from erp_core.db import db
from erp_core.errors import ErpError, NotFoundError
from erp_core.imports import choice, day
from erp_core.jobs import request_cancel, request_run
from erp_core.models import JobRun
from erp_core.paper import to_pdf
from plugins.backorders.services import fill_batch, fill_report
from plugins.backorders.services.fill_batch import FILL_BATCH, Approve, Options
from plugins.backorders.views import workflow
from plugins.backorders.views.requests import Form
from plugins.inventory.services import catalogue

APPROVALS = (
    (Approve.NONE, "Approve none"),
    (Approve.COMPLETE, "Approve complete orders"),
    (Approve.PARTIAL, "Approve complete and partial orders"),
)
MOST_SKUS = 500
SHOWN = 200
"""Orders that the page of the report lists; the file has them all."""


class FillBatchView(ErpView):
    """Choose, start, watch, and print what was filled."""

    key = "backorders.fill_batch"
    see = change = "backorders.fill"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show the options, and for how many orders stock lies free now."""
        return self._form(Form(request.args.to_dict()))

    @expose("/start", methods=("POST",))
    def start_view(self) -> ResponseReturnValue:
        """Queue a run with these options and show its progress (F131)."""
        form = Form(request.form.to_dict())
        try:
            options = read_options(form)
        except ErpError as error:
            form.problem = str(error)
            return self._form(form), 422
        if options.approve is not Approve.NONE:
            demand("sales.order.approve")
        run = request_run(FILL_BATCH, by=current_user.email, arguments=options.as_json())
        return go(self.get_url(".run_view", run_id=run.id))

    def _form(self, form: Form) -> str:
        facts: dict[str, Any] = {
            "title": "Fill back orders",
            "on": workflow.on(),
            "ready": fill_batch.waiting(Options()),
            "held": fill_batch.waiting(Options(held=True)),
            "approvals": APPROVALS if can("sales.order.approve") else APPROVALS[:1],
            "typed": form,
        }
        return str(self.render("backorders/fill_batch.html", **facts))

    @expose("/<int:run_id>")
    @requires("backorders.fill")
    def run_view(self, run_id: int) -> ResponseReturnValue:
        """Show a run; the page may be left and opened again while it lasts."""
        return self._run_page("backorders/fill_run.html", _run(run_id))

    @expose("/<int:run_id>/progress")
    @requires("backorders.fill")
    def progress_view(self, run_id: int) -> ResponseReturnValue:
        """Return the part of a run's page that changes."""
        return self._run_page("backorders/fill_run_part.html", _run(run_id))

    @expose("/<int:run_id>/cancel", methods=("POST",))
    @requires("backorders.fill")
    def cancel_view(self, run_id: int) -> ResponseReturnValue:
        """Stop after the orders at hand; what is filled stays, order by order."""
        run = _run(run_id)
        if run.state in OPEN:
            request_cancel(run.id)
        return go(self.get_url(".run_view", run_id=run_id))

    @expose("/<int:run_id>/report")
    @requires("backorders.fill")
    def report_view(self, run_id: int) -> ResponseReturnValue:
        """Show what a run filled, to print or as PDF (F133, F134); `step` narrows it."""
        run = _run(run_id)
        step = request.args.get("step", "")
        if request.args.get("as") == "pdf":
            content = to_pdf([fill_report.paper(run.id, step)], fill_report.TITLE)
            name = f'inline; filename="back-orders-filled-{run.id}.pdf"'
            headers = {"Content-Disposition": name}
            return Response(content, mimetype="application/pdf", headers=headers)
        facts: dict[str, Any] = {
            "title": fill_report.TITLE,
            "paper": fill_report.paper(run.id, step, SHOWN),
            "count": fill_report.count(run.id, step),
            "shown": SHOWN,
            "pdf_url": self.get_url(
                ".report_view", run_id=run.id, step=step or None, **{"as": "pdf"}
            ),
            "run_url": self.get_url(".run_view", run_id=run.id),
        }
        return self.render("backorders/fill_report.html", **facts)

    def _run_page(self, template: str, run: JobRun) -> str:
        waits = run.state == "queued" and not worker_alive()
        figures = [
            (words, figure, self._rows_url(run, words), label)
            for words, figure, _url in figures_of(run)
            if (label := fill_report.LABELS.get(words)) and (figure or words in fill_report.ALWAYS)
        ]
        facts: dict[str, Any] = {"run": run, "figures": figures, "open": run.state in OPEN}
        facts |= {"no_worker": NO_WORKER if waits else "", "reason": run.result.get("reason", "")}
        if run.result.get("orders_filled"):
            facts["paper"] = fill_report.paper(run.id, "", SHOWN)
            facts["report_url"] = self.get_url(".report_view", run_id=run.id)
        return str(self.render(template, title="Fill back orders", **facts, **run_words()))

    def _rows_url(self, run: JobRun, words: str) -> str:
        step = fill_report.STEPS.get(words)
        if step is None or not run.result.get("orders_filled"):
            return ""
        return str(self.get_url(".report_view", run_id=run.id, step=step or None))


def _run(run_id: int) -> JobRun:
    run = db.session.get(JobRun, run_id) if run_id < 2**62 else None
    if run is None or run.job != FILL_BATCH:
        raise NotFoundError(f"There is no run {run_id} of filling back orders.")
    return run


def read_options(form: Form) -> Options:
    """Read the options; raises ErpError, with each field's sentence in `form.errors`."""
    products = _products(form)
    approve = _read(form, "approve", choice(list(Approve)), Approve.NONE)
    ship_on: date | None = _read(form, "ship_on", day(), None)
    if form.errors:
        raise ErpError("Nothing was started: please correct the marked fields.")
    ticked = {name: form.get(name) == "1" for name in ("carry", "held")}
    mails = {name: form.get(name) == "1" for name in ("mail_complete", "mail_partial")}
    partial = form.get("orders") == "partial"
    return Options(products, partial, Approve(approve), ship_on=ship_on, **ticked, **mails)


def _read(form: Form, name: str, parse: Any, default: Any) -> Any:
    text = form.get(name).strip()
    try:
        return parse(text) if text else default
    except ValueError as error:
        form.errors[name] = f"{error}."
        return default


def _products(form: Form) -> tuple[int, ...]:
    """Return the chosen products; empty for all of them (F124)."""
    if form.get("skus") != "selected":
        return ()
    wanted = list(dict.fromkeys(filter(None, re.split(r"[\s,;]+", form.get("sku_list")))))
    known = catalogue.find_skus(wanted[:MOST_SKUS])
    unknown = [sku for sku in wanted if sku not in known]
    if not wanted:
        form.errors["sku_list"] = "Enter at least one SKU, or choose all of them."
    elif len(wanted) > MOST_SKUS:
        form.errors["sku_list"] = f"{len(wanted):,} SKUs are too many; up to {MOST_SKUS}."
    elif unknown:
        form.errors["sku_list"] = f"No product has the SKU {unknown[0][:64]}."
    return tuple(sorted(product.id for product in known.values()))
