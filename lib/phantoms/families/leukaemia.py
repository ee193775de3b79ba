"""Phantom blood smears (May-Grünwald-Giemsa): a mature leucocyte or a blast of acute leukaemia.

Both kinds share all that surrounds the leucocyte: plasma, red cells, magnification, camera.

Scenes are laid out in micrometres around the leucocyte; points are complex numbers, x + iy with y
downwards. They are painted as optical density. A plane is (width, width) float32.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from lib.phantoms.drawing import (
    Colour,
    Span,
    averaged_down,
    blend,
    check_request,
    coordinates,
    grey_levels,
    smooth_noise,
    with_sensor_noise,
)

# The picture
FIELD_UM = (25.0, 31.0)  # width: one leucocyte with room for its neighbours
OVERSAMPLING = 2  # masks are drawn this much larger than the picture and averaged down
RED_CELL_UM = (3.3, 4.0)  # radius
CROWDING = (5, 90)  # red cells tried per picture, from a thin to a thick part of the smear
PLATELETS = (0, 9)  # per picture

# Colours as seen through the stain on a white lamp
PLASMA: Colour = (250, 246, 247)
RED_CELL: Colour = (206, 172, 186)
PLATELET: Colour = (160, 105, 190)
NUCLEUS: Colour = (126, 35, 184)
NUCLEOLUS: Colour = (138, 104, 214)
VACUOLE: Colour = (236, 232, 246)
AZUROPHIL: Colour = (132, 44, 140)
BLUE_CYTOPLASM: Colour = (150, 160, 220)
GREY_CYTOPLASM: Colour = (178, 178, 222)
PINK_CYTOPLASM: Colour = (226, 202, 224)

# Outlines
CORNERS = 40
ANGLES = np.linspace(-np.pi, np.pi, CORNERS, endpoint=False)
CIRCLE = np.exp(1j * ANGLES)
WAVES = CIRCLE ** np.arange(2, 7)[:, None]  # the first bends an outline oval, the rest ripple it
Outlines = Sequence[np.ndarray]  # closed polygons of complex points


def _scattered(rng: np.random.Generator, number: tuple[int, int], reach: float) -> np.ndarray:
    """(n,) points evenly spread over a disc of radius `reach`, n from `number`, both included."""
    radius, angle = rng.uniform(0, 1, (2, rng.integers(number[0], number[1] + 1)))
    return reach * np.sqrt(radius) * np.exp(2j * np.pi * angle)  # the root makes them even


def _outline(rng: np.random.Generator, ragged: float, bay: float = 0.0) -> np.ndarray:
    """(CORNERS,) points around an uneven disc of radius 1, with a `bay` that deep on one side."""
    bends = rng.normal(0, ragged, (2, len(WAVES))) / np.arange(1, len(WAVES) + 1)
    dent = bay * np.exp(-((ANGLES / rng.uniform(0.45, 0.8)) ** 2))
    points = (1 + ((bends[0] + 1j * bends[1]) @ WAVES).real - dent) * CIRCLE
    # A deeply folded nucleus is a kidney: thin behind its bay and drawn out to the sides.
    return points.real * (1 - 0.3 * bay) + 1j * points.imag * (1 + 0.15 * bay)


# Nuclei, in cell radii


def _compact(rng: np.random.Generator, share: Span, bay: Span) -> Outlines:
    """One body that fills about a `share` of the cell's area, as a rule towards one side of it."""
    radius = np.sqrt(rng.uniform(*share))
    centre = _scattered(rng, (1, 1), 1 - radius)
    return [centre + radius * _outline(rng, 0.05, rng.uniform(*bay))]


def _lobed(rng: np.random.Generator, odds: list[float], plump: Span) -> Outlines:
    """Lobes around an arc and the strands between them.

    Args:
        odds: Chances of 2, 3, ... lobes.
        plump: Range of a lobe's radius, before the loss that goes with more lobes.
    """
    lobes = 2 + int(rng.choice(len(odds), p=odds))
    angles = np.cumsum(rng.uniform(0.75, 1.1, lobes)) * min(2.0, 5.0 / (lobes - 1))
    centres = rng.uniform(0.38, 0.6, lobes) * np.exp(1j * (angles - angles.mean()))
    radii = rng.uniform(*plump, lobes) * (1.18 - 0.08 * lobes)
    bodies = [
        centre + radius * _outline(rng, 0.14) for centre, radius in zip(centres, radii, strict=True)
    ]
    # A strand is a flat ellipse whose ends are the middles of two neighbours.
    flat = CIRCLE.real + 1j * rng.uniform(0.15, 0.5, (lobes - 1, 1)) * CIRCLE.imag
    strands = ((centres[:-1] + centres[1:])[:, None] + np.diff(centres)[:, None] * flat) / 2
    return [*bodies, *strands]


