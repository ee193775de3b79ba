"""Phantom white blood cells: stained blood-smear crops, drawn from a seed alone.

The kinds differ in what a microscopist looks at and overlap where real cells do. Lengths inside
a cell are in cell radii, its points complex numbers (so that turning is multiplying).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

KINDS = ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")
DRIFT = (1.0, 5.0)  # beta distribution of the way to a similar kind; past 1/2 in 1 cell of 32
OVERSAMPLING = 2  # drawn this much larger and averaged down, so that small granules stay round
FIELD_UM = 19.0  # width of the crop: the largest monocytes just about fill it
RED_CELL_UM = (6.8, 7.8)  # narrow in health, which makes red cells the ruler of every smear
MEETING = 0.07  # cell radii over which two lobes that touch flow into each other
PLASMA, RED_CELL = (226, 219, 214), (203, 160, 163)
PLATELET, VACUOLE = (150, 105, 175), (228, 224, 228)
Span = Colour = Sequence[float]  # (low, high) of a uniform draw per image; RGB


class _Look(NamedTuple):
    """What a textbook says of one kind of cell."""

    diameter_um: Span
    cytoplasm: Colour
    nucleus: Colour
    clumps: float  # of chromatin, across the crop
    contrast: float  # of chromatin, in grey levels
    raggedness: float
    granule: Colour
    granule_spacing: float
    granule_radius: Span
    granule_opacity: Span
    over_nucleus: float  # share of that opacity which remains in front of the nucleus
    vacuoles: float  # the most that one cell shows
    nucleus_shape: Callable[[np.random.Generator], np.ndarray]
    mistaken_for: Sequence[str]  # in practice: pale eosinophils, reactive lymphocytes, ...


@dataclass(frozen=True)
class _Slide:
    """The picture being painted, and where its cell lies on it (in pixels)."""

    rng: np.random.Generator
    width: int
    planes: np.ndarray  # (3, width, width) float32: colour first, three times as fast to paint
    centre: complex
    turn: complex  # one cell radius, in the direction in which the cell points

    def cloud(self, clumps: float) -> np.ndarray:
        """(width, width) noise of about unit spread, with `clumps` bumps across the picture."""
        seeds = self.rng.standard_normal((round(clumps), round(clumps)), np.float32)
        return np.asarray(Image.fromarray(seeds).resize((self.width,) * 2, Image.BICUBIC))

    def cell_grid(self, raggedness: float) -> np.ndarray:
        """(width, width) cell coordinates of the pixels, bent so that no outline is a circle."""
        ticks = np.arange(self.width, dtype=np.float32)
        grid = (ticks + 1j * ticks[:, None] - self.centre) / self.turn
        grid.real *= self.rng.uniform(0.9, 1)
        return grid + raggedness * (self.cloud(7) + 1j * self.cloud(7))

    def discs(self, points: np.ndarray, radii: Span) -> np.ndarray:
        """(width, width) cover of discs of uneven depth around (n,) points of the cell."""
        layer = Image.new("L", (self.width, self.width))
        pen = ImageDraw.Draw(layer)
        at = self.centre + points * self.turn
        size = abs(self.turn) * self.rng.uniform(*radii, len(points))
        low, high = at - (1 + 1j) * size, at + (1 + 1j) * size
        boxes = np.column_stack([low.real, low.imag, high.real, high.imag])
        depths = np.sort(self.rng.integers(110, 256, len(points)))  # deepest last, hence whole
        for box, depth in zip(boxes.tolist(), depths.tolist(), strict=True):
            pen.ellipse(box, fill=depth)
        return np.asarray(layer, np.float32) / 255

    def scattered(self, most: float, reach: float, radii: Span) -> np.ndarray:
        x, y = self.rng.uniform(-reach, reach, (2, self.rng.integers(0, round(most) + 1)))
        return self.discs(x + 1j * y, radii)

    def granules(self, look: _Look) -> np.ndarray:
        """Cover of the granules: a jittered lattice packs them as evenly as a full cell does."""
        ticks = np.arange(-1.1, 1.1, look.granule_spacing)
        x, y = self.rng.normal(0, 0.35 * look.granule_spacing, (2, len(ticks), len(ticks)))
        points = (ticks + x + 1j * (ticks[:, None] + y)).ravel()
        return self.discs(self.rng.permutation(points[abs(points) < 1.1]), look.granule_radius)

    def inside(self, distance: np.ndarray) -> np.ndarray:
        """Coverage in [0, 1] of a shape whose edge lies at distance 0 (cell radii, < 0 inside)."""
        return np.clip(0.5 - distance * (abs(self.turn) / OVERSAMPLING), 0, 1)

    def paint(self, colour: Colour, cover: np.ndarray, texture=0.0) -> None:
        """Blend `colour`, plus a `texture` in grey levels, in where `cover` is above 0."""
        target = np.reshape(np.float32(colour), (3, 1, 1)) + texture
        self.planes[...] += cover * (target - self.planes)


def _capsule_distance(grid: np.ndarray, capsules: np.ndarray) -> np.ndarray:
    """Signed distance (width, width) to the union of (n, 3) capsules (start, end, radius)."""
    nearest = np.full(grid.shape, 9, np.float32)
    for start, end, radius in capsules.tolist():
        along = end - start + 1e-6
        place = (grid - start) / along
        distance = np.abs(place - np.clip(place.real, 0, 1)) * abs(along) - radius.real
        # A smooth minimum: membranes round off where two lobes meet.
        near = np.maximum(MEETING - np.abs(nearest - distance), 0)
        nearest = np.minimum(nearest, distance) - near * near / (4 * MEETING)
    return nearest


def _segmented(rng: np.random.Generator, odds: list[float], lobe_radius: float) -> np.ndarray:
    """Lobes around an arc, joined by strands; `odds` are the chances of 2, 3, ... lobes."""
    lobes = 2 + int(rng.choice(len(odds), p=odds))
    step = rng.uniform(0.75, 1.05) * min(2.2, 5.2 / (lobes - 1))
    angles = step * (np.arange(lobes) - (lobes - 1) / 2) + rng.normal(0, 0.1, lobes)
    at = rng.uniform(0.42, 0.56, lobes) * np.exp(1j * angles)
    half = rng.uniform(0.04, 0.17, lobes) * np.exp(1j * (angles + rng.normal(1.57, 0.6, lobes)))
    radii = (lobe_radius - 0.035 * lobes) * rng.uniform(0.85, 1.1, lobes)
    strands = np.column_stack([at[:-1], at[1:], rng.uniform(0.05, 0.1, lobes - 1)])
    return np.vstack([np.column_stack([at - half, at + half, radii]), strands])


def _s_shaped(rng: np.random.Generator) -> np.ndarray:
    x = np.linspace(-0.42, 0.42, 5)
    at = x + 1j * rng.uniform(0.15, 0.38) * np.sin(x * np.pi / 0.42)
    return np.column_stack([at[:-1], at[1:], rng.uniform(0.26, 0.34, 4)])


def _round(rng: np.random.Generator) -> np.ndarray:
    """One round nucleus with next to no cytoplasm; large lymphocytes show a wider rim."""
    at, half = complex(*rng.uniform(-0.08, 0.08, 2)), rng.uniform(0, 0.1)
    return np.array([[at - half, at + half, rng.uniform(0.7, 0.89)]])


def _kidney(rng: np.random.Generator) -> np.ndarray:
    """From a shallow kidney (short arc) to a horseshoe (long arc), thicker than a band cell's."""
    arc = np.exp(1j * np.linspace(-0.5, 0.5, 6) * rng.uniform(1.2, 4.0))
    at = rng.uniform(0.34, 0.44) * arc - rng.uniform(0.0, 0.2)
    return np.column_stack([at[:-1], at[1:], rng.uniform(0.29, 0.4) * rng.uniform(0.92, 1.08, 5)])


