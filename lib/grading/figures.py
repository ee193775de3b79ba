"""The figures of a submitted page, made anew: pixels encoded again, drawings rebuilt from what only draws.

A submitted picture may be a program. What is taken over is its pixels, or the elements and attributes of a list.
"""

import base64
import binascii
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from xml.etree import ElementTree

from PIL import Image

MOST_FIGURES = 40
MOST_PIXELS = 20_000_000  # of one picture: ours have three
MOST_BYTES = 2_000_000  # of one picture, encoded
MOST_ELEMENTS = 20_000  # of one drawing: ours have three thousand
QUALITY = 80  # of JPEG, of 100: encoded in half the time of WebP, which a class of a hundred has to wait for
IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""\b(src|alt)\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)
ADDRESS = re.compile(r"data:image/(svg\+xml|webp|png|jpeg);base64,(.*)", re.S)
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
DRAWING = {  # elements that draw, and nothing else
    f"{{{SVG}}}{name}"
    for name in (
        *("svg", "g", "defs", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("text", "tspan", "use", "clipPath", "pattern", "style"),
    )
}
PLAIN = {  # attributes that place and colour
    *("id", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "d", "dx", "dy"),
    *("points", "width", "height", "viewBox", "version", "type", "transform", "style"),
    *("fill", "stroke", "opacity", "stroke-width", "fill-opacity", "stroke-opacity"),
    *("clip-path", "patternUnits", "clipPathUnits"),
}
DOCTYPE = re.compile(r"<!DOCTYPE[^<>\[\]]*>")
# A reference out of the drawing, a rule that loads something, or an escape that spells either.
OUTSIDE = re.compile(r"url\s*\((?!\s*#)|@import|expression|javascript|\\", re.IGNORECASE)

ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


@dataclass(frozen=True, kw_only=True)
class SafeFigure:
    """A figure of a submission, made anew.

    Attributes:
        address: Its bytes as data:…; "" where it could not be taken over.
        description: As the submission describes it; not escaped.
    """

    address: str
    description: str


class _RefusedError(ValueError):
    """A picture that is not taken over."""


def safe_figures(html: str) -> list[SafeFigure]:
    """The pictures of a page in their order, at most `MOST_FIGURES`; one that is refused stays empty."""
    return list(_figures(html))


def _figures(html: str) -> Iterator[SafeFigure]:
    for match in list(IMAGE.finditer(html))[:MOST_FIGURES]:
        attributes = {
            name.lower(): unescape(value[1:-1]) for name, value in ATTRIBUTE.findall(match.group())
        }
        try:
            address = _safe_address(attributes.get("src", ""))
        except Exception:  # Pillow and expat raise many kinds; a refused picture is one of many
            address = ""
        yield SafeFigure(address=address, description=attributes.get("alt", "")[:1000])


def _safe_address(source: str) -> str:
    match = ADDRESS.fullmatch(source)
    if not match or len(source) > MOST_BYTES:
        raise _RefusedError("no picture inside the page, or a large one")
    try:
        content = base64.b64decode(match[2], validate=True)
    except binascii.Error as error:
        raise _RefusedError("no base64") from error
    if match[1] == "svg+xml":
        kind, content = "svg+xml", rebuilt_drawing(content)
    else:
        kind, content = "jpeg", _encoded_again(content)
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _encoded_again(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content), formats=("WEBP", "PNG", "JPEG")) as image:
        if image.width * image.height > MOST_PIXELS:
            raise _RefusedError("more pixels than any figure has")
        stream = io.BytesIO()
        image.convert("RGB").save(stream, "JPEG", quality=QUALITY)
    return stream.getvalue()


def rebuilt_drawing(content: bytes) -> bytes:
    """An SVG file of nothing but the elements and attributes that draw.

    Raises:
        ValueError: It is no SVG in UTF-8, is too large, or declares entities.
    """
    text = DOCTYPE.sub("", content.decode("utf-8"), count=1)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # entities may grow without bounds
        raise _RefusedError("a document type with entities")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise _RefusedError("no XML") from error
    if root.tag != f"{{{SVG}}}svg" or sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        raise _RefusedError("no drawing, or a large one")
    return ElementTree.tostring(_rebuilt(root), encoding="utf-8")


def _rebuilt(element: ElementTree.Element) -> ElementTree.Element:
    made = ElementTree.Element(element.tag, dict(_plain_attributes(element)))
    is_harmless = not OUTSIDE.search(element.text or "")
    made.text, made.tail = (element.text if is_harmless else ""), element.tail
    made.extend(_rebuilt(child) for child in element if child.tag in DRAWING)
    return made


def _plain_attributes(element: ElementTree.Element) -> Iterator[tuple[str, str]]:
    links = ("href", f"{{{XLINK}}}href")  # to elements of the same drawing, which `use` draws again
    for name, value in element.attrib.items():
        is_plain = name in PLAIN and not OUTSIDE.search(value)
        if is_plain or (name in links and value.startswith("#")):
            yield name, value
