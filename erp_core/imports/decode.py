"""Bytes of an uploaded file become text, or one sentence that names what the file seems to be."""

from __future__ import annotations

import codecs
import re

from erp_core.errors import ErpError

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "iso8859-1": "Latin-1",
}
"""Encodings a person may choose: codec name to the name shown."""

_SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook or another ZIP archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh91AY&SY", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "an RTF document"),
)
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WINDOWS_ONLY = re.compile(rb"[\x80-\x9f]")


class UnreadableError(ErpError):
    """The file cannot be read as asked; `encoding` and `delimiter` hold a guess, if there is one.

    Raised before any row is read, so that the person can choose and try again.
    """

    def __init__(self, message: str, *, encoding: str = "", delimiter: str = "") -> None:
        super().__init__(message)
        self.encoding = encoding
        self.delimiter = delimiter


def decode(data: bytes, encoding: str | None = None) -> str:
    """Return the text of a file; UTF-8 with or without a byte order mark unless told otherwise.

    Raises UnreadableError for archives and other binary files (never unpacked) and for text in
    another encoding, naming the guess.
    """
    _refuse_known_binary(data)
    codec = _codec(encoding) if encoding else "utf-8"
    if codec == "utf-16":
        _require_utf16(data)
    else:
        _refuse_utf16(data)
        _refuse_nul(data)
    try:
        found = data.decode(_python_name(codec, data))
    except UnicodeDecodeError as error:
        raise _undecodable(data, codec, error) from None
    if "\x00" in found:
        raise UnreadableError("The file is not text in UTF-16: it holds NUL characters.")
    return found.removeprefix("\ufeff")


def _refuse_known_binary(data: bytes) -> None:
    for start, kind in _SIGNATURES:
        if data.startswith(start):
            raise UnreadableError(
                f"The file is {kind}, not CSV; save the table as CSV (UTF-8) and choose that file."
            )


def _codec(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        name = ""
    name = {"utf-8-sig": "utf-8", "latin-1": "iso8859-1"}.get(name, name)
    if name not in ENCODINGS:
        allowed = ", ".join(ENCODINGS.values())
        raise UnreadableError(
            f"The encoding {encoding[:60]!r} cannot be chosen; choose one of {allowed}."
        )
    return name


def _python_name(codec: str, data: bytes) -> str:
    """Return the codec to use; UTF-16 without a mark takes the byte order its NULs show."""
    if codec != "utf-16" or data.startswith(_UTF16_MARKS):
        return codec
    return "utf-16-be" if data[:1] == b"\x00" else "utf-16-le"


def _refuse_utf16(data: bytes) -> None:
    head = data[:200]
    half = max(1, len(head) // 2)
    alternating = min(head[::2].count(0), head[1::2].count(0)) == 0 and head.count(0) * 2 > half
    if data.startswith(_UTF16_MARKS) or alternating:
        raise UnreadableError(
            "The file looks like UTF-16, not UTF-8; choose UTF-16 or save it as CSV (UTF-8).",
            encoding="utf-16",
        )


def _require_utf16(data: bytes) -> None:
    """Refuse text of one byte per character, which would decode to Chinese without an error."""
    if data and not data.startswith(_UTF16_MARKS) and b"\x00" not in data:
        raise UnreadableError(
            "The file is not UTF-16; it looks like UTF-8. Choose UTF-8.", encoding="utf-8"
        )


def _refuse_nul(data: bytes) -> None:
    position = data.find(b"\x00")
    if position >= 0:
        raise UnreadableError(
            f"The file is binary, not CSV: line {_line(data, position)} holds a NUL character."
        )


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def _cut_off(data: bytes, error: UnicodeDecodeError) -> bool:
    """Tell a file that breaks off from one in a single-byte encoding with an accent at its end."""
    if "truncated" in error.reason:
        return True
    return "unexpected end" in error.reason and not data[: error.start].isascii()


def _undecodable(data: bytes, codec: str, error: UnicodeDecodeError) -> UnreadableError:
    if error.end >= len(data) and _cut_off(data, error):
        return UnreadableError(
            "The file breaks off in the middle of its last character; send the whole file again."
        )
    where = f"line {_line(data, error.start)}, byte 0x{data[error.start]:02X}"
    if codec != "utf-8":
        return UnreadableError(f"The file is not {ENCODINGS[codec]} ({where}); choose another.")
    guess = "cp1252" if _WINDOWS_ONLY.search(data) else "iso8859-1"
    return UnreadableError(
        f"The file is not UTF-8 ({where}); it looks like {ENCODINGS[guess]}. "
        f"Choose {ENCODINGS[guess]} or save it as CSV (UTF-8).",
        encoding=guess,
    )
