"""Reading a table from a file, checking it against a mapping, and saying what is wrong with it.

Whole file or nothing: a caller reads, checks, asks for a clean result and only then writes.
"""

from erp_core.imports.check import (
    MAX_SHOWN,
    Checked,
    Field,
    ImportFailedError,
    Mapping,
    RowError,
    check,
    require_clean,
)
from erp_core.imports.decode import UnreadableError
from erp_core.imports.parse import (
    Parser,
    choice,
    day,
    moment,
    money,
    ratio,
    text,
    whole,
    yes_no,
)
from erp_core.imports.report import ImportReport, reject_file
from erp_core.imports.table import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    Row,
    Table,
    TooLargeError,
    mend_rows,
    read_table,
)

__all__ = [
    "MAX_BYTES",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "MAX_SHOWN",
    "Checked",
    "Field",
    "ImportFailedError",
    "ImportReport",
    "Mapping",
    "Parser",
    "Row",
    "RowError",
    "Table",
    "TooLargeError",
    "UnreadableError",
    "check",
    "choice",
    "day",
    "mend_rows",
    "moment",
    "money",
    "ratio",
    "read_table",
    "reject_file",
    "require_clean",
    "text",
    "whole",
    "yes_no",
]
