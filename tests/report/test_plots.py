"""The style of figures: contrast on light and dark grounds, colours for colour-blind readers, shares."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from skimage.color import deltaE_ciede2000, rgb2lab

from lib.report import plots

GROUNDS = {"light": plots.WHITE, "dark": plots.DARK_GROUND}
LINES = (
    *plots.SERIES,
    *(plots.TRAIN, plots.VALIDATION, plots.PAPER),
    *(plots.PUBLISHED, plots.OFFICIAL, plots.GROUPED),
)
TEXTS = (plots.BLACK, plots.FAINT)
ENOUGH_OF_LINES, ENOUGH_OF_TEXT = 3, 4.5  # WCAG 2.2, 1.4.11 and 1.4.3
TOLD_APART = 10  # CIEDE2000; 1 is the least difference that is seen side by side
# What is seen by those who lack one kind of cone, in linear RGB: Machado, Oliveira and Fernandes, A
# Physiologically-based Model for Simulation of Color Vision Deficiency, IEEE TVCG 15 (2009), severity 1.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def shown(colour: str, ground: str) -> np.ndarray:
    """(3,): the RGB of a colour on that ground."""
    return np.array(to_rgb(plots.ON_DARK.get(colour, colour) if ground == "dark" else colour))


def linear(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """As WCAG 2 defines it."""
    darker, lighter = sorted(linear(rgb) @ (0.2126, 0.7152, 0.0722) for rgb in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def seen(rgb: np.ndarray, deficiency: str) -> np.ndarray:
    """(3,): in CIELAB."""
    rgb = np.clip(np.array(DEFICIENCIES[deficiency]) @ linear(rgb), 0, 1)
    rgb = np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return rgb2lab(rgb[None, None])[0, 0]


def test_black_on_white_has_the_highest_contrast_there_is():
    assert contrast(np.zeros(3), np.ones(3)) == pytest.approx(21)


@pytest.mark.parametrize("ground", GROUNDS)
def test_lines_and_texts_stand_out_from_the_ground(ground):
    below = np.array(to_rgb(GROUNDS[ground]))
    for colours, enough in ((LINES, ENOUGH_OF_LINES), (TEXTS, ENOUGH_OF_TEXT)):
        faint = {c: contrast(shown(c, ground), below) for c in colours}
        assert {c: value for c, value in faint.items() if value < enough} == {}
    strip = contrast(shown(plots.WRONG, ground), shown(plots.TINT, ground))
    assert strip >= ENOUGH_OF_TEXT


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_series_are_told_apart_by_every_reader(ground, deficiency):
    lab = {colour: seen(shown(colour, ground), deficiency) for colour in plots.SERIES}
    alike = [
        pair
        for pair in combinations(lab, 2)
        if deltaE_ciede2000(*(lab[colour] for colour in pair)) < TOLD_APART
    ]
    assert alike == []


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("colour", [plots.OURS_SHARES, plots.PAPER_SHARES])
def test_the_numbers_upon_shares_can_be_read(ground, colour):
    below = np.array(to_rgb(GROUNDS[ground]))
    for share in np.linspace(0, 1, 101):
        cell = share * shown(colour, ground) + (1 - share) * below
        text = plots.on_share(share)
        # White text stays white in the dark (`lib.report.embedding`).
        rgb = np.ones(3) if text == plots.WHITE else shown(text, ground)
        assert contrast(rgb, cell) >= 4.45, share


def test_a_share_of_nothing_has_the_colour_of_the_ground():
    axis = Figure().subplots()
    plots.draw_shares(axis, np.array([[0.0, 1.0]]), plots.OURS_SHARES)
    (mesh,) = axis.collections
    assert mesh.to_rgba(0.0)[3] == 0
    assert mesh.to_rgba(1.0) == (*to_rgb(plots.OURS_SHARES), 1)
    assert axis.yaxis_inverted()


def test_series_differ_in_colour_and_in_line():
    looks = plots.series_looks(28)
    assert len({tuple(look.values()) for look in looks}) == 28
    assert all(
        first["color"] != then["color"] and first["ls"] != then["ls"]
        for first, then in pairwise(looks)
    )
