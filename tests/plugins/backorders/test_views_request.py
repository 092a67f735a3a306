"""Request stock through HTTP: the dialog, every source, wrong input, many lines at once."""

from __future__ import annotations

import re

import pytest

from tests.plugins.backorders.market import arrive, statements
from tests.plugins.backorders.views_trade import (
    HTMX,
    LIST,
    bought,
    cue,
    figures,
    next_act,
    order,
    rows,
    send_and_receive,
    toast,
    trade,
    words,
)

__all__ = ["trade"]
ASK = f"{LIST}1/request"


def offers(page: str) -> dict[str, str]:
    """Return the words of each offer that can be chosen, by its value."""
    found = re.findall(r'<label class="peg-choice"><input ([^>]*)>(.*?)</label>', page, re.S)
    return {
        re.search(r'value="([^"]*)"', attrs)[1]: words(text)  # type: ignore[index]
        for attrs, text in found
        if "disabled" not in attrs
    }


@pytest.mark.feature("F062", "F063", "F064", "F069", "F070", "F071")
def test_a_new_purchase_order_is_made_for_the_chosen_store(act, admin, trade) -> None:
    market = trade.market
    order(act, trade, (market.mug, 7))
    order(act, trade, (market.mug, 4))
    order(act, trade, (market.mug, 3))
    dialog = admin.page(ASK)
    assert list(offers(dialog)) == [f"purchasing.order|new:{trade.nord}"]
    assert "New purchase order Nordlicht Supply · lead time 5 days" in words(dialog)
    assert "Short by 7; two other orders also wait for this SKU (+7)." in dialog
    assert 'name="qty"' in dialog
    assert 'value="7"' in dialog
    assert f'<option value="{market.north}">North</option>' in dialog
    data = {"offer": f"purchasing.order|new:{trade.nord}", "place-0": market.north, "qty": "7"}
    answer = admin.post(f"{ASK}?status=open", data, headers=HTMX)
    assert answer.status_code == 200
    assert bought(act) == [("PO-1001", "NORD", market.north, False, "", [("HF-310", 7)])]
    assert figures(act, 1) == ("on_order", 7, 0, 0, 7)
    said = toast(answer)
    assert said["text"] == "PO-1001: 7 units requested for BO-1."
    assert said["link"] == {"label": "View", "url": "/purchasing/order/1/"}
    fresh = rows(answer.text)
    assert answer.text.lstrip().startswith('<hx-partial hx-target="#list"')
    assert next_act(fresh[1]) == "View PO-1001"
    assert "On order" in words(fresh[1])
    assert next_act(fresh[2]) == "Request stock"


def test_the_list_after_the_act_keeps_its_filters(act, admin, trade) -> None:
    order(act, trade, (trade.market.mug, 7))
    order(act, trade, (trade.market.mug, 4))
    dialog = admin.page(f"{ASK}?status=new&search=mug")
    assert f'action="{ASK}?status=new&amp;search=mug"' in dialog
    data = {"offer": f"purchasing.order|new:{trade.nord}", "qty": "7"}
    answer = admin.post(f"{ASK}?status=new&search=mug", data, headers=HTMX)
    assert list(rows(answer.text)) == [2]
    plain = admin.post(f"{LIST}2/request?status=new", {**data, "qty": "4"})
    assert plain.status_code == 302
    assert plain.location == f"{LIST}?status=new"


@pytest.mark.feature("F065", "F066")
def test_a_new_purchase_order_can_ship_to_the_customer(act, admin, trade) -> None:
    order(act, trade, (trade.market.mug, 7))
    dialog = admin.page(ASK)
    assert '<option value="customer">Ship to customer: Petra Novák, Rua 1, Porto</option>' in dialog
    data = {"offer": f"purchasing.order|new:{trade.nord}", "place-0": "customer", "qty": "7"}
    assert admin.post(ASK, data, headers=HTMX).status_code == 200
    ((_, _, _, direct, address, _),) = bought(act)
    assert (direct, address) == (True, "Petra Novák, Rua 1, Porto")
    assert "Petra Novák, Rua 1, Porto" in words(admin.page("/purchasing/order/1/"))


