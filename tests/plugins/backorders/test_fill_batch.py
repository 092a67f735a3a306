"""Many orders are filled by a run: options, summary, report, cancelling and going on."""

from __future__ import annotations

import io
import tracemalloc
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from erp_core.db import db
from erp_core.jobs import Progress, execute, run_now
from erp_core.models import JobRun
from erp_core.testing.people import Person
from plugins.backorders.models import FillEntry, OrderState
from plugins.backorders.services import fill_batch, forcing
from plugins.backorders.services.fill_batch import FILL_BATCH, Approve, Options
from plugins.backorders.services.verify import QueueVerifier
from plugins.sales.models import SalesOrder
from plugins.sales.services import orders, payments
from plugins.sales.services.orders import NewLine, NewOrder
from tests.plugins.backorders.market import DAY, Market, arrive, figures, set_to, statements
from tests.plugins.backorders.views_trade import order, trade, words

__all__ = ["trade"]
URL = "/backorders/fill_batch/"


def waiting(act: Any, trade: Any, stock: int, *wanted: int) -> list[int]:
    """Orders for mugs that wait, then stock that people give out."""
    act(lambda: set_to("auto_allocate_on_receipt", False))
    made = [order(act, trade, (trade.market.mug, qty))[0] for qty in wanted]
    act(lambda: arrive(trade.market.mug, trade.market.porto, stock))
    return made


def ran(app: Any, options: Options) -> dict[str, Any]:
    with app.app_context():
        run = run_now(FILL_BATCH, by="test", arguments=options.as_json())
        assert run.state == "done", run.error
        return {**run.result, "id": run.id}


def test_options_survive_the_way_through_a_run() -> None:
    chosen = Options((3, 4), True, Approve.PARTIAL, True, date(2026, 5, 1), True, True, True)
    assert Options.read(chosen.as_json()) == chosen


def test_only_complete_orders_are_filled_or_partial_ones_too(act, app, trade) -> None:
    first, second, third = waiting(act, trade, 7, 4, 5, 2)
    done = ran(app, Options())
    assert (done["orders_filled"], done["complete"], done["units"]) == (2, 2, 6)
    assert act(lambda: [figures(key) for key in (first, second, third)]) == [
        [(4, 0, 0)],
        [(0, 0, 5)],
        [(2, 0, 0)],
    ]
    again = ran(app, Options(partial=True))
    assert (again["orders_filled"], again["partial"], again["units"]) == (1, 1, 1)
    assert ran(app, Options(partial=True))["orders_filled"] == 0


def test_chosen_skus_and_held_back_units(act, app, trade) -> None:
    market = trade.market
    (mugs,) = waiting(act, trade, 3, 3)
    kettles, _ = order(act, trade, (market.kettle, 2))
    act(lambda: arrive(market.kettle, market.porto, 2))
    line = act(lambda: db.session.get_one(SalesOrder, mugs).lines[0].id)
    act(lambda: forcing.force({line: 3}, reason="for the fair"))
    assert ran(app, Options(products=(market.mug,)))["orders_filled"] == 0
    assert ran(app, Options(products=(market.mug,), held=True))["orders_filled"] == 1
    assert act(lambda: [figures(mugs), figures(kettles)]) == [[(3, 0, 0)], [(0, 0, 2)]]


def test_approved_orders_get_children_credit_approval_and_mail(act, app, trade) -> None:
    open_one, locked_one, short = waiting(act, trade, 8, 2, 4, 5)
    act(lambda: orders.approve([locked_one])[0].id)
    act(lambda: payments.record(locked_one, "Card", 1).id)
    done = ran(app, Options((), True, Approve.COMPLETE, True, date(2026, 5, 1), True, True))
    expected = {"orders_filled": 3, "complete": 2, "partial": 1, "units": 8, "new_orders": 0}
    found = {key: done[key] for key in expected}
    assert found == expected
    assert (done["approved"], done["told_complete"], done["told_partial"]) == (1, 2, 1)
    rows = act(
        lambda: [
            (r.order_id, r.units, r.complete, r.approved, r.ship_on)
            for r in db.session.scalars(sa.select(FillEntry).order_by(FillEntry.id))
        ]
    )
    day = date(2026, 5, 1)
    assert rows == [
        (open_one, 2, True, True, day),
        (locked_one, 4, True, False, day),
        (short, 2, False, False, day),
    ]


def test_a_cancelled_run_leaves_whole_orders_and_the_next_one_goes_on(
    act, app, trade, monkeypatch
) -> None:
    monkeypatch.setattr(fill_batch, "AT_A_TIME", 1)
    waiting(act, trade, 6, 2, 2, 2)
    work = fill_batch.steps(1, Options())

    def one_step() -> Progress:
        return next(work)[0]

    assert act(one_step) == Progress(1, 3, "1 orders filled")
    work.close()
    assert act(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(FillEntry))) == 1
    assert ran(app, Options())["orders_filled"] == 2
    short = sa.select(sa.func.count()).where(OrderState.order_class != "none")
    assert act(lambda: db.session.scalar(short)) == 0


