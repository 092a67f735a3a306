"""E-mail from the first word of a template to the letter in somebody's inbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler
from playwright.sync_api import Page, expect

from erp_core.app import create_app
from erp_core.config import Config
from erp_core.db import db, transaction
from plugins.backorders.services import refresh
from plugins.inventory.events import MoveKind
from plugins.inventory.models import Product, Warehouse
from plugins.sales.models import Customer
from plugins.sales.services import orders as sales
from tests.browser.conftest import SECRET, Shop, _order
from tests.browser.test_screens import problems
from tests.plugins.backorders.market import arrive
from tests.plugins.email_templates.postoffice import use
from tests.scenarios.site import free_port, wait_for

TEXT = """Dear {{ customer.name }},
{% for line in lines %}
{{ line.backordered }} of {{ line.ordered }} x {{ line.name }} will come later.
{% endfor %}"""


class Inbox(Handler):
    """Keeps what arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self.port = 0

    def handle_message(self, message: Message) -> None:
        self.messages.append(message)

    def with_subject(self, subject: str) -> int:
        return sum(str(message["Subject"]) == subject for message in self.messages)

    def about(self, number: str) -> int:
        return self.with_subject(f"Your order {number} is delayed")


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A mail server on this machine."""
    found = Inbox()
    controller = Controller(found, "127.0.0.1", free_port())
    controller.start()
    found.port = controller.port
    yield found
    controller.stop()


class Desk:
    """Somebody else at work in the same shop: enters orders, receives goods, recalculates."""

    def __init__(self, shop: Shop) -> None:
        self.app = create_app(Config(database_url=shop.site.url, secret_key=SECRET))

    def do(self, work: object) -> object:
        with self.app.app_context():
            with transaction():
                found = work()  # type: ignore[operator]
            db.session.remove()
            return found

    def order(self) -> str:
        """Enter an order for 4 lamps, which are not there."""

        def enter() -> str:
            customer = db.session.query(Customer).filter_by(code="C1").one()
            customer.email = "petra@example.com"
            store = db.session.query(Warehouse).filter_by(name="Lyon store").one()
            lamp = db.session.query(Product).filter_by(sku="LAMP").one()
            (made,) = sales.create([_order(customer, store, lamp, 4)])
            sales.confirm([made.id])
            return made.number

        return str(self.do(enter))

    def receive(self, units: int) -> None:
        """Book lamps into the store, or out of it."""

        def book() -> None:
            store = db.session.query(Warehouse).filter_by(name="Lyon store").one()
            lamp = db.session.query(Product).filter_by(sku="LAMP").one()
            arrive(lamp.id, store.id, units, MoveKind.ADJUSTMENT)

        self.do(book)


def menu(page: Page, name: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.wait_for_load_state()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.feature("F157", "F158", "F159", "F160", "F161", "F164")
def test_from_the_first_word_to_the_inbox(shop: Shop, window: Page, inbox: Inbox) -> None:
    desk = Desk(shop)
    desk.do(lambda: use(inbox.port, unsubscribe_address="stop@example.com"))
    silent = desk.order()  # nothing is assigned yet
    shop.site.start("worker")

    menu(window, "E-mail templates")
    window.get_by_role("link", name="New template").first.click()
    window.get_by_label("Name").fill("We are out of it")
    window.get_by_label("Event").select_option(
        label="Order became a back order (OutOfStockInventoryNotice)"
    )
    window.get_by_role("button", name="Create and write").click()
    window.get_by_label("Subject").fill("Your order {{ order.number }} is delayed")
    window.get_by_label("Text", exact=True).fill(TEXT.replace("customer.name", "customer.nmae"))
    window.get_by_role("button", name="Save").click()
    expect(window.locator("main")).to_contain_text("unknown variable “nmae”")
    expect(window.get_by_label("Text", exact=True)).to_have_value(re.compile("nmae"))

    window.get_by_label("Text", exact=True).fill(TEXT)
    window.get_by_role("button", name="Preview").click()
    frame = window.frame_locator("#preview")
    expect(frame.locator("main")).to_contain_text(f"Your order {silent} is delayed")
    expect(frame.locator("main")).to_contain_text("4 of 4 x Trail lamp will come later.")
    window.get_by_label("Send a test to").fill("ada@example.com")
    window.get_by_role("button", name="Send test").click()
    expect(window.locator("#test-said")).to_contain_text("is on its way to ada@example.com")
    window.get_by_role("button", name="Save").click()
    expect(window.locator("body")).to_contain_text("Version 1 of “We are out of it” is in use.")
    editor = window.url
    wait_for(lambda: inbox.with_subject(f"[Test] Your order {silent} is delayed") == 1, 30)

    menu(window, "Companies")
    window.get_by_role("button", name=re.compile("Details of row")).first.click()
    window.locator("main").get_by_role("link", name="E-mail Template Assignment").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("E-mail template assignment")
    card = window.locator("section").filter(has_text="OutOfStockInventoryNotice")
    card.get_by_label("Template").first.select_option(label="We are out of it (all companies)")
    card.get_by_role("button", name="Save: Order became a back order, customer").click()
    expect(window.locator("body")).to_contain_text("“We are out of it” is sent from now on.")

    number = desk.order()
    wait_for(lambda: inbox.about(number) == 1, 30)
    for _ in range(10):
        desk.do(refresh.refresh)
    assert (inbox.about(number), inbox.about(silent)) == (
        1,
        0,
    )  # once; before, nothing was assigned
    desk.receive(20)  # everybody is served
    desk.receive(-14)  # and the last order is short again
    wait_for(lambda: inbox.about(number) == 2, 30)

    menu(window, "Outgoing e-mails")
    expect(window.locator("tbody tr").filter(has_text=number)).to_have_count(2)
    expect(window.locator("tbody tr").filter(has_text=number).first).to_contain_text("Sent")
    assert inbox.about(number) == 2
    assert problems(window, editor) == []