@pytest.mark.feature("F067")
def test_an_open_purchase_order_that_was_not_sent_takes_more_lines(act, admin, trade) -> None:
    order(act, trade, (trade.market.mug, 7))
    order(act, trade, (trade.market.spare, 4))
    new = {"offer": f"purchasing.order|new:{trade.nord}", "qty": "7"}
    admin.post(ASK, new)
    found = offers(admin.page(f"{LIST}2/request"))
    assert (
        "Add to open purchase order PO-1001 · draft · 1 line" in found["purchasing.order|extend:1"]
    )
    answer = admin.post(
        f"{LIST}2/request", {"offer": "purchasing.order|extend:1", "qty": "4"}, headers=HTMX
    )
    assert toast(answer)["text"] == "PO-1001: 4 units requested for BO-2."
    assert [one[5] for one in bought(act)] == [[("HF-310", 7), ("HF-311", 4)]]
    act(lambda: send_and_receive("PO-1001"))
    order(act, trade, (trade.market.mug, 1))
    assert "purchasing.order|extend:1" not in offers(admin.page(f"{LIST}3/request"))


@pytest.mark.feature("F068", "F070")
def test_a_transfer_is_offered_only_where_another_place_has_free_stock(act, admin, trade) -> None:
    market = trade.market
    order(act, trade, (market.mug, 7))
    page = words(admin.page(ASK))
    assert "Transfer from another location No free stock at other locations." in page
    act(lambda: arrive(market.mug, market.north, 5))
    found = offers(admin.page(ASK))
    key = f"inventory.transfer|{market.north}"
    assert found[key] == "Transfer from North 5 free at North"
    answer = admin.post(ASK, {"offer": key, "qty": "5"}, headers=HTMX)
    assert toast(answer)["text"] == "TR-1001: 5 units requested for BO-1."
    row = rows(admin.page(LIST))[1]
    assert next_act(row) == "View TR-1001"
    assert "View transfer TR-1001" in words(row)
    assert figures(act, 1) == ("on_order", 7, 0, 0, 5)
    assert "TR-1001" in admin.page("/inventory/transfer/1/")


@pytest.mark.feature("F095")
def test_additional_stock_asks_for_what_is_uncovered_and_says_when_nothing_is(
    act, admin, trade
) -> None:
    order(act, trade, (trade.market.mug, 7))
    new = {"offer": f"purchasing.order|new:{trade.nord}", "qty": "3"}
    admin.post(ASK, new)
    act(lambda: send_and_receive("PO-1001"))
    row = rows(admin.page(LIST))[1]
    assert "Stock available 3 of 7" in words(row)
    assert "Request additional stock" in words(row)
    dialog = admin.page(ASK)
    assert "Request additional stock" in dialog
    assert 'value="4"' in dialog
    admin.post(ASK, {**new, "qty": "4"})
    assert figures(act, 1) == ("stock_available", 4, 3, 0, 4)
    page = admin.page(ASK)
    assert "All 4 units that are short are requested already." in page
    assert 'type="submit"' not in page
    answer = admin.post(ASK, {**new, "qty": "4"}, headers=HTMX)
    assert answer.status_code == 422
    assert len(bought(act)) == 2


@pytest.mark.parametrize(
    "qty", ["", "0", "-4", "1.5", "1,000", "seven", "1000001", "9" * 30, " ", "4 units", "٣"]
)
def test_a_wrong_quantity_is_said_in_the_dialog_and_stays_there(act, admin, trade, qty) -> None:
    order(act, trade, (trade.market.mug, 7))
    data = {"offer": f"purchasing.order|new:{trade.nord}", "place-0": "customer", "qty": qty}
    answer = admin.post(ASK, data, headers=HTMX)
    assert answer.status_code == 422
    assert "Enter a whole number from 1 to 1,000,000." in answer.text
    assert f'value="{qty}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert '<option value="customer" selected>' in answer.text
    assert "data-error" not in answer.text
    assert bought(act) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"offer": ""}, "not offered any more"),
        ({"offer": "purchasing.order|new:99"}, "not offered any more"),
        ({"offer": "nobody|new:1"}, "not offered any more"),
        ({"offer": "purchasing.order|extend:1"}, "not offered any more"),
        ({"place-0": "99"}, "Choose one of the places"),
        ({"place-0": "x"}, "Choose one of the places"),
    ],
)
def test_a_choice_that_is_not_offered_is_refused_with_a_sentence(
    act, admin, trade, changes, sentence
) -> None:
    order(act, trade, (trade.market.mug, 7))
    data = {"offer": f"purchasing.order|new:{trade.nord}", "qty": "7", **changes}
    answer = admin.post(ASK, data, headers=HTMX)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert bought(act) == []


