"""Phantom blood smears (May-Grünwald-Giemsa): a mature leucocyte or a blast of acute leukaemia.

Both kinds share all that surrounds the leucocyte: plasma, red cells, magnification, camera. Scenes
are laid out in micrometres around it (points are complex numbers), painted as optical density.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

KINDS = ("normal", "cancer")
FIELD_UM = (25.0, 31.0)  # width of a picture: one leucocyte with room for its neighbours
OVERSAMPLING = 2  # masks are drawn this much larger than the picture and averaged down
RED_CELL_UM = (3.3, 4.0)  # radius
CROWDING = (5, 90)  # red cells tried per picture, from a thin to a thick part of the smear
PLASMA, RED_CELL, PLATELET = (250, 246, 247), (206, 172, 186), (160, 105, 190)
NUCLEUS, NUCLEOLUS, VACUOLE = (126, 35, 184), (138, 104, 214), (236, 232, 246)
ANGLES = np.linspace(-np.pi, np.pi, 40, endpoint=False)
CIRCLE = np.exp(1j * ANGLES)
WAVES = CIRCLE ** np.arange(2, 7)[:, None]  # the first bends an outline oval, the rest ripple it
Span = tuple[float, float]  # ends of a uniform draw per cell, both included if whole numbers
Colour = tuple[int, int, int]  # RGB as seen through the stain on a white lamp
Outlines = Sequence[np.ndarray]  # closed polygons of complex points


def _scattered(rng: np.random.Generator, number: Span, reach: float) -> np.ndarray:
    """As many points as drawn from `number`, evenly spread over a disc of radius `reach`."""
    radius, angle = rng.uniform(0, 1, (2, rng.integers(number[0], number[1] + 1)))
    return reach * np.sqrt(radius) * np.exp(2j * np.pi * angle)


def _outline(rng: np.random.Generator, ragged: float, bay: float = 0.0) -> np.ndarray:
    """(40,) points around an uneven disc of radius 1, with a `bay` that deep on one side."""
    bends = rng.normal(0, ragged, (2, len(WAVES))) / np.arange(1, len(WAVES) + 1)
    dent = bay * np.exp(-((ANGLES / rng.uniform(0.45, 0.8)) ** 2))
    points = (1 + ((bends[0] + 1j * bends[1]) @ WAVES).real - dent) * CIRCLE
    # A deeply folded nucleus is a kidney: thin behind its bay and drawn out to the sides.
    return points.real * (1 - 0.3 * bay) + 1j * points.imag * (1 + 0.15 * bay)


def _compact(rng: np.random.Generator, share: Span, bay: Span) -> Outlines:
    """One body that fills about a `share` of the cell's area, as a rule towards one side of it."""
    reach = np.sqrt(rng.uniform(*share))
    return [_scattered(rng, (1, 1), 1 - reach) + reach * _outline(rng, 0.05, rng.uniform(*bay))]


def _lobed(rng: np.random.Generator, odds: list[float], plump: Span) -> Outlines:
    """Lobes around an arc and the strands between them; `odds` are those of 2, 3, ... lobes."""
    lobes = 2 + int(rng.choice(len(odds), p=odds))
    steps = np.cumsum(rng.uniform(0.75, 1.1, lobes)) * min(2.0, 5.0 / (lobes - 1))
    at = rng.uniform(0.38, 0.6, lobes) * np.exp(1j * (steps - steps.mean()))
    radii = rng.uniform(*plump, lobes) * (1.18 - 0.08 * lobes)
    bodies = [a + r * _outline(rng, 0.14) for a, r in zip(at, radii, strict=True)]
    flat = CIRCLE.real + 1j * rng.uniform(0.15, 0.5, (lobes - 1, 1)) * CIRCLE.imag
    return [*bodies, *((at[:-1] + at[1:])[:, None] + np.diff(at)[:, None] * flat) / 2]


class _Look(NamedTuple):
    """What an atlas says of one type of cell."""

    frequency: float  # among the leucocytes of its kind, here
    diameter_um: Span
    ragged: Span
    cytoplasm: Colour
    basophilia: Span  # how deeply the cytoplasm is stained
    nucleus: Callable[[np.random.Generator], Outlines]
    depth: Span  # how deeply the nucleus is stained
    clumps: Span  # contrast of its chromatin, as a share of that depth
    clump_um: Span
    nucleoli: Span
    granules: Span
    granule: tuple[Colour, Span, float]  # its radius_um; share seen over the nucleus
    vacuoles: Span
    auer_rod: float  # chance of one


