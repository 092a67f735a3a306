"""Request stock for many back orders in one dialog: a selection, or all new ones of a supplier."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.errors import ErpError
from plugins.backorders.models import Backorder
from plugins.backorders.services import needs
from plugins.backorders.views.asked import numbers, read
from plugins.backorders.views.facts import record_of
from plugins.backorders.views.finding import Finder, by_ids
from plugins.backorders.views.request_one import RequestOne, nothing_uncovered
from plugins.backorders.views.requests import (
    GONE,
    Choice,
    Form,
    Order,
    carry_out,
    choices_for,
    whole,
)
from plugins.backorders.views.tallies import NO_SUPPLIER
from plugins.backorders.views.words import joined, units
from plugins.inventory.ports import Need

MOST_LINES = 1_000
BETWEEN = " · "
OWN_LOCATION = "Each order's own location"


@dataclass(frozen=True, slots=True)
class Line:
    """One back order of the dialog with its need and every way to serve it."""

    row: Backorder
    need: Need
    choices: Sequence[Choice]

    @property
    def proposed(self) -> str:
        """Return the units nobody asked a source for yet."""
        return str(record_of(self.row).unrequested)

    @property
    def usable(self) -> list[Choice]:
        """Return the offers of new supply that can be taken."""
        return [one for one in self.choices if not one.offer.problem and not one.transfers]

    def choice(self, key: str) -> Choice | None:
        """Return the offer of that key."""
        return next((one for one in self.usable if one.key == key), None)


@dataclass
class Batch:
    """Lines whose first offer is the same: one order for all of them (F074, F077)."""

    name: str
    title: str
    lines: list[Line] = field(default_factory=list)

    @cached_property
    def keys(self) -> list[str]:
        """Return the offers that every line can take."""
        shared = [one.key for one in self.lines[0].usable]
        return [key for key in shared if all(line.choice(key) for line in self.lines)]

    def offers(self) -> Iterator[tuple[str, str, str]]:
        """Yield key, title and the facts that hold for every line."""
        for key in self.keys:
            offers = [one.offer for one in self._all(key)]
            facts = offers[0].detail.split(BETWEEN)
            kept = [fact for fact in facts if all(fact in other.detail for other in offers)]
            yield key, offers[0].title, BETWEEN.join(kept)

    def places(self) -> list[tuple[str, str]]:
        """Return where a new order can deliver to for all lines.

        Orders of several locations are each supplied where they are served, unless one is chosen.
        """
        found = [dict(one.offer.places) for one in self._all(self.keys[0])]
        shared = [(str(k), n) for k, n in found[0].items() if all(k in other for other in found)]
        at_home = len({line.need.warehouse_id for line in self.lines}) > 1
        return [("", OWN_LOCATION), *shared] if at_home else shared

    def _all(self, key: str) -> list[Choice]:
        return [found for line in self.lines if (found := line.choice(key))]

    def orders(self, form: Form) -> Iterator[Order]:
        """Read the batch from the form; problems go to `form.errors`."""
        key = form.get(f"offer-{self.name}")
        place = form.get(f"place-{self.name}") if key == self.keys[0] else ""
        for line in self.lines:
            choice = line.choice(key)
            if choice is None:
                raise ErpError(GONE)
            qty = _quantity(line, form)
            if qty:
                yield Order(choice, line.need, qty, place)


def _quantity(line: Line, form: Form) -> int:
    """Read the quantity of one line; an empty field leaves the line out."""
    name = f"qty-{line.row.id}"
    if not form.get(name).strip():
        return 0
    try:
        return whole(form.get(name))
    except ValueError as error:
        form.errors[name] = str(error)
        return 0


@dataclass(slots=True)
class Selection:
    """The back orders of the dialog, sorted into batches, and those that are left out."""

    batches: list[Batch] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[int]:
        """Return the back orders that are in."""
        return [line.row.id for batch in self.batches for line in batch.lines]

    def orders(self, form: Form) -> list[Order]:
        """Read the whole form; raises ErpError when something cannot be used."""
        found = [order for batch in self.batches for order in batch.orders(form)]
        if form.errors:
            raise ErpError("Some quantities need a correction.")
        if not found:
            raise ErpError("Nothing is left to request: enter a quantity for at least one line.")
        return found


def select(rows: Sequence[Backorder], supplier: Callable[[Backorder], str]) -> Selection:
    """Sort back orders into batches by their first offer."""
    chosen = Selection()
    found_needs = needs.of_backorders([row.id for row in rows])
    open_needs = {key: need for key, need in found_needs.items() if need.qty}
    found: dict[str, Batch] = {}
    for line in _lines(rows, open_needs):
        if not line.usable:
            chosen.left_out.append(_why_not(line))
            continue
        key = line.usable[0].key
        batch = found.setdefault(key, Batch(str(len(found)), supplier(line.row)))
        batch.lines.append(line)
    done = [row for row in rows if row.id not in open_needs]
    chosen.left_out.extend(f"{row.number}: {nothing_uncovered(row)}" for row in done)
    chosen.batches = list(found.values())
    return chosen


def _lines(rows: Sequence[Backorder], wanted: dict[int, Need]) -> Iterator[Line]:
    """Ask every source once for the offers of all lines."""
    mine = [row for row in rows if row.id in wanted]
    offered = choices_for([wanted[row.id] for row in mine])
    for row, choices in zip(mine, offered, strict=True):
        yield Line(row, wanted[row.id], choices)


def _why_not(line: Line) -> str:
    problems = [one.offer.problem for one in line.choices if one.offer.problem]
    reason = problems[0] if problems else "No plugin that is switched on can supply it."
    return f"{line.row.number}: {reason}"


class RequestMany(RequestOne):
    """The dialog behind "Add 5 to purchase order" and behind the bar of selected rows."""

    @expose("/request", methods=("GET", "POST"))
    @requires("backorders.request")
    def request_many(self) -> ResponseReturnValue:
        """List the lines (GET), then request all of them at once (POST)."""
        self.demand_on()
        rows = by_ids(self._chosen())
        supplied = self.finder.supplier_of({row.product_id for row in rows})
        nobody = (NO_SUPPLIER, "No supplier")
        selection = select(rows, lambda row: supplied.get(row.product_id, nobody)[1])
        if request.method == "GET":
            return self._many_dialog(selection, Form())
        form = Form(request.form.to_dict())
        links = self.attempt(lambda: carry_out(selection.orders(form)), form)
        if links is None:
            return self._many_dialog(selection, form), 422
        made = {link.number: link.url for link in links}
        said = f"{units(len(links), 'back order')} requested: {joined(list(made))}."
        return self.done(said, next(iter(made.values())) if len(made) == 1 else "")

    def _chosen(self) -> list[int]:
        ids = sorted(numbers(request.values.getlist("rowid")))
        if "rowid" not in request.form and self._whole_list():
            asked = read(request.args)
            new = request.args.get("new") == "1"
            finder = Finder(asked.only_new() if new else asked, self._conditions())
            ids = finder.ids(0, sum(group.lines for group in finder.groups))
        if not ids:
            raise ErpError("No row is selected. Tick at least one and try again.")
        if len(ids) > MOST_LINES:
            raise ErpError(f"{len(ids):,} lines are too many at once; choose up to {MOST_LINES}.")
        return ids

    def _whole_list(self) -> bool:
        """Say whether all rows of the address are meant, or all new ones of a supplier."""
        return request.args.get("all_matching") == "1" or request.args.get("new") == "1"

    def _many_dialog(self, selection: Selection, form: Form) -> str:
        kept = {key: request.args.getlist(key) for key in request.args}
        for name in ("rowid", "all_matching", "new"):
            kept.pop(name, None)
        if request.args.get("new") == "1":
            kept.pop("supplier", None)
        return self.render(
            "backorders/request_many.html",
            selection=selection,
            typed=form,
            action=self.get_url(".request_many", **kept),
        )