# Types of cell


class _Granules(NamedTuple):
    """One sort of granules."""

    colour: Colour
    radius_um: Span
    over_nucleus: float  # share of their opacity that remains in front of the nucleus


AZUROPHIL_GRANULES = _Granules(colour=AZUROPHIL, radius_um=(0.12, 0.3), over_nucleus=0.5)
NEUTRAL_GRANULES = _Granules(colour=(172, 112, 184), radius_um=(0.1, 0.22), over_nucleus=0.1)
EOSIN_GRANULES = _Granules(colour=(194, 92, 110), radius_um=(0.28, 0.42), over_nucleus=0.1)


class _Look(NamedTuple):
    """What an atlas says of one type of cell. A count's span includes both its ends."""

    frequency: float  # among the leucocytes of its kind, here
    diameter_um: Span
    ragged: Span  # unevenness of the membrane
    cytoplasm: Colour
    basophilia: Span  # how deeply the cytoplasm is stained
    nucleus: Callable[[np.random.Generator], Outlines]
    depth: Span  # how deeply the nucleus is stained
    clumps: Span  # contrast of its chromatin, as a share of that depth
    clump_um: Span
    nucleoli: tuple[int, int]  # how many
    granule: _Granules
    granules: tuple[int, int]  # how many
    vacuoles: tuple[int, int]  # how many
    auer_rod: float  # chance of one