def test_a_chunk_costs_a_constant_number_of_statements(act, app, trade) -> None:
    counts = []
    for size in (3, 9):
        waiting(act, trade, 2 * size, *([2] * size))
        with statements(app) as seen:
            assert ran(app, Options(approve=Approve.COMPLETE))["orders_filled"] == size
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.feature("F123", "F124", "F125", "F126", "F127", "F128", "F129", "F130", "F131")
@pytest.mark.feature("F132", "F133", "F134")
def test_the_screen_starts_a_run_and_its_numbers_lead_to_the_report(act, app, admin, trade) -> None:
    waiting(act, trade, 6, 4, 5)
    page = admin.page(URL)
    assert "Stock lies free for 2 orders" in words(page)
    wrong = admin.post(
        f"{URL}start", {"skus": "selected", "sku_list": "HF-310 NOPE", "ship_on": "soon"}
    )
    assert wrong.status_code == 422
    assert "No product has the SKU NOPE." in wrong.text
    assert 'value="soon"' in wrong.text
    chosen = {"skus": "selected", "sku_list": "HF-310", "orders": "partial", "approve": "complete"}
    chosen |= {"ship_on": "2026-05-01", "mail_complete": "1", "mail_partial": "1", "carry": "1"}
    started = admin.post(f"{URL}start", chosen)
    run_id = act(lambda: db.session.scalars(sa.select(JobRun.id).filter_by(job=FILL_BATCH)).one())
    assert started.location == f"{URL}{run_id}"
    with app.app_context():
        execute(run_id)
    page = words(admin.page(f"{URL}{run_id}"))
    assert "Backorders filled" in page
    assert "Orders filled 2 of them complete 1 of them in part 1 Units filled 6" in page
    assert "Orders approved 1 E-mail occasions: complete orders 1" in page
    report = words(admin.page(f"{URL}{run_id}/report"))
    assert "SO-1001 Petra Novák 4 completely yes 01 May 2026" in report
    assert "SO-1002 Petra Novák 2 in part no 01 May 2026" in report
    approved = words(admin.page(f"{URL}{run_id}/report?step=approved"))
    assert "SO-1001" in approved
    assert "SO-1002" not in approved
    pdf = admin.get(f"{URL}{run_id}/report?as=pdf")
    assert pdf.mimetype == "application/pdf"
    assert "SO-1002" in PdfReader(io.BytesIO(pdf.data)).pages[0].extract_text()


def test_who_may_not_fill_or_approve_cannot(act, app, admin, trade) -> None:
    assert Person(app, "buyer").get(URL).status_code == 403
    keeper = Person(app, "warehouse")
    assert "Approve complete orders" not in keeper.page(URL)
    assert keeper.post(f"{URL}start", {"approve": "complete"}).status_code == 403
    assert admin.get(f"{URL}999").status_code == 404
    queued = admin.post(f"{URL}start", {})
    assert admin.post(f"{queued.location}/cancel").status_code == 302
    assert act(lambda: db.session.scalars(sa.select(JobRun.state)).one()) == "cancelled"


def test_an_approved_order_that_waits_on_gets_a_child_and_its_credit(act, app, trade) -> None:
    (parent,) = waiting(act, trade, 3, 5)
    act(lambda: payments.record(parent, "Card", 5 * 1250).id)
    act(lambda: orders.approve([parent])[0].id)
    done = ran(app, Options(partial=True, approve=Approve.COMPLETE, carry=True))
    assert (done["new_orders"], done["credit_carried"], done["complete"]) == (1, 1, 1)
    assert done["approved"] == 1

    def read() -> tuple[Any, ...]:
        child = db.session.scalars(sa.select(SalesOrder).filter_by(parent_id=parent)).one()
        return figures(parent), figures(child), child.paid_minor, child.approved_at is not None

    assert act(read) == ([(0, 0, 2)], [(3, 0, 0)], 3 * 1250, True)
    assert act(lambda: list(QueueVerifier().differences())) == []


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_ten_thousand_waiting_orders_are_filled_in_bounded_memory(act, app, trade) -> None:
    act(lambda: set_to("auto_allocate_on_receipt", False))
    market, many = trade.market, 10_000
    for _ in range(many // 500):
        act(lambda: [order.id for order in orders.confirm(drafts(market, 500))])
    act(lambda: arrive(market.mug, market.porto, many + 5_000))
    tracemalloc.start()
    done = ran(app, Options())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"{many:,} orders waited, {done['orders_filled']:,} filled, peak {peak / 2**20:.0f} MiB")
    assert peak < 100 * 2**20
    entries = sa.select(sa.func.count(), sa.func.sum(FillEntry.units))
    assert act(lambda: tuple(db.session.execute(entries).one())) == (
        done["orders_filled"],
        done["units"],
    )
    complete = sa.select(sa.func.count()).where(OrderState.order_class == "none")
    assert act(lambda: db.session.scalar(complete)) == done["complete"]
    assert act(lambda: list(QueueVerifier().differences())) == []


def drafts(market: Market, count: int) -> list[int]:
    wanted = [
        NewOrder(market.customer, market.porto, (NewLine(market.mug, 1 + at % 2),), DAY)
        for at in range(count)
    ]
    return [order.id for order in orders.create(wanted)]
