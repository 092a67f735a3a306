"""What the settings page says about back orders, before and after a change; recalculation."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from erp_core import jobs
from erp_core.db import db
from erp_core.models import AuditRow, Company, JobRun
from erp_core.settings import Scope, save
from erp_core.testing.people import Person
from plugins.backorders.models import Backorder, OrderState, QueueRow
from tests.plugins.backorders.market import arrive, set_to, statements
from tests.plugins.backorders.test_views_orders import ORDERS, marks, three
from tests.plugins.backorders.views_trade import HTMX, LIST, order, trade, words

__all__ = ["three", "trade"]
PAGE = "/core/settings/?plugin=backorders"


def change(person: Person, key: str, value: str, **more: str) -> Any:
    """Change one setting as its form does."""
    data = {"plugin": "backorders", "key": key, "value": value, **more}
    return person.post("/core/settings/save", data, headers=HTMX)


def snapshot(act: Any) -> list[Any]:
    """Read everything that a preview must not touch."""

    def read() -> list[Any]:
        tables = (QueueRow.__table__, OrderState.__table__, Backorder.__table__)
        found = [sorted(map(tuple, db.session.execute(sa.select(table)))) for table in tables]
        return [*found, db.session.scalar(sa.select(sa.func.count(AuditRow.id)))]

    found: list[Any] = act(read)
    return found


def test_the_card_counts_open_orders_by_mark(admin, three) -> None:
    page = words(admin.page(PAGE))
    assert "2 of 3 open orders are marked" in page
    assert "Full back order 1 Partial back order 1 No back order 1" in page


@pytest.mark.feature("F152")
def test_counting_dropship_stock_is_shown_before_it_is_saved(admin, act, three) -> None:
    act(lambda: arrive(three.market.kettle, three.market.vendor, 50))
    before = snapshot(act)
    answer = change(admin, "ignore_dropship", "false")
    said = words(answer.text)
    assert "1 order would lose its mark." in said
    assert "SO-1003 Petra Novák HF-228: 2 of 2 covered Full" in said
    assert snapshot(act) == before
    assert marks(admin.page(ORDERS))[3] == "Full"
    change(admin, "ignore_dropship", "false", sure="1")
    assert marks(admin.page(ORDERS)) == {3: "", 2: "Partial", 1: ""}
    back = words(change(admin, "ignore_dropship", "true").text)
    assert "1 order would gain a mark." in back


@pytest.mark.feature("F151")
def test_considering_replacements_is_shown_before_it_is_saved(admin, act, three) -> None:
    act(lambda: arrive(three.market.spare, three.market.porto, 1))
    saved = change(admin, "consider_replacement", "true").text
    assert "Saved" in saved
    assert "Not saved yet" not in saved
    act(lambda: set_to("consider_replacement", False))
    act(lambda: arrive(three.market.spare, three.market.porto, 9))
    said = words(change(admin, "consider_replacement", "true").text)
    assert "1 order would lose its mark." in said
    assert "SO-1002 Petra Novák HF-310: 8 of 8 covered Partial" in said
    change(admin, "consider_replacement", "true", sure="1")
    assert marks(admin.page(ORDERS)) == {3: "Full", 2: "", 1: ""}


def test_sharing_stock_in_the_company_is_shown_before_it_is_saved(admin, act, three) -> None:
    act(lambda: arrive(three.market.mug, three.market.north, 2))
    act(lambda: arrive(three.market.kettle, three.market.north, 1))
    said = words(change(admin, "allocation_scope", "company").text)
    assert "1 order would lose its mark." in said
    assert "1 order would change between full and partial." in said
    change(admin, "allocation_scope", "company", sure="1")
    assert marks(admin.page(ORDERS)) == {3: "Partial", 2: "", 1: ""}


@pytest.mark.feature("F145")
def test_switching_the_workflow_off_and_on_is_shown_first(admin, act, three) -> None:
    before = snapshot(act)
    said = words(change(admin, "enable_backorder_workflow", "false").text)
    assert "2 orders would lose their mark." in said
    assert snapshot(act) == before
    change(admin, "enable_backorder_workflow", "false", sure="1")
    page = words(admin.page(PAGE))
    assert "The workflow is off, so no order carries a mark." in page
    said = words(change(admin, "enable_backorder_workflow", "true").text)
    assert "2 orders would gain a mark." in said
    change(admin, "enable_backorder_workflow", "true", sure="1")
    assert marks(admin.page(ORDERS)) == {3: "Full", 2: "Partial", 1: ""}


@pytest.mark.feature("F149")
def test_marking_again_says_how_many_orders_get_their_mark(admin, act, three) -> None:
    change(admin, "stop_marking_on_create", "true")
    order(act, three, (three.market.kettle, 5))
    said = words(change(admin, "stop_marking_on_create", "false").text)
    assert "1 order would gain a mark." in said
    assert "SO-1004" in said


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hide_backorder_column", "true"),
        ("highlight_backorders", "false"),
        ("backorder_refresh_minutes", "30"),
        ("stop_marking_on_create", "true"),
        ("ignore_dropship", "false"),
    ],
)
def test_what_changes_no_mark_is_saved_at_once(admin, act, three, key, value) -> None:
    answer = change(admin, key, value)
    assert "Not saved yet" not in answer.text
    assert "Saved" in answer.text


def test_a_companys_own_value_is_not_reached_by_everybodys(admin, act, three) -> None:
    act(lambda: arrive(three.market.kettle, three.market.vendor, 50))
    company = act(lambda: db.session.scalars(sa.select(Company.id)).one())
    act(lambda: save("backorders", "ignore_dropship", True, Scope("company", company)))
    assert "Not saved yet" not in change(admin, "ignore_dropship", "false").text
    said = change(admin, "ignore_dropship", "false", company=str(company))
    assert "1 order would lose its mark." in words(said.text)


def test_a_preview_costs_the_same_for_five_orders_as_for_fifty(app, act, admin, trade) -> None:
    act(lambda: arrive(trade.market.kettle, trade.market.vendor, 500))

    def more(number: int) -> None:
        for _ in range(number):
            order(act, trade, (trade.market.kettle, 3))

    def cost() -> int:
        with statements(app) as seen:
            assert "Not saved yet" in change(admin, "ignore_dropship", "false").text
        return len(seen)

    more(5)
    few = cost()
    more(45)
    assert cost() == few


# -- recalculation -------------------------------------------------------------------------


def test_recalculate_now_queues_the_job_once_and_its_result_shows(app, act, admin, three) -> None:
    assert "stock not checked as a whole yet" in admin.page(LIST)
    first = admin.post(f"{LIST}refresh")
    second = admin.post(f"{LIST}refresh")
    assert first.location == second.location == "/core/jobs/1"
    assert "Recalculate back orders" in admin.page("/core/jobs/1")

    def break_one() -> None:
        db.session.execute(sa.update(OrderState).values(order_class="none"))

    act(break_one)
    assert marks(admin.page(ORDERS)) == {3: "", 2: "", 1: ""}
    with app.app_context():
        run = jobs.claim_queued()
        assert run is not None
        jobs.execute(run)
        found = db.session.get_one(JobRun, run)
        assert (found.state, found.result["orders"]) == ("done", 2)
    assert marks(admin.page(ORDERS)) == {3: "Full", 2: "Partial", 1: ""}
    assert "stock checked" in admin.page(LIST)
    assert "ago" in admin.page(LIST).partition("stock checked")[2][:30]


def test_only_a_manager_may_recalculate(app, act, trade) -> None:
    clerk, manager = Person(app, "clerk"), Person(app, "manager")
    assert clerk.post(f"{LIST}refresh").status_code == 403
    assert "Recalculate now" not in clerk.page(LIST)
    assert "Recalculate now" in manager.page(LIST)
    assert manager.post(f"{LIST}refresh").status_code == 302
