"""Two pieces of HTML compared element by element: tags, attributes, texts, and figures by what they draw."""

import base64
import math
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import zip_longest
from typing import NamedTuple

from lib.grading.items import Fault

HEADINGS = {"h1", "h2", "h3", "h4", "caption", "figcaption"}
SVG = "data:image/svg+xml;base64,"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
TEXT = re.compile(r"<text\b[^>]*>([^<]*)</text>")
CLOSE = 0.05  # points of a drawing: another processor changes the last of two decimals
FEW = 600  # elements that are aligned; of more, only the first difference is told
TOLD = 8  # differences


class Element(NamedTuple):
    """A tag with its attributes, a text, or the address of a picture."""

    kind: str
    value: str
    where: str


def differences(stored: str, expected: str, file: str) -> Iterator[Fault]:
    """Where `stored` shows something else than `expected`; at most `TOLD`.

    Texts are compared but for white space, drawings by their texts and, up to `CLOSE`, by their numbers.

    Args:
        file: Of the stored HTML, for messages.
    """
    if stored == expected:
        return
    ours, theirs = elements(expected), elements(stored)
    told = 0
    for before, after in _changes(theirs, ours):
        if len(before) == len(after) and all(map(_alike, before, after)):
            continue
        where = next(iter((*before, *after))).where
        stands, should = (" ".join(map(_shown, part)) for part in (before, after))
        place = f"{file}: {where}" if where else file
        yield Fault(f"{place} shows something else than the record gives", stands, should, place)
        told += 1
        if told == TOLD:
            return


def elements(html: str) -> list[Element]:
    """All elements of a piece of HTML, in order."""
    parser = _Elements()
    parser.feed(html)
    parser.close()
    return parser.elements


def same_drawing(stored: str, expected: str) -> bool:
    """Whether two addresses of pictures hold the same drawing: the same texts, and lines at the same places."""
    if stored == expected:
        return True
    if not (stored.startswith(SVG) and expected.startswith(SVG)):
        return False
    one, other = _decoded(stored), _decoded(expected)
    if TEXT.findall(one) != TEXT.findall(other) or NUMBER.sub("", one) != NUMBER.sub("", other):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(
        left == right or math.isclose(float(left), float(right), abs_tol=CLOSE)
        for left, right in pairs
    )


def _changes(
    theirs: list[Element], ours: list[Element]
) -> Iterator[tuple[list[Element], list[Element]]]:
    """Stretches of elements that differ: as stored, as expected."""
    keys = [[(element.kind, element.value) for element in side] for side in (theirs, ours)]
    start = next(
        (place for place, (a, b) in enumerate(zip_longest(*keys)) if a != b), max(map(len, keys))
    )
    most = min(map(len, keys)) - start
    end = next((place for place in range(most) if keys[0][-1 - place] != keys[1][-1 - place]), most)
    stored, expected = (side[start : len(side) - end] for side in keys)
    if max(len(stored), len(expected)) > FEW:
        yield theirs[start : start + 1], ours[start : start + 1]
        return
    matcher = SequenceMatcher(None, stored, expected, autojunk=False)
    for tag, left, left_end, right, right_end in matcher.get_opcodes():
        if tag != "equal":
            yield (
                theirs[start + left : start + left_end],
                ours[start + right : start + right_end],
            )


def _alike(stored: Element, expected: Element) -> bool:
    if stored.kind == expected.kind == "picture":
        return same_drawing(stored.value, expected.value)
    return (stored.kind, stored.value) == (expected.kind, expected.value)


def _shown(element: Element) -> str:
    if element.kind != "picture":
        return element.value
    if not element.value.startswith(SVG):
        return f"[a picture of {len(element.value):,} characters]"
    return f"[a drawing with the texts {' | '.join(TEXT.findall(_decoded(element.value)))}]"


def _decoded(address: str) -> str:
    try:
        return base64.b64decode(address.removeprefix(SVG)).decode("utf-8", "replace")
    except ValueError:
        return ""


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._where, self._heading = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in HEADINGS:
            self._where, self._heading = "", self._heading + 1
        for name, value in attrs:
            if name == "src" and tag == "img":
                self._add("picture", value or "")
        others = [(name, value) for name, value in attrs if (tag, name) != ("img", "src")]
        told = "".join(f' {name}="{value or ""}"' for name, value in others)
        self._add("tag", f"<{tag}{told}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in HEADINGS:
            self._heading = max(0, self._heading - 1)
        self._add("tag", f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if text := " ".join(data.split()):
            if self._heading:
                self._where = f"{self._where} {text}".strip()[:120]
            self._add("text", text)

    def handle_comment(self, data: str) -> None:
        self._add("comment", f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._add("tag", f"<!{decl}>")

    def _add(self, kind: str, value: str) -> None:
        self.elements.append(Element(kind, value, self._where))
