"""Adjusting stock through the browser's form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from erp_core.testing.people import Person
from tests.plugins.inventory import yard
from tests.plugins.inventory.yard import Yard

Act = Callable[[Callable[[], Any]], Any]
URL = "/inventory/adjustment/new/"


def form(stocked: Yard, **more: str) -> dict[str, str]:
    data = {"warehouse": str(stocked.main), "code": "LAMP", "how": "count", "quantity": "7"}
    return {**data, "reason": "Counted", **more}


@pytest.mark.feature("F170")
def test_a_count_writes_the_difference_to_the_ledger(
    stocked: Yard, admin: Person, act: Act
) -> None:
    admin.post(URL, form(stocked))
    assert act(lambda: yard.lying(stocked.lamp)) == {stocked.main: 7, stocked.shop: 4}
    assert act(lambda: yard.rows(stocked.lamp))[-1] == ("adjustment", -3)
    page = admin.page("/inventory/move/?kind=adjustment")
    assert "Counted" in page
    assert admin.email in page


def test_a_difference_by_barcode_is_added(stocked: Yard, admin: Person, act: Act) -> None:
    admin.post(URL, form(stocked, code="4006381333931", how="difference", quantity="-10"))
    assert act(lambda: yard.lying(stocked.lamp)) == {stocked.shop: 4}
    admin.post(URL, form(stocked, how="difference", quantity="+2"))
    assert act(lambda: yard.lying(stocked.lamp)) == {stocked.main: 2, stocked.shop: 4}


def test_a_right_count_changes_nothing(stocked: Yard, admin: Person, act: Act) -> None:
    admin.post(URL, form(stocked, quantity="10"))
    assert act(lambda: yard.rows(stocked.lamp)) == [("opening", 10), ("opening", 4)]
    assert "is 10 already" in admin.page("/inventory/stock/")


LIMITS = "Whole number from 0 to 1,000,000"
BAD = [
    ({"quantity": "-3"}, LIMITS),
    ({"quantity": "1.5"}, LIMITS),
    ({"quantity": "1,5"}, LIMITS),
    ({"quantity": "1" + "0" * 30}, LIMITS),
    ({"quantity": ""}, LIMITS),
    ({"quantity": "1000001"}, LIMITS),
    ({"quantity": "٣"}, LIMITS),
    ({"how": "difference", "quantity": "0"}, "changes nothing"),
    ({"how": "difference", "quantity": "-11"}, "LAMP at Main warehouse: 10 on hand, 11 asked for"),
    ({"how": "guess"}, "Not a valid choice"),
    ({"code": "NOPE"}, "No product has the SKU or barcode “NOPE”"),
    ({"code": ""}, "Enter or scan a SKU"),
    ({"reason": "  "}, "Say why the stock changes"),
    ({"reason": "x" * 255}, "At most 254 characters"),
    ({"warehouse": "999"}, "Not a valid choice"),
]


@pytest.mark.parametrize(("change", "words"), BAD)
def test_bad_input_says_what_is_allowed_and_keeps_what_was_typed(
    change: dict[str, str], words: str, stocked: Yard, admin: Person, act: Act
) -> None:
    data = form(stocked, **change)
    answer = admin.post(URL, data)
    assert answer.status_code == 422
    assert words in answer.text
    kept = data["quantity"] or data["code"]
    assert f'value="{kept}"' in answer.text
    assert act(lambda: yard.rows(stocked.lamp)) == [("opening", 10), ("opening", 4)]


def test_the_dialog_answers_with_a_dialog(stocked: Yard, admin: Person) -> None:
    htmx = {"HX-Request": "true", "HX-Current-URL": "http://localhost/inventory/product/?page=2"}
    opened = admin.get(f"{URL}?product={stocked.lamp}&warehouse={stocked.shop}", headers=htmx)
    assert "peg-dialog-head" in opened.text
    assert 'value="LAMP"' in opened.text
    refused = admin.post(URL, form(stocked, quantity="x"), headers=htmx)
    assert (refused.status_code, "peg-dialog-head" in refused.text) == (422, True)
    done = admin.post(URL, form(stocked), headers=htmx)
    assert (done.status_code, done.headers["HX-Redirect"]) == (204, "/inventory/product/?page=2")


def test_an_adjustment_is_taken_back_once(stocked: Yard, admin: Person, act: Act) -> None:
    admin.post(URL, form(stocked))
    undo = "/inventory/adjustment/3/undo"
    assert undo in admin.page("/inventory/stock/")
    admin.post(undo)
    assert act(lambda: yard.lying(stocked.lamp))[stocked.main] == 10
    again = admin.post(undo)
    assert (again.status_code, "taken back before" in again.text) == (409, True)
    assert act(lambda: yard.lying(stocked.lamp))[stocked.main] == 10