_BLUE, _GREY, _PINK = (150, 160, 220), (178, 178, 222), (226, 202, 224)
_AZUROPHIL = ((132, 44, 140), (0.12, 0.3), 0.5)
_NEUTRAL = ((172, 112, 184), (0.1, 0.22), 0.1)
_EOSIN = ((194, 92, 110), (0.28, 0.42), 0.1)
_LOOKS = {
    "normal": {
        "neutrophil": _Look(0.28, (12, 15.5), (0.02, 0.06), _PINK, (0.6, 1.4),
            partial(_lobed, odds=[0.1, 0.4, 0.35, 0.15], plump=(0.33, 0.45)),
            (0.85, 1.25), (0.14, 0.32), (1.1, 1.9), (0, 0), (80, 180), _NEUTRAL, (0, 1), 0),
        "eosinophil": _Look(0.12, (12.5, 16.5), (0.02, 0.05), _PINK, (1.0, 1.8),
            partial(_lobed, odds=[0.8, 0.2], plump=(0.4, 0.5)),
            (0.8, 1.2), (0.14, 0.32), (1.1, 1.9), (0, 0), (180, 320), _EOSIN, (0, 2), 0),
        "lymphocyte": _Look(0.16, (8.5, 12), (0.02, 0.06), _BLUE, (0.5, 1.2),
            partial(_compact, share=(0.6, 0.88), bay=(0, 0.15)),
            (0.9, 1.3), (0.14, 0.32), (1.3, 2.3), (0, 0), (0, 6), _AZUROPHIL, (0, 0), 0),
        # The wide skirt of a reactive lymphocyte gives way to red cells; a nucleolus may show.
        "reactive lymphocyte": _Look(0.2, (12, 17), (0.05, 0.12), _BLUE, (0.6, 1.5),
            partial(_compact, share=(0.45, 0.78), bay=(0, 0.3)),
            (0.78, 1.1), (0.12, 0.3), (0.9, 1.8), (0, 1), (0, 8), _AZUROPHIL, (0, 1), 0),
        "monocyte": _Look(0.24, (13, 18.5), (0.03, 0.1), _GREY, (0.6, 1.5),
            partial(_compact, share=(0.45, 0.72), bay=(0.3, 0.9)),
            (0.72, 1.05), (0.14, 0.32), (0.9, 1.8), (0, 0), (0, 60), _NEUTRAL, (0, 6), 0),
    },
    "cancer": {
        "myeloblast": _Look(0.58, (10.5, 16), (0.02, 0.1), _BLUE, (0.6, 1.6),
            partial(_compact, share=(0.62, 0.92), bay=(0, 0.3)),
            (0.72, 1.05), (0.07, 0.2), (0.6, 1.1), (0, 3), (0, 14), _AZUROPHIL, (0, 1), 0.15),
        "monoblast": _Look(0.22, (13, 18.5), (0.03, 0.1), _GREY, (0.8, 1.7),
            partial(_compact, share=(0.48, 0.75), bay=(0.1, 0.5)),
            (0.7, 1.0), (0.07, 0.2), (0.6, 1.2), (0, 2), (0, 20), _NEUTRAL, (0, 4), 0.03),
        "promyelocyte": _Look(0.2, (12.5, 18.5), (0.03, 0.09), _BLUE, (0.5, 1.3),
            partial(_compact, share=(0.45, 0.72), bay=(0, 0.35)),
            (0.75, 1.1), (0.08, 0.24), (0.7, 1.3), (0, 2), (30, 140), _AZUROPHIL, (0, 1), 0.1),
    },
}  # fmt: skip


