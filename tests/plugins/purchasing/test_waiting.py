"""Who waits for what is on order: told by plugins that speak for demand (F039)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest

from erp_core.registry import Owned, registry
from erp_core.testing.people import Person
from plugins.inventory.ports import DemandSource, Need, Waiter
from plugins.inventory.services import pegs
from plugins.purchasing.services.waiting import waiting
from tests.plugins.purchasing.conftest import Act, World, build, counted, order_of


class Bookings:
    """A demand source of somebody else: seats that were booked."""

    key = "bookings.seat"

    def needs(self, product_ids: Collection[int] | None = None) -> list[Need]:
        return []

    def waiters(self, line_ids: Collection[int]) -> Mapping[int, Waiter]:
        return {line: Waiter(f"SEAT-{line}", "Oak & Iron", f"/seat/{line}") for line in line_ids}


@pytest.fixture
def bookings(app: Any) -> Iterator[None]:
    """Let the foreign source answer, as an enabled plugin does."""
    answers = registry_of(app).providers[DemandSource]
    mine = Owned("inventory", Bookings())
    answers.append(mine)
    yield
    answers.remove(mine)


def registry_of(app: Any) -> Any:
    with app.app_context():
        return registry()


def peg_to(order: Any, source: str, demand: int, qty: int) -> None:
    line = order.lines[0]
    pegs.add([pegs.NewPeg("purchasing.order", line.id, source, demand, line.product_id, qty)])


@pytest.mark.feature("F039")
def test_a_person_icon_marks_lines_that_serve_a_waiting_customer(
    admin: Person, world: World, act: Act, bookings: None
) -> None:
    order = act(lambda: order_of(world, (world.lamp, 10), (world.mug, 4)))
    url = f"/purchasing/order/{order.id}/"
    assert 'aria-label="Waiting:' not in admin.page(url)
    act(lambda: peg_to(order, "bookings.seat", 41, 6))
    act(lambda: peg_to(order, "bookings.seat", 42, 2))
    words = "Waiting: 6 for SEAT-41, Oak &amp; Iron; 2 for SEAT-42, Oak &amp; Iron"
    expanded = admin.get(f"{url}expand").text
    for page in (admin.page(url), expanded):
        assert page.count("Waiting:") == 2
        assert f'href="/seat/41" data-tip="{words}" aria-label="{words}"' in page
        row = page.split("Trail lamp")[1].split("</tr>")[0]
        assert "#user" in row


def test_cancelling_names_whom_it_hurts(
    admin: Person, world: World, act: Act, bookings: None
) -> None:
    order = act(lambda: order_of(world, (world.lamp, 10), status="sent"))
    act(lambda: peg_to(order, "bookings.seat", 41, 6))
    page = admin.page(f"/purchasing/order/{order.id}/cancel")
    assert "These wait for it and will need other supply:" in page
    assert '<a href="/seat/41">SEAT-41</a>' in page
    assert "Nobody waits" not in page


def test_demand_that_nobody_speaks_for_is_left_out(world: World, act: Act) -> None:
    order = act(lambda: order_of(world, (world.lamp, 10)))
    act(lambda: peg_to(order, "gone.plugin", 1, 6))
    assert act(lambda: dict(waiting([order.lines[0].id]))) == {}


def test_waiters_cost_the_same_for_one_line_and_for_many(ctx: Any, bookings: None) -> None:
    world = build()
    one = order_of(world, (world.lamp, 1))
    many = order_of(world, *((p, 1) for p in (world.lamp, world.pack, world.mug, world.service)))
    for demand, line in enumerate([*one.lines, *many.lines], start=1):
        pegs.add(
            [pegs.NewPeg("purchasing.order", line.id, "bookings.seat", demand, line.product_id, 1)]
        )
    few = counted(lambda: waiting([line.id for line in one.lines]))
    assert counted(lambda: waiting([line.id for line in many.lines])) == few