def test_more_than_another_place_has_is_refused_and_nothing_is_written(act, admin, trade) -> None:
    market = trade.market
    order(act, trade, (market.mug, 7))
    act(lambda: arrive(market.mug, market.north, 5))
    data = {"offer": f"inventory.transfer|{market.north}", "qty": "6"}
    answer = admin.post(ASK, data, headers=HTMX)
    assert answer.status_code == 422
    assert "5 free, 6 asked for" in answer.text
    assert figures(act, 1) == ("new", 7, 0, 0, 0)


@pytest.mark.feature("F054", "F074")
def test_chosen_rows_become_one_purchase_order_a_supplier(act, admin, trade) -> None:
    market = trade.market
    order(act, trade, (market.mug, 7), (market.kettle, 2))
    order(act, trade, (market.spare, 4))
    order(act, trade, (market.mug, 1))
    dialog = admin.page(f"{LIST}request?rowid=1&rowid=2&rowid=3")
    assert "Nordlicht Supply" in dialog
    assert "Harbor & Finch" in words(dialog)
    chosen = dict(re.findall(r'name="(offer-\d)" value="([^"]+)" checked', dialog))
    assert sorted(chosen.values()) == [
        f"purchasing.order|new:{trade.nord}",
        f"purchasing.order|new:{trade.harbor}",
    ]
    data = {"rowid": ["1", "2", "3"], "qty-1": "7", "qty-2": "2", "qty-3": "4", **chosen}
    answer = admin.post(f"{LIST}request", data, headers=HTMX)
    assert toast(answer)["text"] == "3 back orders requested: PO-1001 and PO-1002."
    assert sorted((one[1], one[5]) for one in bought(act)) == [
        ("HARB", [("HF-228", 2)]),
        ("NORD", [("HF-310", 7), ("HF-311", 4)]),
    ]
    acts = {pk: next_act(row) for pk, row in rows(answer.text).items()}
    assert acts[4] == "Request stock"
    assert all(acts[pk].startswith("View PO-") for pk in (1, 2, 3))


@pytest.mark.feature("F054")
def test_a_group_requests_every_new_line_of_its_supplier(act, admin, trade) -> None:
    market = trade.market
    for qty in (7, 3, 2):
        order(act, trade, (market.mug, qty))
    order(act, trade, (market.kettle, 1))
    admin.post(ASK, {"offer": f"purchasing.order|new:{trade.nord}", "qty": "7"})
    page = admin.page(LIST)
    url = f"{LIST}request?new=1&amp;supplier={trade.nord}"
    assert f'hx-get="{url}"' in page
    dialog = admin.page(url.replace("&amp;", "&"))
    assert re.findall(r'name="rowid" value="(\d+)"', dialog) == ["2", "3"]
    extend = "purchasing.order|extend:1"
    assert extend in offers(dialog)
    data = {"rowid": ["2", "3"], "qty-2": "3", "qty-3": "", "offer-0": extend}
    answer = admin.post(f"{LIST}request", data, headers=HTMX)
    assert toast(answer)["text"] == "1 back order requested: PO-1001."
    assert [one[5] for one in bought(act)] == [[("HF-310", 10)]]
    assert figures(act, 3) == ("new", 2, 0, 0, 0)