@dataclass(frozen=True)
class _Slide:
    """The field of view being painted; its origin is the middle of the leucocyte."""

    rng: np.random.Generator
    width: int  # pixels
    field_um: float
    centre: complex  # of the leucocyte, in pixels
    density: np.ndarray  # (3, width, width) float32, colour first: three times as fast to paint

    def cloud(self, grain_um: float) -> np.ndarray:
        """(width, width) smooth noise of about unit spread, with bumps `grain_um` apart."""
        bumps = round(self.field_um / grain_um)
        seeds = Image.fromarray(self.rng.standard_normal((bumps, bumps), np.float32))
        return np.asarray(seeds.resize((self.width, self.width), Image.BICUBIC))

    def cover(self, outlines: Outlines, blur_um: float, levels: Sequence[int] = ()) -> np.ndarray:
        """Cover in [0, 1] of `outlines` (micrometres), one over the other; all 1 if no `levels`."""
        layer, scale = Image.new("L", (self.width, self.width)), self.width / self.field_um
        pen, levels = ImageDraw.Draw(layer), levels or [255] * len(outlines)
        for outline, level in zip(outlines, levels, strict=True):
            at = self.centre + scale * outline
            pen.polygon(np.column_stack([at.real, at.imag]).ravel().tolist(), fill=level)
        return np.asarray(layer.filter(ImageFilter.GaussianBlur(blur_um * scale)), np.float32) / 255

    def dots(self, places: np.ndarray, radius_um: Span) -> np.ndarray:
        """Cover of discs around `places`, some fainter than others as if out of focus."""
        radii = self.rng.uniform(*radius_um, (len(places), 1))
        levels = self.rng.integers(110, 256, len(places)).tolist()
        return self.cover(places[:, None] + radii * CIRCLE[::4], 0, levels)

    def paint(self, colour: Colour, cover: np.ndarray, depth: np.ndarray | float = 1.0) -> None:
        """Let `colour`, stained `depth` times as deeply, replace what lies under `cover`."""
        density = -np.log(np.float32(colour) / 255).reshape(3, 1, 1)
        self.density[...] += cover * (np.float32(depth) * density - self.density)


