"""Phantom white blood cells: stained blood-smear crops, drawn from a seed alone.

The kinds differ in what a microscopist looks at and overlap where real cells do.

Lengths inside a cell are in cell radii; its points are complex numbers, x + iy with y downwards, so
that turning is multiplying. A plane is (width, width) float32.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from lib.phantoms.drawing import (
    DRIFT,
    Colour,
    Span,
    averaged_down,
    blend,
    check_request,
    grey_levels,
    smooth_noise,
    with_sensor_noise,
)

# The picture
OVERSAMPLING = 2  # drawn this much larger and averaged down, so that small granules stay round
FIELD_UM = 19.0  # width of the crop: the largest monocytes just about fill it
RED_CELL_UM = (6.8, 7.8)  # narrow in health, which makes red cells the ruler of every smear
MEETING = 0.07  # cell radii over which two lobes that touch flow into each other

PLASMA: Colour = (226, 219, 214)
RED_CELL: Colour = (203, 160, 163)
PLATELET: Colour = (150, 105, 175)
VACUOLE: Colour = (228, 224, 228)


# Nuclei, as capsules: (n, 3) complex of start, end and radius


def _segmented(rng: np.random.Generator, odds: list[float], lobe_radius: float) -> np.ndarray:
    """Lobes around an arc, joined by strands.

    Args:
        odds: Chances of 2, 3, ... lobes.
        lobe_radius: Before the loss that goes with more lobes.
    """
    lobes = 2 + int(rng.choice(len(odds), p=odds))
    step = rng.uniform(0.75, 1.05) * min(2.2, 5.2 / (lobes - 1))  # radians from lobe to lobe
    angles = step * (np.arange(lobes) - (lobes - 1) / 2) + rng.normal(0, 0.1, lobes)
    centres = rng.uniform(0.42, 0.56, lobes) * np.exp(1j * angles)
    # A lobe is longer than wide, and lies along the arc: a quarter of a turn from the way outwards.
    half_length = rng.uniform(0.04, 0.17, lobes)
    half = half_length * np.exp(1j * (angles + rng.normal(1.57, 0.6, lobes)))
    radii = (lobe_radius - 0.035 * lobes) * rng.uniform(0.85, 1.1, lobes)
    strands = np.column_stack([centres[:-1], centres[1:], rng.uniform(0.05, 0.1, lobes - 1)])
    return np.vstack([np.column_stack([centres - half, centres + half, radii]), strands])


def _s_shaped(rng: np.random.Generator) -> np.ndarray:
    """A thick S in four pieces."""
    x = np.linspace(-0.42, 0.42, 5)
    points = x + 1j * rng.uniform(0.15, 0.38) * np.sin(x * np.pi / 0.42)
    return np.column_stack([points[:-1], points[1:], rng.uniform(0.26, 0.34, 4)])


def _round(rng: np.random.Generator) -> np.ndarray:
    """One round nucleus with next to no cytoplasm; large lymphocytes show a wider rim."""
    centre = complex(*rng.uniform(-0.08, 0.08, 2))
    half = rng.uniform(0, 0.1)
    return np.array([[centre - half, centre + half, rng.uniform(0.7, 0.89)]])


def _kidney(rng: np.random.Generator) -> np.ndarray:
    """From a shallow kidney (short arc) to a horseshoe (long arc), thicker than a band cell's."""
    arc = np.exp(1j * np.linspace(-0.5, 0.5, 6) * rng.uniform(1.2, 4.0))
    points = rng.uniform(0.34, 0.44) * arc - rng.uniform(0.0, 0.2)
    radii = rng.uniform(0.29, 0.4) * rng.uniform(0.92, 1.08, 5)
    return np.column_stack([points[:-1], points[1:], radii])


def _capsule_distance(grid: np.ndarray, capsules: np.ndarray) -> np.ndarray:
    """Signed distance (width, width) to the union of (n, 3) capsules (start, end, radius)."""
    nearest = np.full(grid.shape, 9, np.float32)  # farther than any point of a cell
    for start, end, radius in capsules.tolist():
        along = end - start + 1e-6  # a capsule may be a mere disc
        place = (grid - start) / along
        distance = np.abs(place - np.clip(place.real, 0, 1)) * abs(along) - radius.real
        # A smooth minimum: membranes round off where two lobes meet.
        near = np.maximum(MEETING - np.abs(nearest - distance), 0)
        nearest = np.minimum(nearest, distance) - near * near / (4 * MEETING)
    return nearest