def test_orders_of_two_locations_are_supplied_where_they_are_served(act, admin, trade) -> None:
    market = trade.market
    order(act, trade, (market.mug, 7))
    order(act, trade, (market.mug, 3), warehouse_id=market.north)
    dialog = admin.page(f"{LIST}request?rowid=1&rowid=2")
    assert '<option value="" selected>Each order&#39;s own location</option>' in dialog
    data = {"rowid": ["1", "2"], "qty-1": "7", "qty-2": "3", "place-0": ""}
    data["offer-0"] = f"purchasing.order|new:{trade.nord}"
    assert admin.post(f"{LIST}request", data, headers=HTMX).status_code == 200
    assert sorted((one[2], one[5]) for one in bought(act)) == [
        (market.porto, [("HF-310", 7)]),
        (market.north, [("HF-310", 3)]),
    ]


def test_wrong_quantities_of_many_lines_keep_everything_that_was_typed(act, admin, trade) -> None:
    order(act, trade, (trade.market.mug, 7))
    order(act, trade, (trade.market.mug, 3))
    data = {
        "rowid": ["1", "2"],
        "qty-1": "five",
        "qty-2": "2",
        "offer-0": f"purchasing.order|new:{trade.nord}",
        "place-0": str(trade.market.north),
    }
    answer = admin.post(f"{LIST}request", data, headers=HTMX)
    assert answer.status_code == 422
    assert 'id="qty-1-error"' in answer.text
    assert 'value="five"' in answer.text
    assert 'id="qty-2-error"' not in answer.text
    assert f'<option value="{trade.market.north}" selected>' in answer.text
    assert bought(act) == []


def test_lines_that_cannot_be_requested_are_left_out_with_the_reason(act, admin, trade) -> None:
    order(act, trade, (trade.market.mug, 7))
    order(act, trade, (trade.market.mug, 3))
    admin.post(ASK, {"offer": f"purchasing.order|new:{trade.nord}", "qty": "7"})
    dialog = admin.page(f"{LIST}request?rowid=1&rowid=2")
    assert re.findall(r'name="rowid" value="(\d+)"', dialog) == ["2"]
    assert "BO-1: All 7 units that are short are requested already." in dialog


def test_nothing_selected_is_said_and_all_matching_means_the_filters(act, admin, trade) -> None:
    order(act, trade, (trade.market.mug, 7))
    order(act, trade, (trade.market.kettle, 3))
    assert admin.get(f"{LIST}request", headers=HTMX).status_code == 422
    dialog = admin.page(f"{LIST}request?all_matching=1&rowid=1&search=kettle")
    assert re.findall(r'name="rowid" value="(\d+)"', dialog) == ["2"]


def test_a_dialog_of_a_back_orders_own_page_comes_back_to_it(act, admin, trade) -> None:
    order(act, trade, (trade.market.mug, 7))
    assert f'hx-get="{ASK}?back=page"' in admin.page(f"{LIST}1/")
    data = {"offer": f"purchasing.order|new:{trade.nord}", "qty": "7"}
    answer = admin.post(f"{ASK}?back=page", data, headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"{LIST}1/"
    assert "PO-1001: 7 units requested for BO-1." in admin.page(f"{LIST}1/")


def test_requesting_many_costs_the_same_for_two_lines_of_a_product_as_for_twenty(
    app, act, admin, trade
) -> None:
    def cost(ids: list[int]) -> int:
        data = {"rowid": [str(one) for one in ids], **{f"qty-{one}": "1" for one in ids}}
        data["offer-0"] = f"purchasing.order|new:{trade.nord}"
        with statements(app) as seen:
            assert admin.post(f"{LIST}request?search=zzz", data, headers=HTMX).status_code == 200
        return len(seen)

    for _ in range(22):
        order(act, trade, (trade.market.mug, 1))
    assert cost([1, 2]) == cost(list(range(3, 23)))


def test_the_cue_names_the_day_on_which_supply_is_expected(act, admin, trade) -> None:
    from plugins.purchasing.services import orders as purchases

    order(act, trade, (trade.market.mug, 7))
    admin.post(ASK, {"offer": f"purchasing.order|new:{trade.nord}", "qty": "7"})
    day = act(lambda: purchases.mark_sent(1).expected_on)
    row = rows(admin.page(LIST))[1]
    shown = f"{day.day} {day:%b}"
    assert cue(row) == ("wait", "truck-delivery", f"7 on order, expected {shown}")
    assert shown in words(row).partition("On order")[0].rpartition(" d ")[2]
