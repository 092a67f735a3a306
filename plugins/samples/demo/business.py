"""The demo business as plain data; prices are minor units, quantities stock units."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A warehouse: code, name, kind, city, and the code of the location it serves."""

    code: str
    name: str
    kind: str
    city: str
    serves: str = ""


class Maker(NamedTuple):
    """A supplier with its contact and its usual lead time in days."""

    code: str
    name: str
    contact: str
    email: str
    city: str
    lead_time_days: int


class Article(NamedTuple):
    """A product: SKU, name, supplier, sale price, cost, lot multiple, replacement SKU."""

    sku: str
    name: str
    supplier: str
    price: int
    cost: int
    multiple: int = 1
    replacement: str = ""
    tracked: bool = True
    custom: bool = False


class Buyer(NamedTuple):
    """A customer: code, person, company, e-mail address, town and country."""

    code: str
    name: str
    company: str
    email: str
    city: str
    country: str


PLACES = (
    Place("LYON", "Lyon store", "store", "Lyon"),
    Place("PORTO", "Porto store", "store", "Porto"),
    Place("OUTLET", "Porto outlet", "store", "Porto"),
    Place("CENTRAL", "Central warehouse", "warehouse", "Lyon"),
    Place("DROP", "Harbor & Finch drop ship", "dropship", "Rotterdam", "LYON"),
    Place("QUARANTINE", "Quarantine", "defective", "Lyon"),
    Place("SHOWROOM", "Showroom", "reserved", "Porto"),
)
MAKERS = (
    Maker("NORD", "Nordlicht Supply", "Greta Holm", "orders@nordlicht.example", "Hamburg", 5),
    Maker("HARBOR", "Harbor & Finch", "Tom Finch", "trade@harborfinch.example", "Rotterdam", 12),
    Maker("KESTREL", "Kestrel Parts", "Ann Doyle", "desk@kestrel.example", "Leeds", 9),
    Maker("ANCHOR", "Blue Anchor Imports", "Rui Paiva", "", "Lisbon", 21),
)
ARTICLES = (
    Article("NL-4410", "Trail lamp 400 lm", "NORD", 4990, 2650, 5, "NL-4420"),
    Article("NL-4420", "Trail lamp 600 lm", "NORD", 6490, 3400, 5),
    Article("NL-7801", "Battery pack 18650", "NORD", 1890, 820, 10),
    Article("NL-2210", "Tent lantern", "NORD", 3250, 1700),
    Article("NL-9002", "Head strap", "NORD", 890, 310, 10),
    Article("HF-220", "Ceramic pour-over set", "HARBOR", 5490, 2900),
    Article("HF-228", "Goose-neck kettle 0.9 l", "HARBOR", 7990, 4350, 4),
    Article("HF-310", "Stoneware mug, slate", "HARBOR", 1690, 640, 6),
    Article("HF-311", "Stoneware mug, sand", "HARBOR", 1690, 640, 6, "HF-310"),
    Article("HF-405", "Hand grinder", "HARBOR", 8990, 5100),
    Article("KP-0931", "Brake pad set, rear", "KESTREL", 1450, 620, 10),
    Article("KP-1177", "Chain 11-speed 118 links", "KESTREL", 2990, 1580, 5),
    Article("KP-1450", "Floor pump", "KESTREL", 4590, 2400),
    Article("KP-2004", "Saddle bag 1.2 l", "KESTREL", 3490, 1650),
    Article("BA-100", "Oak wall shelf 60 cm", "ANCHOR", 6990, 3200, 2),
    Article("BA-101", "Oak wall shelf 90 cm", "ANCHOR", 8990, 4300, 2),
    Article("BA-230", "Linen apron", "ANCHOR", 3990, 1750),
    Article("BA-777", "Peg rail, made to measure", "ANCHOR", 12900, 6900, custom=True),
    Article("GIFT", "Gift wrapping", "ANCHOR", 500, 0, tracked=False),
)
BUYERS = (
    Buyer("C001", "Martin Oakes", "Oak & Iron Ltd", "martin@oakiron.example", "London", "UK"),
    Buyer("C002", "Petra Novák", "", "petra.novak@mail.example", "Porto", "Portugal"),
    Buyer("C003", "Jin Park", "", "jin.park@mail.example", "Porto", "Portugal"),
    Buyer("C004", "Tomás Reyes", "", "tomas@reyes.example", "Porto", "Portugal"),
    Buyer("C005", "Eva Lindqvist", "Lindqvist Cycles", "eva@lindqvist.example", "Malmö", "Sweden"),
    Buyer("C006", "Amara Obi", "", "amara.obi@mail.example", "Lyon", "France"),
    Buyer("C007", "Luc Verre", "Studio Verre", "luc@studioverre.example", "Lyon", "France"),
    Buyer("C008", "Hanna Weiss", "Café Weiss", "hello@cafeweiss.example", "Vienna", "Austria"),
    Buyer("C009", "Nils Berg", "Berg Outdoor", "nils@bergoutdoor.example", "Oslo", "Norway"),
    Buyer("C010", "Sofia Conti", "", "sofia.conti@mail.example", "Milan", "Italy"),
    Buyer("C011", "Dario Mendes", "Mendes Lda", "dario@mendes.example", "Braga", "Portugal"),
    Buyer("C012", "Ines Laurent", "", "ines.laurent@mail.example", "Lyon", "France"),
)