def _paint_red_cells(slide: _Slide, clear_um: float) -> None:
    """Biconcave discs that keep clear of the leucocyte; the thin middle of each stains palest."""
    rng, places, layers = slide.rng, [], ([], [])
    flatness, hollow = rng.uniform(0.3, 1), rng.uniform(0.4, 0.62)
    for at in _scattered(rng, CROWDING, 0.85 * slide.field_um).tolist():
        apart = rng.uniform(1.5, 2.1) * RED_CELL_UM[0]
        if abs(at) > clear_um and all(abs(at - other) > apart for other in places):
            rim = rng.uniform(*RED_CELL_UM) * _outline(rng, 0.05)
            layers[len(places) % 2].extend([at + rim, at + rng.uniform(0.7, 1) * hollow * rim])
            places.append(at)
    # Where cells of the two layers overlap, light passes both and the stain adds up.
    levels = [165, round(165 * flatness)]
    cover = sum(slide.cover(of, 0.35, levels * (len(of) // 2)) for of in layers)
    slide.paint(RED_CELL, cover, 1.35 + 0.05 * slide.cloud(2))


def _paint_nucleus(slide: _Slide, look: _Look, outlines: Outlines, cell: np.ndarray) -> np.ndarray:
    """Chromatin and nucleoli; returns what the nucleus covers."""
    rng, body, cover = slide.rng, outlines[0], slide.cover(outlines, 0.15) * cell
    grain = rng.uniform(*look.clump_um)
    # Two lattices of noise, because the eye finds the rows of a single one.
    clumps = np.tanh(slide.cloud(grain) + slide.cloud(0.6 * grain))
    contrast = 1 + rng.uniform(*look.clumps) * clumps
    slide.paint(NUCLEUS, cover, rng.uniform(*look.depth) * contrast)
    reach = 0.55 * np.abs(body - body.mean()).mean()
    nucleoli = slide.dots(body.mean() + _scattered(rng, look.nucleoli, reach), (0.7, 1.3))
    slide.paint(NUCLEOLUS, rng.uniform(0.4, 0.9) * nucleoli)
    return cover


def _paint_granules(slide: _Slide, look: _Look, radius: float, seen: np.ndarray) -> None:
    rng, (colour, size_um, _) = slide.rng, look.granule
    granules = slide.dots(_scattered(rng, look.granules, 0.95 * radius), size_um)
    slide.paint(colour, rng.uniform(0.5, 0.9) * granules * seen)
    if rng.random() < look.auer_rod:
        rod = rng.uniform(1.2, 2.2) * CIRCLE.real + 0.2j * CIRCLE.imag
        rod = rod * np.exp(1j * rng.uniform(0, np.pi)) + _scattered(rng, (1, 1), 0.8 * radius)
        slide.paint(_AZUROPHIL[0], slide.cover([rod], 0) * seen)


def _paint_leucocyte(slide: _Slide, look: _Look, radius: float) -> None:
    """Cytoplasm, nucleus, granules and vacuoles, from back to front."""
    rng, turn = slide.rng, radius * np.exp(1j * slide.rng.uniform(0, 2 * np.pi))
    membrane = [turn * _outline(rng, rng.uniform(*look.ragged))]
    cell = slide.cover(membrane, 0.12)
    # Ribosomes crowd the rim; the Golgi zone by the nucleus stays pale.
    rim = 1.45 - 0.75 * slide.cover(membrane, 1.3) + 0.08 * slide.cloud(1.1)
    slide.paint(look.cytoplasm, cell, rng.uniform(*look.basophilia) * rim)
    nucleus = _paint_nucleus(slide, look, [turn * part for part in look.nucleus(rng)], cell)
    _paint_granules(slide, look, radius, cell * (1 - (1 - look.granule[2]) * nucleus))
    vacuoles = slide.dots(_scattered(rng, look.vacuoles, 0.85 * radius), (0.3, 0.8))
    slide.paint(VACUOLE, 0.8 * vacuoles * cell * (1 - 0.5 * nucleus))


def _photograph(slide: _Slide, size: int) -> np.ndarray:
    """Staining time, lamp, focus and sensor: what varies from slide to slide in both kinds."""
    rng, uneven = slide.rng, 0.03 * slide.cloud(slide.field_um / 3)
    stacked = Image.fromarray((slide.density + uneven).reshape(-1, slide.width))
    density = np.asarray(stacked.reduce(OVERSAMPLING)).reshape(3, size, size)
    stain = rng.uniform(0.7, 1.3) * rng.normal(1, 0.1, (3, 1, 1))
    lamp = min(1.02 - rng.exponential(0.06), 1) * rng.normal(1, 0.015, (3, 1, 1))
    rgb = 255 * np.float32(lamp) * np.exp(np.float32(-stain) * density)
    sharp = Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8).transpose(1, 2, 0))
    focus = ImageFilter.GaussianBlur(min(0.08 + rng.exponential(0.14), 1) * size / slide.field_um)
    noise = rng.standard_normal((size, size, 3), np.float32) * rng.uniform(1, 3.5)
    return np.clip(np.rint(sharp.filter(focus) + noise), 0, 255).astype(np.uint8)


def draw(kind: str, *, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a stained smear with one leucocyte among red cells.

    Args:
        kind: One of `KINDS`.
        size: Width and height of the picture in pixels, at least 16; the field does not depend on it.
        rng: The only source of chance: the same state draws the same picture.

    Returns:
        The picture, (size, size, 3) uint8 RGB.

    Raises:
        ValueError: For an unknown kind or a size below 16.
    """
    if kind not in KINDS or size < 16:
        raise ValueError(f"{kind!r} at {size} pixels; known: {', '.join(KINDS)}, from 16 pixels")
    looks = list(_LOOKS[kind].values())
    look = looks[rng.choice(len(looks), p=[one.frequency for one in looks])]
    width, field_um = size * OVERSAMPLING, rng.uniform(*FIELD_UM)
    centre, density = rng.uniform(0.38, 0.62, 2) * width, np.zeros((3, width, width), np.float32)
    slide = _Slide(rng, width, field_um, complex(*centre), density)
    slide.paint(PLASMA, np.float32(1), 1 + 0.3 * slide.cloud(6))
    radius = rng.uniform(*look.diameter_um) / 2
    _paint_red_cells(slide, radius + 0.8 * RED_CELL_UM[0])
    platelets = slide.dots(_scattered(rng, (0, 9), 0.7 * field_um), (0.3, 1.1))
    slide.paint(PLATELET, 0.8 * platelets, 1 + 0.3 * slide.cloud(0.8))
    _paint_leucocyte(slide, look, radius)
    return _photograph(slide, size)