_LOOKS = {
    # Basophil granules dissolve in water: washing leaves some cells nearly empty of them.
    "basophil": _Look(
        (11, 14), (200, 180, 208), (116, 80, 170), 22, 10, 0.05, (66, 38, 122),
        0.15, (0.045, 0.085), (0.2, 0.95), 0.8, 1, _s_shaped, ("neutrophil",)),
    "eosinophil": _Look(
        (12, 15), (222, 188, 196), (104, 72, 172), 20, 11, 0.05, (200, 84, 92),
        0.125, (0.042, 0.066), (0.1, 0.85), 0.12, 2,
        partial(_segmented, odds=[0.8, 0.2], lobe_radius=0.4), ("neutrophil",)),
    "lymphocyte": _Look(
        (8, 13), (158, 172, 214), (88, 60, 154), 18, 8, 0.045, (150, 60, 130),
        0.5, (0.02, 0.04), (0.0, 0.6), 0.0, 1, _round, ("monocyte",)),
    "monocyte": _Look(
        (12.5, 18), (176, 178, 206), (124, 94, 184), 26, 15, 0.08, (150, 110, 165),
        0.12, (0.015, 0.03), (0.1, 0.5), 0.0, 9, _kidney, ("lymphocyte", "neutrophil")),
    # Three to five lobes are the rule; a few cells show two, as in a mild left shift.
    "neutrophil": _Look(
        (12, 15), (222, 200, 212), (98, 66, 168), 20, 11, 0.05, (184, 108, 140),
        0.1, (0.015, 0.036), (0.25, 0.8), 0.1, 3,
        partial(_segmented, odds=[0.06, 0.4, 0.36, 0.18], lobe_radius=0.385),
        ("basophil", "eosinophil", "monocyte")),
}  # fmt: skip


def _one_look(kind: str, rng: np.random.Generator) -> _Look:
    """The look of one cell: its kind's, drifted some way towards a kind it is mistaken for."""
    own, drift = _LOOKS[kind], rng.beta(*DRIFT)
    other = _LOOKS[rng.choice(own.mistaken_for)]
    shape = (other if rng.random() < drift else own).nucleus_shape
    pairs = [(np.array(a), np.array(b)) for a, b in zip(own[:-2], other[:-2], strict=True)]
    return _Look(*((a + drift * (b - a)).tolist() for a, b in pairs), shape, own.mistaken_for)