# Kinds of cell


class _Look(NamedTuple):
    """What a textbook says of one kind of cell, in numbers that may lie between two kinds."""

    diameter_um: Span
    cytoplasm: Colour
    nucleus: Colour
    clumps: float  # of chromatin, across the crop
    contrast: float  # of chromatin, in grey levels
    raggedness: float  # of the outline
    granule: Colour
    granule_spacing: float
    granule_radius: Span
    granule_opacity: Span
    over_nucleus: float  # share of that opacity which remains in front of the nucleus
    vacuoles: float  # the most that one cell shows


class _CellKind(NamedTuple):
    look: _Look
    nucleus_shape: Callable[[np.random.Generator], np.ndarray]  # capsules
    mistaken_for: Sequence[str]  # in practice: pale eosinophils, reactive lymphocytes, ...


CELL_KINDS = {
    "basophil": _CellKind(
        look=_Look(
            diameter_um=(11, 14),
            cytoplasm=(200, 180, 208),
            nucleus=(116, 80, 170),
            clumps=22,
            contrast=10,
            raggedness=0.05,
            granule=(66, 38, 122),
            granule_spacing=0.15,
            granule_radius=(0.045, 0.085),
            # Basophil granules dissolve in water: washing leaves some cells nearly empty of them.
            granule_opacity=(0.2, 0.95),
            over_nucleus=0.8,
            vacuoles=1,
        ),
        nucleus_shape=_s_shaped,
        mistaken_for=("neutrophil",),
    ),
    "eosinophil": _CellKind(
        look=_Look(
            diameter_um=(12, 15),
            cytoplasm=(222, 188, 196),
            nucleus=(104, 72, 172),
            clumps=20,
            contrast=11,
            raggedness=0.05,
            granule=(200, 84, 92),
            granule_spacing=0.125,
            granule_radius=(0.042, 0.066),
            granule_opacity=(0.1, 0.85),
            over_nucleus=0.12,
            vacuoles=2,
        ),
        nucleus_shape=partial(_segmented, odds=[0.8, 0.2], lobe_radius=0.4),
        mistaken_for=("neutrophil",),
    ),
    "lymphocyte": _CellKind(
        look=_Look(
            diameter_um=(8, 13),
            cytoplasm=(158, 172, 214),
            nucleus=(88, 60, 154),
            clumps=18,
            contrast=8,
            raggedness=0.045,
            granule=(150, 60, 130),
            granule_spacing=0.5,
            granule_radius=(0.02, 0.04),
            granule_opacity=(0.0, 0.6),
            over_nucleus=0.0,
            vacuoles=1,
        ),
        nucleus_shape=_round,
        mistaken_for=("monocyte",),
    ),
    "monocyte": _CellKind(
        look=_Look(
            diameter_um=(12.5, 18),
            cytoplasm=(176, 178, 206),
            nucleus=(124, 94, 184),
            clumps=26,
            contrast=15,
            raggedness=0.08,
            granule=(150, 110, 165),
            granule_spacing=0.12,
            granule_radius=(0.015, 0.03),
            granule_opacity=(0.1, 0.5),
            over_nucleus=0.0,
            vacuoles=9,
        ),
        nucleus_shape=_kidney,
        mistaken_for=("lymphocyte", "neutrophil"),
    ),
    "neutrophil": _CellKind(
        look=_Look(
            diameter_um=(12, 15),
            cytoplasm=(222, 200, 212),
            nucleus=(98, 66, 168),
            clumps=20,
            contrast=11,
            raggedness=0.05,
            granule=(184, 108, 140),
            granule_spacing=0.1,
            granule_radius=(0.015, 0.036),
            granule_opacity=(0.25, 0.8),
            over_nucleus=0.1,
            vacuoles=3,
        ),
        # Three to five lobes are the rule; a few cells show two, as in a mild left shift.
        nucleus_shape=partial(_segmented, odds=[0.06, 0.4, 0.36, 0.18], lobe_radius=0.385),
        mistaken_for=("basophil", "eosinophil", "monocyte"),
    ),
}
KINDS = tuple(CELL_KINDS)


