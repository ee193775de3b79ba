"""Tables as people paste them → numbers with their place; every reader says what it left out."""

import re

from lib.audit.reading.caret import is_caret, read_caret
from lib.audit.reading.entries import Entry, Reading, percent_columns
from lib.audit.reading.numbers import writes_decimal_comma
from lib.audit.reading.texts import read_text
from lib.audit.reading.toml import is_toml, read_toml
from lib.audit.reading.unreadable import Unreadable
from lib.audit.reading.weka import is_weka, read_weka

LONGEST = 200_000  # characters; a table of a paper has a few thousand

__all__ = ["Entry", "Reading", "Unreadable", "percent_columns", "read"]


def read(text: str) -> Reading:
    """What a text holds, by whatever printed it.

    Raises:
        Unreadable: It is empty, too long, or nothing that is known; with the line, what was expected and what
            to do.
    """
    if len(text) > LONGEST:
        raise Unreadable(
            f"a text should have at most {LONGEST:,} characters",
            f"{len(text):,}",
            "paste the table alone",
        )
    plain = _plain(text)
    if not plain.strip():
        raise Unreadable("a text should hold a table", "nothing", "paste one, or name its file")
    if is_toml(plain):
        return read_toml(plain)
    lines = [*enumerate(plain.splitlines(), start=1)]
    if is_weka(plain):
        return read_weka(lines)
    if is_caret(plain):
        return read_caret(lines)
    return read_text(lines, writes_decimal_comma(plain))


def _plain(text: str) -> str:
    """Without the escape sequences of a terminal, marks of byte order and spaces of other widths."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\ufeff\u200b]", "", text)
    return re.sub(r"[\u00a0\u2007\u2009\u202f]", " ", plain)