def _paint_red_cells(slide: _Slide) -> None:
    """Red cells round the white one; crowding lets some touch it and most leave the picture."""
    rng, ticks, cover = slide.rng, np.arange(slide.width, dtype=np.float32), np.float32(0)
    for place in range(rng.integers(2, 7)):
        radius = rng.uniform(*RED_CELL_UM) * slide.width / FIELD_UM / 2
        away = 1 + rng.uniform(0.85, 1.6) * radius / abs(slide.turn)
        at = slide.centre + away * slide.turn * np.exp(1j * (place + rng.normal(0, 0.15)))
        x, y = ticks - np.float32(at.real), ticks - np.float32(at.imag)
        squared = x * x + (rng.uniform(0.8, 1.2) * y * y)[:, None]
        # A biconcave disc is thinnest in the middle, so its central third stains palest.
        pallor = rng.uniform(0.45, 0.95) * np.exp(squared * (-5 / radius**2))
        disc = np.clip((radius - np.sqrt(squared)) / OVERSAMPLING + 0.5, 0, 1)
        cover = np.maximum(cover, disc * (1 - pallor))
    slide.paint(RED_CELL, 0.9 * cover)


def _paint_cell(slide: _Slide, look: _Look) -> None:
    """Cytoplasm, nucleus, granules and vacuoles, from back to front."""
    rng, grid = slide.rng, slide.cell_grid(look.raggedness)
    depth = np.abs(grid) - 1
    cell = slide.inside(depth)
    membrane = 14 * np.exp(-((depth / 0.06) ** 2))
    slide.paint(look.cytoplasm, 0.93 * cell, 5 * slide.cloud(12) - membrane)
    nucleus = slide.inside(_capsule_distance(grid, look.nucleus_shape(rng))) * cell
    slide.paint(look.nucleus, 0.97 * nucleus, look.contrast * slide.cloud(look.clumps))
    seen = cell * (1 - (1 - look.over_nucleus) * nucleus) * rng.uniform(*look.granule_opacity)
    slide.paint(look.granule, slide.granules(look) * seen)
    holes = slide.scattered(look.vacuoles, 0.7, (0.04, 0.1)) * cell * (1 - 0.6 * nucleus)
    slide.paint(VACUOLE, 0.7 * holes)


def _photograph(slide: _Slide, size: int) -> np.ndarray:
    """Stain strength, exposure, focus and sensor noise: what differs between two laboratories."""
    rng, white = slide.rng, np.float32(PLASMA)
    stacked = Image.fromarray(slide.planes.reshape(-1, slide.width)).reduce(OVERSAMPLING)
    rgb = np.maximum(np.asarray(stacked), 1).reshape(3, size, size).transpose(1, 2, 0)
    # Beer and Lambert: more stain multiplies the optical density, channel by channel.
    stain = rng.uniform(0.8, 1.25) * (1 + rng.normal(0, 0.1, 3))
    exposure = rng.uniform(0.9, 1.08) * (1 + rng.normal(0, 0.015, 3))
    exposed = white * (rgb / white) ** np.float32(stain) * np.float32(exposure)
    # In pixels of an 84-pixel crop: mostly sharp, with a tail of frames out of focus.
    blur = ImageFilter.GaussianBlur(min(0.25 + rng.exponential(0.6), 3.5) * size / 84)
    picture = Image.fromarray(np.clip(exposed, 0, 255).astype(np.uint8)).filter(blur)
    noise = rng.standard_normal((size, size, 3), np.float32) * rng.uniform(1, 4)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def draw(kind: str, *, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one stained white blood cell among red cells and platelets.

    Args:
        kind: One of `KINDS`.
        size: Width and height of the picture in pixels, at least 16; always shows 19 micrometres.
        rng: The only source of chance: the same state draws the same picture.

    Returns:
        The picture, (size, size, 3) uint8 RGB.

    Raises:
        ValueError: For an unknown kind or a size below 16.
    """
    if kind not in KINDS or size < 16:
        raise ValueError(f"{kind!r} at {size} pixels; known: {', '.join(KINDS)}, from 16 pixels")
    look, width = _one_look(kind, rng), size * OVERSAMPLING
    centre = complex(*(width * rng.uniform(0.43, 0.57, 2)))
    radius = rng.uniform(*look.diameter_um) * width / FIELD_UM / 2
    turn = complex(radius * np.exp(1j * rng.uniform(0, 2 * np.pi)))
    slide = _Slide(rng, width, np.empty((3, width, width), np.float32), centre, turn)
    slide.planes[...] = np.reshape(PLASMA, (3, 1, 1)) + 3 * slide.cloud(3)
    _paint_red_cells(slide)
    slide.paint(PLATELET, 0.8 * slide.scattered(2, 1.8, (0.09, 0.16)))
    _paint_cell(slide, look)
    return _photograph(slide, size)