def _drifted_cell(
    kind: str, rng: np.random.Generator
) -> tuple[_Look, Callable[[np.random.Generator], np.ndarray]]:
    """The look of one cell and its shape of nucleus: its kind's, drifted towards another's.

    The look moves some way towards a kind it is mistaken for; the nucleus has the shape of the one
    or of the other.
    """
    own = CELL_KINDS[kind]
    drift = rng.beta(*DRIFT)
    other = CELL_KINDS[rng.choice(own.mistaken_for)]
    nucleus_shape = (other if rng.random() < drift else own).nucleus_shape
    pairs = [(np.array(a), np.array(b)) for a, b in zip(own.look, other.look, strict=True)]
    return _Look(*((a + drift * (b - a)).tolist() for a, b in pairs)), nucleus_shape


# Painting


@dataclass(frozen=True)
class _Slide:
    """The picture being painted, and where its cell lies on it (in pixels)."""

    rng: np.random.Generator
    width: int
    planes: np.ndarray  # (3, width, width) float32: red, green and blue, in grey levels
    centre: complex
    turn: complex  # one cell radius, in the direction in which the cell points

    def noise(self, bumps: float) -> np.ndarray:
        """(width, width) noise of about unit spread, with so many bumps across the picture."""
        return smooth_noise(self.rng, round(bumps), self.width)

    def cell_grid(self, raggedness: float) -> np.ndarray:
        """(width, width) cell coordinates of the pixels, bent so that no outline is a circle."""
        ticks = np.arange(self.width, dtype=np.float32)
        grid = (ticks + 1j * ticks[:, None] - self.centre) / self.turn
        grid.real *= self.rng.uniform(0.9, 1)
        return grid + raggedness * (self.noise(7) + 1j * self.noise(7))

    def discs(self, points: np.ndarray, radii: Span) -> np.ndarray:
        """(width, width) cover of discs of uneven depth around (n,) points of the cell."""
        layer = Image.new("L", (self.width, self.width))
        pen = ImageDraw.Draw(layer)
        centres = self.centre + points * self.turn
        size = abs(self.turn) * self.rng.uniform(*radii, len(points))
        low, high = centres - (1 + 1j) * size, centres + (1 + 1j) * size
        boxes = np.column_stack([low.real, low.imag, high.real, high.imag])
        depths = np.sort(self.rng.integers(110, 256, len(points)))  # deepest last, hence whole
        for box, depth in zip(boxes.tolist(), depths.tolist(), strict=True):
            pen.ellipse(box, fill=depth)
        return np.asarray(layer, np.float32) / 255

    def scattered_discs(self, most: float, reach: float, radii: Span) -> np.ndarray:
        """Cover of up to `most` discs in a square of half width `reach` around the cell."""
        number = self.rng.integers(0, round(most) + 1)
        x, y = self.rng.uniform(-reach, reach, (2, number))
        return self.discs(x + 1j * y, radii)

    def granules(self, look: _Look) -> np.ndarray:
        """Cover of the granules: a jittered lattice packs them as evenly as a full cell does."""
        reach = 1.1  # a little beyond the outline, which is ragged
        ticks = np.arange(-reach, reach, look.granule_spacing)
        x, y = self.rng.normal(0, 0.35 * look.granule_spacing, (2, len(ticks), len(ticks)))
        points = (ticks + x + 1j * (ticks[:, None] + y)).ravel()
        points = self.rng.permutation(points[abs(points) < reach])
        return self.discs(points, look.granule_radius)

    def inside(self, distance: np.ndarray) -> np.ndarray:
        """Coverage in [0, 1] of a shape whose edge lies at distance 0 (cell radii, < 0 inside)."""
        return np.clip(0.5 - distance * (abs(self.turn) / OVERSAMPLING), 0, 1)

    def paint(
        self, colour: Colour, cover: np.ndarray | np.floating, texture: np.ndarray | float = 0.0
    ) -> None:
        """Blend `colour`, plus a `texture` in grey levels, in where `cover` is above 0."""
        paint = np.asarray(colour, np.float32).reshape(3, 1, 1)
        blend(self.planes, cover, paint + texture)


def _blank_slide(rng: np.random.Generator, size: int, look: _Look) -> _Slide:
    """Plasma, and where the cell will lie on it, how large it is and which way it points."""
    width = size * OVERSAMPLING
    centre = complex(*(width * rng.uniform(0.43, 0.57, 2)))
    radius = rng.uniform(*look.diameter_um) * width / FIELD_UM / 2
    turn = complex(radius * np.exp(1j * rng.uniform(0, 2 * np.pi)))
    slide = _Slide(rng, width, np.empty((3, width, width), np.float32), centre, turn)
    slide.planes[...] = np.reshape(PLASMA, (3, 1, 1)) + 3 * slide.noise(3)
    return slide


