"""Documents on A4 as PDF: heading, addresses, facts, a table with totals, numbered pages.

The fonts travel inside the file, only with the letters used, so that every name prints everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fpdf import FPDF, XPos, YPos
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

FONTS = Path(__file__).parent / "admin" / "static" / "vendor" / "dejavu-2.37.3"
FAMILY = "DejaVu"
MARGIN, GAP = 15, 5
"""Millimetres."""
TITLE, TEXT, SMALL = 16, 9, 7.5
"""Points."""
LEADING = 1.45
MILLIMETRES = 0.3528
"""One point in millimetres."""
GREY, HAIR = (90, 90, 90), 170
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class PaperColumn:
    """A column of the table: heading, share of the width, and whether it holds numbers."""

    title: str
    share: int = 1
    number: bool = False


@dataclass(frozen=True, slots=True)
class PaperTable:
    """Rows of text; it goes on over as many pages as it needs, its heading on each of them.

    `totals` are (label, value) lines below it.
    """

    columns: Sequence[PaperColumn]
    rows: Sequence[Sequence[str]]
    totals: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """One document; it begins on a page of its own and counts its own pages.

    `sender` stands above the title, `addresses` are (label, lines) side by side, `facts` are
    (label, value), `note` follows the table.
    """

    title: str
    sender: str = ""
    addresses: Sequence[tuple[str, Sequence[str]]] = ()
    facts: Sequence[tuple[str, str]] = ()
    table: PaperTable = field(default_factory=lambda: PaperTable((), ()))
    note: str = ""


def to_pdf(papers: Sequence[Paper], title: str = "") -> bytes:
    """Return the documents one behind the other as one PDF file, A4 upright."""
    sheet = _Sheet()
    sheet.set_title(_clean(title or (papers[0].title if papers else "")))
    for paper in papers:
        sheet.write_paper(paper)
    return bytes(sheet.output())


def _clean(text: str) -> str:
    """Drop control characters, which no font draws; line breaks stay."""
    return _CONTROL.sub("", text)


class _Sheet(FPDF):
    """The pages of all documents, written from top to bottom."""

    def __init__(self) -> None:
        super().__init__(unit="mm", format="A4")
        self.add_font(FAMILY, "", FONTS / "DejaVuSans.ttf")
        self.add_font(FAMILY, "B", FONTS / "DejaVuSans-Bold.ttf")
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, MARGIN + GAP)
        self.set_draw_color(HAIR)
        self.set_line_width(0.15)
        self.paper = Paper("")
        self.first_page = 1

    def footer(self) -> None:
        """Name the document and the page at the foot of each page."""
        self.set_y(-MARGIN)
        self._font(SMALL)
        self.set_text_color(GREY)
        words = f"{self.paper.title} · page {self.page_no() - self.first_page + 1}"
        self.cell(0, GAP, _clean(words), align="R")
        self.set_text_color(0)

    def write_paper(self, paper: Paper) -> None:
        """Write one document, beginning on a new page."""
        self.add_page()
        self.paper, self.first_page = paper, self.page_no()
        self._head(paper)
        self._addresses(paper.addresses)
        self._facts(paper.facts)
        if paper.table.columns:
            self._table(paper.table)
        if paper.note:
            self._line(paper.note)

    def _head(self, paper: Paper) -> None:
        if paper.sender:
            self._line(paper.sender, SMALL, grey=True)
        self._line(paper.title, TITLE, bold=True)
        self.ln(GAP)

    def _addresses(self, blocks: Sequence[tuple[str, Sequence[str]]]) -> None:
        if not blocks:
            return
        top, width, lowest = self.get_y(), self.epw / max(len(blocks), 2), self.get_y()
        for place, (label, lines) in enumerate(blocks):
            self.set_xy(self.l_margin + place * width, top)
            for text, grey in ((label, True), *((line, False) for line in lines)):
                self._line(text, SMALL if grey else TEXT, grey=grey, width=width - GAP)
            lowest = max(lowest, self.get_y())
        self.set_xy(self.l_margin, lowest + GAP)

    def _facts(self, facts: Sequence[tuple[str, str]]) -> None:
        widest = self.epw / 4
        for label, value in facts:
            top = self.get_y()
            self._line(label, grey=True, width=widest)
            self.set_xy(self.l_margin + widest, top)
            self._line(value, width=self.epw - widest)
            self.set_x(self.l_margin)
        if facts:
            self.ln(GAP)

    def _table(self, table: PaperTable) -> None:
        self._font(TEXT)
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=tuple(column.share for column in table.columns),
            headings_style=FontFace(emphasis="BOLD", size_pt=SMALL),
            line_height=TEXT * LEADING * MILLIMETRES,
            padding=1,
            text_align=tuple("RIGHT" if c.number else "LEFT" for c in table.columns),
        ) as grid:
            grid.row([_clean(column.title) for column in table.columns])
            for cells in table.rows:
                grid.row([_clean(cell) for cell in cells])
        for label, value in table.totals:
            self._total(label, value)
        self.ln(GAP)

    def _total(self, label: str, value: str) -> None:
        self._font(TEXT, bold=True)
        height = TEXT * LEADING * MILLIMETRES + 1
        self.cell(self.epw * 3 / 4, height, _clean(label), align="R")
        self.cell(0, height, _clean(value), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _line(
        self,
        text: str,
        size: float = TEXT,
        *,
        bold: bool = False,
        grey: bool = False,
        width: float = 0,
    ) -> None:
        """Write text, broken into as many lines as it needs, and go to the next line."""
        self._font(size, bold=bold)
        self.set_text_color(GREY if grey else 0)
        height = size * LEADING * MILLIMETRES
        self.multi_cell(width, height, _clean(text), align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
        self.set_text_color(0)

    def _font(self, size: float, *, bold: bool = False) -> None:
        self.set_font(FAMILY, "B" if bold else "", size)