LOOKS = {
    "normal": {
        "neutrophil": _Look(
            frequency=0.28,
            diameter_um=(12, 15.5),
            ragged=(0.02, 0.06),
            cytoplasm=PINK_CYTOPLASM,
            basophilia=(0.6, 1.4),
            nucleus=partial(_lobed, odds=[0.1, 0.4, 0.35, 0.15], plump=(0.33, 0.45)),
            depth=(0.85, 1.25),
            clumps=(0.14, 0.32),
            clump_um=(1.1, 1.9),
            nucleoli=(0, 0),
            granule=NEUTRAL_GRANULES,
            granules=(80, 180),
            vacuoles=(0, 1),
            auer_rod=0,
        ),
        "eosinophil": _Look(
            frequency=0.12,
            diameter_um=(12.5, 16.5),
            ragged=(0.02, 0.05),
            cytoplasm=PINK_CYTOPLASM,
            basophilia=(1.0, 1.8),
            nucleus=partial(_lobed, odds=[0.8, 0.2], plump=(0.4, 0.5)),
            depth=(0.8, 1.2),
            clumps=(0.14, 0.32),
            clump_um=(1.1, 1.9),
            nucleoli=(0, 0),
            granule=EOSIN_GRANULES,
            granules=(180, 320),
            vacuoles=(0, 2),
            auer_rod=0,
        ),
        "lymphocyte": _Look(
            frequency=0.16,
            diameter_um=(8.5, 12),
            ragged=(0.02, 0.06),
            cytoplasm=BLUE_CYTOPLASM,
            basophilia=(0.5, 1.2),
            nucleus=partial(_compact, share=(0.6, 0.88), bay=(0, 0.15)),
            depth=(0.9, 1.3),
            clumps=(0.14, 0.32),
            clump_um=(1.3, 2.3),
            nucleoli=(0, 0),
            granule=AZUROPHIL_GRANULES,
            granules=(0, 6),
            vacuoles=(0, 0),
            auer_rod=0,
        ),
        # The wide skirt of a reactive lymphocyte gives way to red cells; a nucleolus may show.
        "reactive lymphocyte": _Look(
            frequency=0.2,
            diameter_um=(12, 17),
            ragged=(0.05, 0.12),
            cytoplasm=BLUE_CYTOPLASM,
            basophilia=(0.6, 1.5),
            nucleus=partial(_compact, share=(0.45, 0.78), bay=(0, 0.3)),
            depth=(0.78, 1.1),
            clumps=(0.12, 0.3),
            clump_um=(0.9, 1.8),
            nucleoli=(0, 1),
            granule=AZUROPHIL_GRANULES,
            granules=(0, 8),
            vacuoles=(0, 1),
            auer_rod=0,
        ),
        "monocyte": _Look(
            frequency=0.24,
            diameter_um=(13, 18.5),
            ragged=(0.03, 0.1),
            cytoplasm=GREY_CYTOPLASM,
            basophilia=(0.6, 1.5),
            nucleus=partial(_compact, share=(0.45, 0.72), bay=(0.3, 0.9)),
            depth=(0.72, 1.05),
            clumps=(0.14, 0.32),
            clump_um=(0.9, 1.8),
            nucleoli=(0, 0),
            granule=NEUTRAL_GRANULES,
            granules=(0, 60),
            vacuoles=(0, 6),
            auer_rod=0,
        ),
    },
    "cancer": {
        "myeloblast": _Look(
            frequency=0.58,
            diameter_um=(10.5, 16),
            ragged=(0.02, 0.1),
            cytoplasm=BLUE_CYTOPLASM,
            basophilia=(0.6, 1.6),
            nucleus=partial(_compact, share=(0.62, 0.92), bay=(0, 0.3)),
            depth=(0.72, 1.05),
            clumps=(0.07, 0.2),
            clump_um=(0.6, 1.1),
            nucleoli=(0, 3),
            granule=AZUROPHIL_GRANULES,
            granules=(0, 14),
            vacuoles=(0, 1),
            auer_rod=0.15,
        ),
        "monoblast": _Look(
            frequency=0.22,
            diameter_um=(13, 18.5),
            ragged=(0.03, 0.1),
            cytoplasm=GREY_CYTOPLASM,
            basophilia=(0.8, 1.7),
            nucleus=partial(_compact, share=(0.48, 0.75), bay=(0.1, 0.5)),
            depth=(0.7, 1.0),
            clumps=(0.07, 0.2),
            clump_um=(0.6, 1.2),
            nucleoli=(0, 2),
            granule=NEUTRAL_GRANULES,
            granules=(0, 20),
            vacuoles=(0, 4),
            auer_rod=0.03,
        ),
        "promyelocyte": _Look(
            frequency=0.2,
            diameter_um=(12.5, 18.5),
            ragged=(0.03, 0.09),
            cytoplasm=BLUE_CYTOPLASM,
            basophilia=(0.5, 1.3),
            nucleus=partial(_compact, share=(0.45, 0.72), bay=(0, 0.35)),
            depth=(0.75, 1.1),
            clumps=(0.08, 0.24),
            clump_um=(0.7, 1.3),
            nucleoli=(0, 2),
            granule=AZUROPHIL_GRANULES,
            granules=(30, 140),
            vacuoles=(0, 1),
            auer_rod=0.1,
        ),
    },
}
KINDS = tuple(LOOKS)


# Painting


@dataclass(frozen=True)
class _Slide:
    """The field of view being painted; its origin is the middle of the leucocyte."""

    rng: np.random.Generator
    width: int  # pixels
    field_um: float
    centre: complex  # of the leucocyte, in pixels
    density: np.ndarray  # (3, width, width) float32: of red, green and blue

    def noise(self, grain_um: float) -> np.ndarray:
        """(width, width) smooth noise of about unit spread, with bumps `grain_um` apart."""
        return smooth_noise(self.rng, round(self.field_um / grain_um), self.width)

    def cover(self, outlines: Outlines, blur_um: float, levels: Sequence[int] = ()) -> np.ndarray:
        """(width, width) in [0, 1]: what `outlines` cover, one over the other.

        Args:
            outlines: In micrometres.
            blur_um: Softness of their edges.
            levels: How much each covers, 0 to 255; all of them everything if not given.
        """
        layer = Image.new("L", (self.width, self.width))
        pen = ImageDraw.Draw(layer)
        scale = self.width / self.field_um
        for outline, level in zip(outlines, levels or [255] * len(outlines), strict=True):
            pen.polygon(coordinates(self.centre + scale * outline), fill=level)
        blurred = layer.filter(ImageFilter.GaussianBlur(blur_um * scale))
        return np.asarray(blurred, np.float32) / 255

    def dots(self, places: np.ndarray, radius_um: Span) -> np.ndarray:
        """Cover of discs around `places`, some fainter than others as if out of focus."""
        radii = self.rng.uniform(*radius_um, (len(places), 1))
        levels = self.rng.integers(110, 256, len(places)).tolist()
        coarse_circle = CIRCLE[::4]  # ten corners are enough for a dot
        return self.cover(places[:, None] + radii * coarse_circle, 0, levels)

    def paint(
        self, colour: Colour, cover: np.ndarray | np.floating, depth: np.ndarray | float = 1.0
    ) -> None:
        """Let `colour`, stained `depth` times as deeply, replace what lies under `cover`."""
        density = -np.log(np.asarray(colour, np.float32) / 255).reshape(3, 1, 1)
        blend(self.density, cover, np.float32(depth) * density)


