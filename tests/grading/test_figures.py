"""Figures of strangers are made anew: nothing active, nothing from outside, nothing endless."""

import base64
import io

import pytest
from matplotlib.figure import Figure
from PIL import Image

from lib.grading.figures import MOST_ELEMENTS, MOST_FIGURES, rebuilt_drawing, safe_figures
from lib.report.blocks import picture

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def page(kind: str, content: bytes, alt: str = "a figure") -> str:
    encoded = base64.b64encode(content).decode()
    return f'<img alt="{alt}" src="data:image/{kind};base64,{encoded}">'


def content_of(address: str) -> bytes:
    return base64.b64decode(address.partition("base64,")[2])


def png() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (4, 3), "red").save(stream, "PNG", pnginfo=None)
    return stream.getvalue()


def test_a_drawing_of_ours_stays_as_it_looks():
    figure = Figure()
    figure.subplots().plot([1, 2], label="a line")
    (made,) = safe_figures(picture(figure, "caption", "what it shows").html)
    assert made.description == "what it shows"
    svg = content_of(made.address).decode()
    ours = content_of(picture(figure, "", "").html.partition('src="')[2].partition('"')[0]).decode()
    for part in ("<path", "<use", "<text", "clip-path=", "xlink:href=", "prefers-color-scheme"):
        assert svg.count(part) == ours.count(part) > 0, part


def test_pixels_are_encoded_again_and_nothing_else_of_the_file_is_kept():
    (made,) = safe_figures(page("png", png() + b"<script>planted</script>"))
    assert made.address.startswith("data:image/jpeg;")
    assert b"planted" not in content_of(made.address)
    with Image.open(io.BytesIO(content_of(made.address))) as image:
        assert image.size == (4, 3)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>planted()</script>",
        '<g onload="planted()"/>',
        '<a href="javascript:planted()"><text>x</text></a>',
        '<use xlink:href="https://planted/x.svg#a"/>',
        '<image xlink:href="data:text/html,planted"/>',
        "<foreignObject><p>planted</p></foreignObject>",
        '<rect style="fill: url(https://planted)"/>',
        "<style>@import 'https://planted'</style>",
        '<rect style="fill: \\75rl(planted)"/>',
        '<animate attributeName="href" to="javascript:planted()"/>',
        '<set attributeName="onload" to="planted()"/>',
    ],
)
def test_what_acts_or_loads_is_left_out(inside):
    made = rebuilt_drawing(f'<svg {SVG}>{inside}<path d="M 0 0"/></svg>'.encode())
    assert b"planted" not in made
    assert b"M 0 0" in made


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg/>",
        b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
        f'<!DOCTYPE svg [<!ENTITY a "b">]><svg {SVG}>&a;</svg>'.encode(),
        f"<svg {SVG}>{'<g/>' * MOST_ELEMENTS}</svg>".encode(),
        f"<svg {SVG}/>".encode("utf-16"),
    ],
)
def test_a_drawing_that_is_none_is_refused(content):
    with pytest.raises(ValueError, match=r"."):
        rebuilt_drawing(content)
    (made,) = safe_figures(page("svg+xml", content))
    assert made.address == ""


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://elsewhere/x.png">',
        '<img src="javascript:alert(1)">',
        '<img src="data:image/png;base64,!!!">',
        '<img src="data:text/html;base64,AAAA">',
        "<img>",
        page("png", b"no image"),
    ],
)
def test_what_is_no_picture_inside_the_page_stays_empty(html):
    (made,) = safe_figures(html)
    assert made.address == ""


def test_more_figures_than_a_report_has_are_not_taken():
    assert len(safe_figures("<img>" * 1000)) == MOST_FIGURES
