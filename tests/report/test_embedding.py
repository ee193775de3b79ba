"""Figures inside a page: the kind of file, its bytes, and the mark in the strip at its margin."""

import base64
import io

import made_up_paper as made_up
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

from lib.report import plots
from lib.report.embedding import embed

MARKS = (
    "Synthetic images",
    "Synthetic images; torchvision's ImageNet weights, not Keras' ImageNet weights "
    "(alexnet); random weights, not Keras' ImageNet weights (resnet50)",
)


def line(points: int = 2, size=(3, 2)) -> Figure:
    figure = Figure(figsize=size)
    axis = figure.subplots()
    axis.plot(np.linspace(0, 1, points), np.sin(np.arange(points)))
    axis.set(xlabel="axis <x>", title="0.123456")
    return figure


def content(figure: Figure, mark: str = "") -> tuple[str, bytes]:
    kind, data = embed(figure, mark).address.removeprefix("data:").split(";base64,")
    return kind, base64.b64decode(data)


def test_lines_are_svg_whose_text_is_text():
    kind, data = content(line())
    assert kind == "image/svg+xml"
    text = data.decode()
    assert ">axis &lt;x&gt;</text>" in text
    assert "DejaVu Sans" in text
    assert "sans-serif" in text.split("DejaVu Sans")[1][:60]


def test_what_is_shortened_in_svg_is_paths_not_the_numbers_that_are_read():
    text = content(line(9))[1].decode()
    assert ">0.123456</text>" in text
    paths = [part.split('"')[0] for part in text.split(' d="')[1:]]
    decimals = [number.partition(".")[2] for path in paths for number in path.split()]
    assert max(map(len, decimals)) == 2


def dark_rules(figure: Figure, mark: str = "") -> str:
    """What holds in the dark: the end of the SVG."""
    _, _, style = content(figure, mark)[1].decode().rpartition("<style>")
    rules, _, rest = style.partition("</style>")
    assert rest.strip() == "</svg>"
    return rules.removeprefix("@media (prefers-color-scheme: dark){").removesuffix("}")


def test_a_drawing_has_colours_for_the_dark_of_what_it_holds_and_of_nothing_else():
    figure = line()
    figure.axes[0].lines[0].set_color(plots.PAPER)
    rules = dark_rules(figure)
    for colour in (plots.PAPER, plots.BLACK):
        dark = plots.ON_DARK[colour]
        assert f'[style*="stroke: {colour}"]{{stroke:{dark}!important}}' in rules
    assert f"svg{{fill:{plots.ON_DARK[plots.BLACK]}}}" in rules  # of text, which has no colour
    assert plots.TINT not in rules
    assert plots.TINT in dark_rules(line(), MARKS[0])


def test_the_ground_darkens_and_white_text_stays_white():
    figure = line()
    figure.axes[0].text(0, 0, "upon a dark square", color=plots.WHITE)
    rule = f'[style*="fill: {plots.WHITE}"]:not(text){{fill:{plots.DARK_GROUND}!important}}'
    assert rule in dark_rules(figure)


def test_every_figure_that_is_drawn_has_its_own_colours_in_light():
    text = content(line(), MARKS[0])[1].decode().rpartition("<style>")[0]
    assert "var(" not in text
    assert f"fill: {plots.TINT}" in text


def photographs(size=(3, 2)) -> Figure:
    figure = Figure(figsize=size)
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    for axis in figure.subplots(1, 2):
        axis.imshow(pixels)
    return figure


def test_photographs_are_webp_of_a_fraction_of_the_bytes_of_their_png():
    kind, data = content(photographs())
    assert kind == "image/webp"
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (432, 288)
        stream = io.BytesIO()
        image.save(stream, format="png")
    assert len(data) < len(stream.getvalue()) / 3


@pytest.mark.parametrize("make", [line, photographs])
def test_the_same_figure_gives_the_same_bytes(make):
    assert content(make(), MARKS[1]) == content(make(), MARKS[1])


def test_the_size_on_the_screen_is_that_of_the_figure_with_its_strip():
    plain, marked = embed(line()), embed(line(), MARKS[0])
    assert (plain.width, plain.height) == (288, 192)
    assert marked.width == 288
    assert 192 < marked.height < 220


@pytest.mark.parametrize("size", [(1.3, 1.6), (9.2, 1.7)])
@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("make", [line, photographs])
def test_the_mark_is_whole_and_beside_the_drawing_not_upon_it(make, mark, size):
    figure = make(size=size)
    embed(figure, mark)
    (text,) = figure.texts
    assert text.get_text().split() == mark.split()
    (box,) = made_up.boxes(figure, [text])
    drawing = Bbox.union([axis.get_tightbbox() for axis in figure.axes])
    assert box.y1 <= drawing.y0
    assert made_up.cut_off(figure) == []


def test_without_a_mark_there_is_no_strip():
    figure = line()
    embed(figure)
    assert (figure.texts, figure.patches) == ([], [])
