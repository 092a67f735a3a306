"""What a row offers: one next action for its status, the rest in its menu (F048, A07, A25)."""

from __future__ import annotations

from collections.abc import Callable

from erp_core.access import can
from erp_core.admin.views import Button
from plugins.backorders.domain.record import Action, Status, next_action
from plugins.backorders.models import Backorder
from plugins.backorders.views import addresses
from plugins.backorders.views.facts import Facts

Address = Callable[..., str]


def next_of(row: Backorder, known: Facts, address: Address) -> Button | None:
    """Return the one next action of a row, None where there is none for this person."""
    action = next_action(known.status)
    if action is Action.REQUEST_STOCK and can("backorders.request"):
        return Button("Request stock", address(".request_stock", pk=row.id), "dialog")
    if action is Action.VIEW_SUPPLY and known.served:
        link = known.served[0].link
        return Button(f"View {link.number}", link.url, role="wait")
    if action is Action.FULFIL and can("backorders.fulfil"):
        return _fulfil(row, known, address)
    return None


def _fulfil(row: Backorder, known: Facts, address: Address) -> Button:
    """Ship at once what is paid; ask where money is due (A11)."""
    method = "dialog" if known.owed else "post"
    return Button("Fulfil order", address(".fulfil", pk=row.id), method, "ok")


def menu_of(row: Backorder, known: Facts, address: Address) -> list[Button]:
    """Return what else can be done with a row."""
    order, product = addresses.order(row.order_id), addresses.product(row.product_id)
    return [
        *_more_stock(row, known, address),
        *(
            Button(f"{item.link.verb} {item.link.number}", item.link.url, icon="truck-delivery")
            for item in known.served
        ),
        Button(f"Open order {row.order.number}", order, icon="clipboard-list"),
        Button(f"Open product {row.product.sku}", product, icon="box"),
    ]


def _more_stock(row: Backorder, known: Facts, address: Address) -> list[Button]:
    """Offer more stock beside the main action, also where it may turn out a no-op (A07)."""
    asks = known.status in (Status.STOCK_AVAILABLE, Status.ON_ORDER)
    if not asks or not can("backorders.request"):
        return []
    url = address(".request_stock", pk=row.id)
    return [Button("Request additional stock", url, "dialog", icon="plus")]
