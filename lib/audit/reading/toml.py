"""Claims in TOML: whatever no table holds, with the kind of every number.

n = 160
classes = ["benign", "malignant"]

[[claims]]
metric = "accuracy"
printed = "98.1 %"
where = "Table 2"
arm = "ResNet50"
"""

import re
import tomllib
from typing import Any

from lib.audit.reading.entries import Entry, Place, Reading, count_entry
from lib.audit.reading.headers import ALIASES, nearest, read_header
from lib.audit.reading.numbers import MOST_COUNT_DIGITS, MOST_DIGITS, read_count, read_number
from lib.audit.reading.unreadable import Unreadable
from lib.papers.declare import COUNTS

FIELDS = ("metric", "printed", "where", "arm", "of", "part", "n", "kind")
TOP = ("n", "classes", "claims")
HEADING = re.compile(r"^[ \t]*\[\[\s*claims\s*\]\]", re.MULTILINE)


def is_toml(text: str) -> bool:
    """Whether a text declares claims in TOML."""
    return bool(HEADING.search(text))


def read_toml(text: str) -> Reading:
    """The claims, in their order.

    Raises:
        Unreadable: No TOML, an unknown field, a missing one, or a number that is none.
    """
    try:
        declared = tomllib.loads(text)
    except RecursionError as error:
        raise Unreadable(
            "the text should be TOML",
            "lists within lists within lists",
            "write claims as documented",
        ) from error
    except ValueError as error:  # no TOML, or a number of thousands of digits
        line = re.search(r"line (\d+)", str(error))
        raise Unreadable("the text should be TOML", str(error), "quote every text and number as printed",
                         int(line[1]) if line else None) from error  # fmt: skip
    lines = [text.count("\n", 0, match.start()) + 1 for match in HEADING.finditer(text)]
    _check_fields(declared, TOP, None)
    classes = declared.get("classes", [])
    if not (isinstance(classes, list) and all(isinstance(name, str) for name in classes)):
        raise Unreadable("`classes` should be a list of names", f"{classes!r}", 'write ["a", "b"]')
    claims = declared.get("claims", [])
    if not (isinstance(claims, list) and len(claims) == len(lines)):
        raise Unreadable(
            "[[claims]] should stand before every claim and nowhere else",
            f"it in {len(lines)} lines",
            "leave it out of texts in quotation marks",
        )
    entries = [
        _entry(claim, line, declared.get("n")) for claim, line in zip(claims, lines, strict=True)
    ]
    return Reading(source="claims in TOML", entries=tuple(entries), classes=tuple(classes))


def _entry(claim: dict[str, Any], line: int, n: object) -> Entry:
    _check_fields(claim, FIELDS, line)
    for name in ("metric", "printed"):
        if not isinstance(claim.get(name), str) or not claim[name].strip():
            raise Unreadable(f"a claim should have `{name}`, a text in quotation marks", f"{claim.get(name)!r}",
                             f'add {name} = "…"', line)  # fmt: skip
    own_n = claim.get("n", n)
    if own_n is not None and not _is_count(own_n):
        raise Unreadable(
            "`n` should be a whole number of images from 1",
            f"{own_n!r}"[:MOST_DIGITS],
            "write n = 160",
            line,
        )
    place = Place(
        line=line,
        where=f"{claim.get('where', 'the claims')}",
        arm=f"{claim.get('arm', 'the model')}",
        of=f"{claim.get('of', '')}",
        part=f"{claim.get('part', 'test')}",
    )
    metric = claim["metric"]
    if metric in COUNTS:
        digits = read_count(claim["printed"], line)
        if digits is None:
            raise Unreadable(
                "`printed` should be a number", f"“{claim['printed']}”", "leave the claim out", line
            )
        return count_entry(metric, digits, **place)
    header = read_header(metric)
    if header is None:
        known = nearest(metric)
        raise Unreadable(f"`metric` should be one of {', '.join((*ALIASES, *COUNTS[1:]))}", f"{metric!r}",
                         f"write {known!r} if it is meant" if known else "leave the claim out", line)  # fmt: skip
    number = read_number(claim["printed"], line)
    if number is None:
        raise Unreadable(
            "`printed` should be a number", f"“{claim['printed']}”", "leave the claim out", line
        )
    column = f"{place['where']}: {header.metric}"
    place["of"] = place["of"] or header.of
    return Entry(metric=header.metric, number=number, column=column, n=own_n,
                 kind=f"{claim.get('kind', '')}", **place)  # fmt: skip


def _is_count(n: object) -> bool:
    return isinstance(n, int) and not isinstance(n, bool) and 1 <= n < 10**MOST_COUNT_DIGITS


def _check_fields(table: dict[str, Any], known: tuple[str, ...], line: int | None) -> None:
    if unknown := sorted(set(table) - set(known)):
        raise Unreadable(
            f"fields should be among {', '.join(known)}",
            ", ".join(unknown),
            "rename or remove it",
            line,
        )
