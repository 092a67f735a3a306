"""Supply needs: what to buy, why, and the orders for it (F088-F091)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.datastructures import MultiDict

from erp_core.access import can, demand, requires
from erp_core.admin.answers import go
from erp_core.admin.job_pages import away
from erp_core.admin.screen import ErpView
from erp_core.db import db
from erp_core.errors import ConflictError, ErpError
from erp_core.imports import whole
from plugins.inventory.ports import SupplyLink
from plugins.replenishment.services import proposals, supply_needs
from plugins.replenishment.services.supply_needs import Chosen, Line, Spot
from plugins.replenishment.views.words import arithmetic

PAGE = 200
WHY = {"": "All needs", "backorders": "Back orders", "reorder": "Reorder points"}
_ROW = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
quantity = whole(1, 1_000_000)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the address asks for: one supplier, one location, one reason, a page."""

    supplier: str = ""
    place: str = ""
    why: str = ""
    page: int = 0

    def keeps(self, line: Line) -> bool:
        """Say whether a line is asked for."""
        supplier = str(line.supplier.id) if line.supplier else "0"
        units = {"backorders": line.backorders, "reorder": line.reorder}.get(self.why, 1)
        return bool(
            units and self.supplier in ("", supplier) and self.place in ("", str(line.place.id))
        )


@dataclass(slots=True)
class Filled:
    """The ticked rows, what was typed, and what is wrong by field name."""

    rows: list[Chosen] = field(default_factory=list)
    values: MultiDict[str, str] = field(default_factory=MultiDict)
    errors: dict[str, str] = field(default_factory=dict)

    def get(self, name: str, default: object) -> str:
        """Return what was typed into a field, else what is proposed."""
        return str(self.values.get(name, default))

    def ticked(self, name: str) -> bool:
        """Say whether a row is chosen."""
        return name in self.values.getlist("rowid")


class NeedsView(ErpView):
    """One row for each product and location in need, grouped by supplier."""

    key = "replenishment.needs"
    see = "replenishment.view"
    change = "replenishment.order"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show what is missing now (F089)."""
        return self._page(Filled())

    def _page(self, filled: Filled, problem: str = "") -> str:
        shown, found = _shown(), supply_needs.lines()
        mine = [line for line in found if shown.keeps(line)]
        first = shown.page * PAGE
        return str(
            self.render(
                "replenishment/needs.html",
                title="Replenishment",
                groups=list(_groups(mine[first : first + PAGE])),
                count=len(mine),
                shown=shown,
                pages=-(-len(mine) // PAGE),
                suppliers=_suppliers(found),
                places=sorted({(line.place.name, line.place.id) for line in found}),
                reasons=WHY,
                filled=filled,
                problem=problem,
                since=proposals.since(),
                checked=_checked(),
                away=away,
                arithmetic=arithmetic,
                may_order=can("replenishment.order"),
                may_notify=can("replenishment.notify"),
            )
        )

    @expose("/order", methods=("POST",))
    @requires("replenishment.order")
    def order_view(self) -> ResponseReturnValue:
        """Order the ticked rows, and tell the suppliers when asked to (F090, F091)."""
        send = request.form.get("send") == "1"
        if send:
            demand("replenishment.notify")
        filled = chosen_rows(request.form)
        if filled.errors or not filled.rows:
            return self._page(filled, _wrong(filled)), 422
        try:
            links = supply_needs.order(filled.rows, send=send)
        except ErpError as error:
            db.session.rollback()
            kept = Filled() if isinstance(error, ConflictError) else filled
            return self._page(kept, str(error)), error.status
        flash(said(links, send=send), "success")
        return go(links[0].url if len(links) == 1 else self.get_url(".index"))

    @expose("/check", methods=("POST",))
    @requires("replenishment.order")
    def check_view(self) -> ResponseReturnValue:
        """Bring the proposals up to date now, as the job does it."""
        done = proposals.refresh()
        flash(f"Checked: {done.new:,} new, {done.stayed:,} as before, {done.gone:,} done.", "info")
        return go(self.get_url(".index"))


def said(links: Sequence[SupplyLink], *, send: bool) -> str:
    """Name what was made."""
    numbers = ", ".join(link.number for link in links[:10])
    more = f" and {len(links) - 10:,} more" if len(links) > 10 else ""
    return f"{numbers}{more} {'sent to the supplier' if send else 'created; not sent yet'}."


def _wrong(filled: Filled) -> str:
    if filled.errors:
        return "Nothing was ordered: please check the marked quantities."
    return "Nothing was ordered: tick at least one row."


def chosen_rows(form: MultiDict[str, str]) -> Filled:
    """Read the ticked rows."""
    filled = Filled(values=form)
    for name in dict.fromkeys(form.getlist("rowid")):
        match = _ROW.fullmatch(name)
        if match:
            _read(filled, name, Spot(int(match[1]), int(match[2])))
    return filled


def _read(filled: Filled, name: str, spot: Spot) -> None:
    seen = filled.get(f"seen-{name}", "")
    try:
        units = quantity(filled.get(f"qty-{name}", "").strip())
        filled.rows.append(Chosen(spot, units, int(seen) if seen.isdecimal() else 1))
    except ValueError as error:
        filled.errors[f"qty-{name}"] = f"{error}."


def _shown() -> Shown:
    page = request.args.get("page", "")
    return Shown(
        supplier=request.args.get("supplier", ""),
        place=request.args.get("location", ""),
        why=request.args.get("why", ""),
        page=int(page) if page.isdecimal() and len(page) < 6 else 0,
    )


def _groups(found: Sequence[Line]) -> Iterator[tuple[str, list[Line]]]:
    for name, mine in groupby(found, key=_heading):
        yield name, list(mine)


def _heading(line: Line) -> str:
    if line.way is None:
        return "Nobody sells these yet"
    return line.supplier.name if line.supplier else line.way.offer.title


def _suppliers(found: Sequence[Line]) -> list[tuple[str, int]]:
    return sorted({(x.supplier.name, x.supplier.id) for x in found if x.supplier})


def _checked() -> str:
    at = proposals.checked_at()
    return f"Checked {away(at)}" if at else "Not checked yet"