def _blank_slide(rng: np.random.Generator, size: int) -> _Slide:
    """Plasma, unevenly stained, and where the leucocyte will lie on it."""
    width = size * OVERSAMPLING
    field_um = rng.uniform(*FIELD_UM)
    centre = complex(*rng.uniform(0.38, 0.62, 2) * width)
    slide = _Slide(rng, width, field_um, centre, np.zeros((3, width, width), np.float32))
    slide.paint(PLASMA, np.float32(1), 1 + 0.3 * slide.noise(6))
    return slide


def _paint_red_cells(slide: _Slide, clear_um: float) -> None:
    """Biconcave discs that keep `clear_um` from the leucocyte's middle to their own.

    Their thin middle stains palest.
    """
    rng = slide.rng
    centres: list[complex] = []
    # Of outlines: a rim, the hollow in it, the next rim, ...
    layers: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    flatness = rng.uniform(0.3, 1)
    hollow_share = rng.uniform(0.4, 0.62)  # of the radius
    for centre in _scattered(rng, CROWDING, 0.85 * slide.field_um).tolist():
        apart = rng.uniform(1.5, 2.1) * RED_CELL_UM[0]  # below 2 radii: some overlap
        if abs(centre) > clear_um and all(abs(centre - other) > apart for other in centres):
            rim = rng.uniform(*RED_CELL_UM) * _outline(rng, 0.05)
            hollow = rng.uniform(0.7, 1) * hollow_share * rim
            layers[len(centres) % 2].extend([centre + rim, centre + hollow])
            centres.append(centre)
    # Where cells of the two layers overlap, light passes both and the stain adds up.
    levels = [165, round(165 * flatness)]
    upper, lower = (
        slide.cover(outlines, 0.35, levels * (len(outlines) // 2)) for outlines in layers
    )
    slide.paint(RED_CELL, upper + lower, 1.35 + 0.05 * slide.noise(2))


def _paint_platelets(slide: _Slide) -> None:
    platelets = slide.dots(_scattered(slide.rng, PLATELETS, 0.7 * slide.field_um), (0.3, 1.1))
    slide.paint(PLATELET, 0.8 * platelets, 1 + 0.3 * slide.noise(0.8))


def _paint_leucocyte(slide: _Slide, look: _Look, radius: float) -> None:
    """Cytoplasm, nucleus, granules and vacuoles, from back to front."""
    rng = slide.rng
    turn = radius * np.exp(1j * rng.uniform(0, 2 * np.pi))  # from cell radii to micrometres
    membrane = [turn * _outline(rng, rng.uniform(*look.ragged))]
    cell = slide.cover(membrane, 0.12)
    # Ribosomes crowd the rim; the Golgi zone by the nucleus stays pale.
    rim = 1.45 - 0.75 * slide.cover(membrane, 1.3) + 0.08 * slide.noise(1.1)
    slide.paint(look.cytoplasm, cell, rng.uniform(*look.basophilia) * rim)
    nucleus = _paint_nucleus(slide, look, [turn * body for body in look.nucleus(rng)], cell)
    visible = cell * (1 - (1 - look.granule.over_nucleus) * nucleus)
    _paint_granules(slide, look, radius, visible)
    if rng.random() < look.auer_rod:
        _paint_auer_rod(slide, radius, visible)
    vacuoles = slide.dots(_scattered(rng, look.vacuoles, 0.85 * radius), (0.3, 0.8))
    slide.paint(VACUOLE, 0.8 * vacuoles * cell * (1 - 0.5 * nucleus))


def _paint_nucleus(slide: _Slide, look: _Look, bodies: Outlines, cell: np.ndarray) -> np.ndarray:
    """Chromatin and nucleoli; returns what the nucleus covers.

    Args:
        bodies: Outlines of the nucleus, in micrometres; nucleoli lie in the first.
        cell: What the cell covers.
    """
    rng = slide.rng
    cover = slide.cover(bodies, 0.15) * cell
    grain = rng.uniform(*look.clump_um)
    # Two lattices of noise, because the eye finds the rows of a single one.
    chromatin = np.tanh(slide.noise(grain) + slide.noise(0.6 * grain))
    contrast = 1 + rng.uniform(*look.clumps) * chromatin
    slide.paint(NUCLEUS, cover, rng.uniform(*look.depth) * contrast)
    middle = bodies[0].mean()
    reach = 0.55 * np.abs(bodies[0] - middle).mean()
    nucleoli = slide.dots(middle + _scattered(rng, look.nucleoli, reach), (0.7, 1.3))
    slide.paint(NUCLEOLUS, rng.uniform(0.4, 0.9) * nucleoli)
    return cover


def _paint_granules(slide: _Slide, look: _Look, radius: float, visible: np.ndarray) -> None:
    """Granules all over the cell, as far as they are `visible` (0 to 1)."""
    places = _scattered(slide.rng, look.granules, 0.95 * radius)
    granules = slide.dots(places, look.granule.radius_um)
    slide.paint(look.granule.colour, slide.rng.uniform(0.5, 0.9) * granules * visible)


def _paint_auer_rod(slide: _Slide, radius: float, visible: np.ndarray) -> None:
    """A needle of fused azurophil granules, which only myeloid blasts have."""
    rng = slide.rng
    rod = rng.uniform(1.2, 2.2) * CIRCLE.real + 0.2j * CIRCLE.imag  # micrometres
    rod = rod * np.exp(1j * rng.uniform(0, np.pi)) + _scattered(rng, (1, 1), 0.8 * radius)
    slide.paint(AZUROPHIL, slide.cover([rod], 0) * visible)


def _photograph(slide: _Slide, size: int) -> np.ndarray:
    """Staining time, lamp, focus and sensor: what varies from slide to slide in both kinds."""
    rng = slide.rng
    uneven = 0.03 * slide.noise(slide.field_um / 3)
    density = averaged_down(slide.density + uneven, OVERSAMPLING)
    stain = rng.uniform(0.7, 1.3) * rng.normal(1, 0.1, (3, 1, 1))
    lamp = min(1.02 - rng.exponential(0.06), 1) * rng.normal(1, 0.015, (3, 1, 1))
    rgb = 255 * np.float32(lamp) * np.exp(np.float32(-stain) * density)
    picture = Image.fromarray(grey_levels(rgb).transpose(1, 2, 0))
    blur_um = min(0.08 + rng.exponential(0.14), 1)  # mostly sharp, with a tail out of focus
    focus = ImageFilter.GaussianBlur(blur_um * size / slide.field_um)
    return with_sensor_noise(rng, picture.filter(focus), (1, 3.5))


def draw(kind: str, *, size: int, rng: np.random.Generator) -> np.ndarray:
    """(size, size, 3) uint8 RGB: a stained smear with one leucocyte among red cells.

    What is in the picture does not depend on its size.
    For arguments and errors, which all families share, see `lib.phantoms`.
    """
    check_request(kind, size, KINDS)
    looks = list(LOOKS[kind].values())
    look = looks[rng.choice(len(looks), p=[look.frequency for look in looks])]
    slide = _blank_slide(rng, size)
    radius = rng.uniform(*look.diameter_um) / 2
    _paint_red_cells(slide, radius + 0.8 * RED_CELL_UM[0])
    _paint_platelets(slide)
    _paint_leucocyte(slide, look, radius)
    return _photograph(slide, size)