def _paint_red_cells(slide: _Slide) -> None:
    """Red cells round the white one; crowding lets some touch it and most leave the picture."""
    rng = slide.rng
    ticks = np.arange(slide.width, dtype=np.float32)
    cover = np.float32(0)
    for place in range(rng.integers(2, 7)):
        radius = rng.uniform(*RED_CELL_UM) * slide.width / FIELD_UM / 2
        away = 1 + rng.uniform(0.85, 1.6) * radius / abs(slide.turn)
        # A radian apart: at most six fit round a cell.
        heading = np.exp(1j * (place + rng.normal(0, 0.15)))
        centre = slide.centre + away * slide.turn * heading
        x, y = ticks - np.float32(centre.real), ticks - np.float32(centre.imag)
        squared = x * x + (rng.uniform(0.8, 1.2) * y * y)[:, None]
        # A biconcave disc is thinnest in the middle, so its central third stains palest.
        pallor = rng.uniform(0.45, 0.95) * np.exp(squared * (-5 / radius**2))
        disc = np.clip((radius - np.sqrt(squared)) / OVERSAMPLING + 0.5, 0, 1)
        cover = np.maximum(cover, disc * (1 - pallor))
    slide.paint(RED_CELL, 0.9 * cover)


def _paint_platelets(slide: _Slide) -> None:
    slide.paint(PLATELET, 0.8 * slide.scattered_discs(2, 1.8, (0.09, 0.16)))


def _paint_white_cell(
    slide: _Slide, look: _Look, nucleus_shape: Callable[[np.random.Generator], np.ndarray]
) -> None:
    """Cytoplasm, nucleus, granules and vacuoles, from back to front."""
    rng = slide.rng
    grid = slide.cell_grid(look.raggedness)
    beyond = np.abs(grid) - 1  # distance to the outline, below 0 inside
    cell = slide.inside(beyond)
    membrane = 14 * np.exp(-((beyond / 0.06) ** 2))  # grey levels darker
    slide.paint(look.cytoplasm, 0.93 * cell, 5 * slide.noise(12) - membrane)
    nucleus = slide.inside(_capsule_distance(grid, nucleus_shape(rng))) * cell
    slide.paint(look.nucleus, 0.97 * nucleus, look.contrast * slide.noise(look.clumps))
    visible = cell * (1 - (1 - look.over_nucleus) * nucleus) * rng.uniform(*look.granule_opacity)
    slide.paint(look.granule, slide.granules(look) * visible)
    vacuoles = slide.scattered_discs(look.vacuoles, 0.7, (0.04, 0.1))
    slide.paint(VACUOLE, 0.7 * (vacuoles * cell * (1 - 0.6 * nucleus)))


def _photograph(slide: _Slide, size: int) -> np.ndarray:
    """Stain strength, exposure, focus and sensor noise: what differs between two laboratories."""
    rng, white = slide.rng, np.asarray(PLASMA, np.float32)
    rgb = np.maximum(averaged_down(slide.planes, OVERSAMPLING), 1).transpose(1, 2, 0)
    # Beer and Lambert: more stain multiplies the optical density, channel by channel.
    stain = rng.uniform(0.8, 1.25) * (1 + rng.normal(0, 0.1, 3))
    exposure = rng.uniform(0.9, 1.08) * (1 + rng.normal(0, 0.015, 3))
    exposed = white * (rgb / white) ** np.float32(stain) * np.float32(exposure)
    # In pixels of an 84-pixel crop: mostly sharp, with a tail of frames out of focus.
    focus = ImageFilter.GaussianBlur(min(0.25 + rng.exponential(0.6), 3.5) * size / 84)
    picture = Image.fromarray(grey_levels(exposed)).filter(focus)
    return with_sensor_noise(rng, picture, (1, 4))


def draw(kind: str, *, size: int, rng: np.random.Generator) -> np.ndarray:
    """(size, size, 3) uint8 RGB: a stained white blood cell among red cells and platelets.

    The picture always shows `FIELD_UM` micrometres.
    For arguments and errors, which all families share, see `lib.phantoms`.
    """
    check_request(kind, size, KINDS)
    look, nucleus_shape = _drifted_cell(kind, rng)
    slide = _blank_slide(rng, size, look)
    _paint_red_cells(slide)
    _paint_platelets(slide)
    _paint_white_cell(slide, look, nucleus_shape)
    return _photograph(slide, size)
