"""Documents as PDF: every name prints, long tables go on, each document counts its own pages."""

from __future__ import annotations

import io

from pypdf import PdfReader

from erp_core.paper import Paper, PaperColumn, PaperTable, to_pdf

COLUMNS = (PaperColumn("SKU", 2), PaperColumn("Product", 6), PaperColumn("Units", 1, True))


def slip(title: str, rows: int) -> Paper:
    cells = [(f"HF-{n}", "Stoneware mug, slate", f"{n:,}") for n in range(rows)]
    table = PaperTable(COLUMNS, cells, (("Total", "1,234"),))
    to = ("Ship to", ("Żaneta Ďurišová", "Οδός Αθηνάς 3", "Київ"))
    return Paper(title, "Harbour & Fern", (to,), (("Order", "SO-1001"),), table, "Thank\x00 you.")


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def test_everything_stands_on_the_page_whatever_its_letters() -> None:
    (page,) = pages(to_pdf([slip("Packing slip SO-1001", 2)]))
    for text in ("Harbour & Fern", "Packing slip SO-1001", "Żaneta Ďurišová", "Οδός Αθηνάς 3"):
        assert text in page
    for text in ("Київ", "SO-1001", "HF-1", "Units", "1,234", "Thank you."):
        assert text in page


def test_a_long_table_repeats_its_heading_and_each_document_counts_its_pages() -> None:
    found = pages(to_pdf([slip("Slip A", 70), slip("Slip B", 1)]))
    assert ["Product" in page for page in found] == [True] * len(found)
    assert [page.count("Slip A") > 0 for page in found] == [True] * (len(found) - 1) + [False]
    assert "Slip A · page 2" in found[1]
    assert "Slip B · page 1" in found[-1]
    everything = "".join(found)
    assert not [n for n in range(70) if f"HF-{n} Stoneware" not in everything]
