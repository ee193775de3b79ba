"""Phantom breast biopsies: haematoxylin-eosin sections at 200X, drawn from a seed alone.

The kinds differ in two marks: whether cells stand in order round a lumen, and whether their nuclei
look alike. Both grow with a grade, whose distributions overlap between the kinds.

Points of the tissue are complex numbers in micrometres, x + iy with y downwards. The section is
drawn as amounts of dye; dyes become colours in the last step only.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from lib.phantoms.drawing import Span, check_request, coordinates, resized, smooth_noise

KINDS = ("benign", "malignant")

# The picture
FIELD_UM = 210.0  # width of what is shown: nuclei come out as large as in BreakHis at 200X
WIDTH = 224  # pixels of any picture before it is resized
OVERSAMPLING = 2  # outlines are drawn this much larger and averaged down
DRAWN_WIDTH = WIDTH * OVERSAMPLING
SCALE = DRAWN_WIDTH / FIELD_UM  # drawn pixels per micrometre
GLAND_CORNERS = 64  # of the outline of a gland or nest
NUCLEUS_CORNERS = 11
COURSE_CELLS = 40  # a side, of the grid on which the course of the fibres is known

# The texture of collagen: a table of cells, longer along the fibres than across them
TEXTURE_ACROSS, TEXTURE_ALONG = 400, 116  # cells
TEXTURE_LENGTH_UM = 2.6  # of a cell along the fibres; across them it is 1 micrometre wide

# How malignant the epithelium looks, from 0 to 1: beta distributions, which overlap
GRADE = {"benign": (1.2, 8.0), "malignant": (6.0, 2.2)}
LEAST_DISORDER = 0.15  # of the most orderly epithelium, on the scale of the grade

# The stain and the camera; a unit of a dye lets through exp(-optical density)
HAEMATOXYLIN = (0.98, 1.2, 0.5)  # optical density in red, green and blue
EOSIN = (0.1, 0.66, 0.22)
STAIN_STRENGTH = (0.6, 1.25)  # range of the factor by which one laboratory stains more deeply
STAIN_HUE = 0.06  # standard deviation of the optical densities
LAMP = (220, 246)  # grey levels of bare glass
TILT = 0.06  # standard deviation of the lamp's slope from side to side, in optical density
NOISE = 8  # grey levels, at the most, that noise adds

Dye = tuple[int, int, int]  # haematoxylin, eosin, share of collagen; 0 to 255
EMPTY: Dye = (0, 0, 0)
COLLAGEN: Dye = (0, 0, 255)
MUCIN: Dye = (30, 22, 30)
SECRETION: Dye = (6, 170, 0)
NUCLEAR_EOSIN = 45  # in every nucleus


class _Nuclei(NamedTuple):
    """How the nuclei of one sort of cell look."""

    radius: float  # micrometres, half of the longer axis
    variety: float  # spread of the logarithm of the radius; outline and density vary with it
    aspect: Span  # shorter axis over longer axis
    density: float  # haematoxylin, 0 to 255
    vesicular: float = 0.0  # the most of the density that has moved to the membrane


FIBROBLAST = _Nuclei(radius=5.5, variety=0.25, aspect=(0.17, 0.36), density=160)
LYMPHOCYTE = _Nuclei(radius=2.8, variety=0.08, aspect=(0.9, 1.0), density=220)
MYOEPITHELIUM = _Nuclei(radius=3.8, variety=0.2, aspect=(0.2, 0.4), density=180)
NUCLEOLUS = _Nuclei(radius=0.8, variety=0.1, aspect=(0.8, 1.0), density=235)
MITOSIS = _Nuclei(radius=4.5, variety=0.3, aspect=(0.3, 0.5), density=245)

# Share of epithelial cells that show one, per unit of the variety of their nuclei
NUCLEOLI = 2.0
MITOSES = 0.1


class _Pattern(NamedTuple):
    """What one diagnosis shows: bodies (glands or nests) and single cells between them."""

    number: tuple[int, int]  # of bodies; a whole number below the second
    radius: Span  # of a body, in micrometres
    stretch: Span  # of a body: length over width is its square
    raggedness: float  # depth of the bumps of an outline, in radii
    rows: Span = (0, 0)  # of nuclei from the outside in; what they leave free is the core
    sheath: float = 0.0  # share of the outline that myoepithelium covers
    core: Dye = EMPTY
    pool: Dye | None = None  # what the bodies float in, if it is not the stroma
    fibroblasts: tuple[int, int] = (30, 90)  # in the field, were nothing in front of them
    files: tuple[int, int] = (0, 1)  # of tumour cells, one behind the other along the fibres


ACINI = _Pattern(
    number=(7, 24),
    radius=(14, 25),
    stretch=(1.0, 1.2),
    raggedness=0.07,
    rows=(0.8, 1.9),
    sheath=0.7,
)
DUCTS = _Pattern(
    number=(0, 6),
    radius=(26, 44),
    stretch=(1.05, 1.4),
    raggedness=0.12,
    rows=(1.2, 2.8),
    sheath=0.7,
    fibroblasts=(60, 200),
)
NESTS = _Pattern(
    number=(5, 22),
    radius=(14, 42),
    stretch=(1.0, 1.35),
    raggedness=0.22,
    rows=(9, 9),
    files=(0, 5),
)
POOLS = _Pattern(number=(1, 4), radius=(60, 110), stretch=(1.0, 1.3), raggedness=0.15)
FAT = _Pattern(number=(2, 10), radius=(17, 30), stretch=(1.0, 1.1), raggedness=0.04)
FATTY = 0.15  # share of the fields that show fat

DIAGNOSES = {
    "benign": {
        "adenosis": ACINI,
        "tubular adenoma": ACINI._replace(number=(40, 90), radius=(14, 21)),
        # The stroma grows and squeezes the ducts.
        "fibroadenoma": DUCTS,
        "phyllodes tumour": DUCTS._replace(radius=(45, 75), fibroblasts=(120, 250)),
        # Cells fill the ducts.
        "hyperplasia": DUCTS._replace(number=(4, 18), radius=(18, 40), rows=(1, 6)),
    },
    "malignant": {
        "ductal, in nests": NESTS,
        # Bodies so large that they leave the picture
        "ductal, in sheets": NESTS._replace(number=(1, 4), radius=(75, 130), rows=(20, 20)),
        # No body at all, but single cells in files
        "lobular": NESTS._replace(number=(0, 1), files=(3, 19)),
        "mucinous": NESTS._replace(pool=MUCIN),
        # Fronds in a cavity
        "papillary": NESTS._replace(rows=(2, 4), core=COLLAGEN, pool=EMPTY),
        # Still forms tubules
        "tubular": ACINI._replace(raggedness=0.22, sheath=0.0, files=(0, 5)),
    },
}


class _Body(NamedTuple):
    """A gland, a nest, a drop of fat or a pool."""

    centre: complex
    radius: float  # micrometres
    outline: np.ndarray  # (GLAND_CORNERS,) complex, around 0


# Bodies and fibres


def _bodies(rng: np.random.Generator, pattern: _Pattern) -> list[_Body]:
    """Bodies that keep clear of each other, fewer than asked for where there is no room for all."""
    places: list[tuple[complex, float]] = []
    for radius in rng.uniform(*pattern.radius, rng.integers(*pattern.number)).tolist():
        centre = complex(*rng.uniform(-0.05 * FIELD_UM, 1.05 * FIELD_UM, 2))
        if all(abs(centre - other) > 0.85 * radius + reach for other, reach in places):
            places.append((centre, radius))
    outlines = _unit_outlines(rng, pattern, len(places))
    return [
        _Body(centre, radius, radius * outline)
        for (centre, radius), outline in zip(places, outlines, strict=True)
    ]


def _unit_outlines(rng: np.random.Generator, pattern: _Pattern, number: int) -> np.ndarray:
    """(number, GLAND_CORNERS) complex: bumpy ellipses of radius 1 around 0."""
    turns = np.arange(GLAND_CORNERS) * (2 * np.pi / GLAND_CORNERS)
    waves = np.arange(2, 8)  # a first wave would only move the body
    stretch = rng.uniform(*pattern.stretch, (number, 1))
    phases = 2j * np.pi * rng.random((number, 1 + len(waves)))  # of the ellipse, then of the waves
    # Corners are moved towards the pointed ends, which spaces them evenly along the outline.
    angles = turns + np.sin(2 * turns) * (stretch**4 - 1) / (stretch**4 + 1) / 4
    ellipses = (stretch * np.cos(angles) + 1j * np.sin(angles) / stretch) * np.exp(phases[:, :1])
    depths = pattern.raggedness / waves * rng.uniform(0.8, 2, (number, len(waves)))
    bumps = depths * np.exp(phases[:, 1:]) @ np.exp(1j * np.outer(waves, turns))
    return ellipses * (1 + bumps.real)


def _fibre_course(rng: np.random.Generator, bodies: list[_Body]) -> tuple[np.ndarray, np.ndarray]:
    """How far across and how far along the fibres each cell of a grid lies, in micrometres.

    Returns:
        Two (COURSE_CELLS, COURSE_CELLS) float32 planes.
    """
    ticks = (np.arange(COURSE_CELLS) + 0.5) * FIELD_UM / COURSE_CELLS
    places = ticks + 1j * ticks[:, None]
    heading = np.exp(2j * np.pi * rng.random())
    grid = (places - places.mean()) / heading
    bend = smooth_noise(rng, 5, COURSE_CELLS)
    crimp = np.sin(2 * np.pi * grid.real / rng.uniform(22, 50) + 3 * bend)
    across = grid.imag + rng.uniform(4, 16) * bend + rng.uniform(0, 2.2) * crimp
    # Fibres part round a gland as a stream does round a pillar: potential flow round a cylinder.
    for body in bodies:
        away = (places - body.centre) / heading
        squared_distance = away.real**2 + away.imag**2
        across -= away.imag * np.minimum(body.radius**2 / squared_distance, 1)
    return across.astype(np.float32), grid.real.astype(np.float32)


def _fibre_headings(across: np.ndarray) -> np.ndarray:
    """(COURSE_CELLS, COURSE_CELLS) complex of length 1: along the lines of equal `across`."""
    down, right = np.gradient(across)
    return np.exp(1j * np.arctan2(-right, down))


# Cells


@dataclass(frozen=True)
class _Section:
    """The section being drawn, as amounts of dye, and the directions of its fibres."""

    rng: np.random.Generator
    pen: ImageDraw.ImageDraw  # on an RGB picture: haematoxylin, eosin, share of collagen
    fibres: np.ndarray  # (COURSE_CELLS, COURSE_CELLS) complex, of length 1

    def along_fibres(self, points: np.ndarray, scatter: float) -> np.ndarray:
        """(n,) headings at (n,) points: along the fibres but for a `scatter` in radians."""
        cells = np.stack([points.imag, points.real]) * (COURSE_CELLS / FIELD_UM)
        row, column = np.clip(cells, 0, COURSE_CELLS - 1).astype(int)
        swing = scatter * self.rng.standard_normal(len(points))
        return self.fibres[row, column] * np.exp(1j * swing)

    def fill_outline(self, outline: np.ndarray, dye: Dye) -> None:
        self.pen.polygon(coordinates(outline * SCALE), dye)

    def draw_nuclei(self, centres: np.ndarray, headings: np.ndarray, nuclei: _Nuclei) -> None:
        """Nuclei at (n,) points, their long axes along (n,) headings."""
        # Those out of the picture are left out: Pillow would spend its time on them.
        near = abs(centres / FIELD_UM - (0.5 + 0.5j)) < 0.75
        centres, headings = centres[near], headings[near]
        rng, number = self.rng, len(centres)
        corners = self._nuclear_outlines(centres, headings, nuclei) * SCALE
        membrane = nuclei.density * rng.normal(1, 0.8 * nuclei.variety, number)
        membrane = np.clip(membrane, 60, 250)
        inside = membrane * (1 - nuclei.vesicular * rng.uniform(0.4, 1, number))
        # Pillow takes a colour packed into one number, red lowest and green 8 bits above it, which
        # is faster than a tuple.
        dyes = np.stack([inside, membrane], 1).astype(int) + (NUCLEAR_EOSIN << 8)
        for outline, (fill, rim) in zip(coordinates(corners), dyes.tolist(), strict=True):
            self.pen.polygon(outline, fill, rim)

    def _nuclear_outlines(
        self, centres: np.ndarray, headings: np.ndarray, nuclei: _Nuclei
    ) -> np.ndarray:
        """(n, NUCLEUS_CORNERS) complex micrometres: dented ellipses of various sizes."""
        rng, number = self.rng, len(centres)
        angles = np.arange(NUCLEUS_CORNERS) * (2 * np.pi / NUCLEUS_CORNERS)
        axis = headings * nuclei.radius * np.exp(nuclei.variety * rng.standard_normal(number))
        aspect = rng.uniform(*nuclei.aspect, (number, 1))
        ellipses = np.cos(angles) + 1j * aspect * np.sin(angles)
        dents = 1 + 0.2 * nuclei.variety * rng.standard_normal((number, NUCLEUS_CORNERS))
        return centres[:, None] + axis[:, None] * dents * ellipses

    def draw_epithelium(self, centres: np.ndarray, headings: np.ndarray, nuclei: _Nuclei) -> None:
        """Nuclei, some with a nucleolus and a few in mitosis, the more the more they vary."""
        self.draw_nuclei(centres, headings, nuclei)
        for mark, share in ((NUCLEOLUS, NUCLEOLI), (MITOSIS, MITOSES)):
            marked = self.rng.random(len(centres)) < share * nuclei.variety
            # A micrometre off the middle, along the long axis
            self.draw_nuclei(centres[marked] + headings[marked], headings[marked], mark)

    def draw_stroma(self, pattern: _Pattern, epithelium: _Nuclei) -> None:
        """Fibroblasts, inflammation, and tumour cells that trickle along the fibres."""
        for number, nuclei in ((pattern.fibroblasts, FIBROBLAST), ((0, 20), LYMPHOCYTE)):
            centres = self._anywhere(number)
            self.draw_nuclei(centres, self.along_fibres(centres, 0.2), nuclei)
        ranks = [self._anywhere(pattern.files)]  # the first cells of all files, the second, ...
        for _ in range(self.rng.integers(4, 12)):
            step = 2.4 * epithelium.radius * self.along_fibres(ranks[-1], 0.15)
            ranks.append(ranks[-1] + step)
        centres = np.concatenate(ranks)
        self.draw_epithelium(centres, self.along_fibres(centres, 0.3), epithelium)

    def _anywhere(self, number: tuple[int, int]) -> np.ndarray:
        """(n,) complex points all over the field, n drawn from `number`."""
        return self.rng.uniform(0, FIELD_UM, (self.rng.integers(*number), 2)) @ [1, 1j]

    def draw_bodies(
        self, pattern: _Pattern, bodies: list[_Body], epithelium: _Nuclei, disorder: float
    ) -> None:
        """Glands or nests, the nuclei of their epithelium as disordered as given."""
        rng = self.rng
        spacing = 2 * epithelium.radius * rng.uniform(0.95, 1.2)
        cytoplasm = (int(rng.integers(20, 50)), int(rng.integers(60, 110)), 0)
        lining = []
        for body in bodies:
            lining += self._draw_body(pattern, body, cytoplasm, spacing)
        if pattern.sheath:
            sheath = [
                _cells_on_ring(body.centre, body.outline, 8 / pattern.sheath) for body in bodies
            ]
            centres, outward = np.hstack(sheath)
            self.draw_nuclei(centres, 1j * outward, MYOEPITHELIUM)  # they lie flat on the outline
        centres, outward = np.hstack(lining)
        right, down, swing = disorder * rng.standard_normal((3, len(centres)))
        centres = centres + spacing / 4 * (right + 1j * down)
        self.draw_epithelium(centres, outward * np.exp(1j * swing), epithelium)

    def _draw_body(
        self, pattern: _Pattern, body: _Body, cytoplasm: Dye, spacing: float
    ) -> list[np.ndarray]:
        """Cleft, cytoplasm and core; returns where the epithelium stands, row by row.

        Returns:
            Arrays (2, n) as of `_cells_on_ring`.
        """
        rng = self.rng
        centre, radius, outline = body
        # Tissue shrinks when it is fixed, which leaves a cleft at one side of a body.
        cleft = rng.exponential(1.5) * np.exp(2j * np.pi * rng.random())
        self.fill_outline(centre + cleft + outline * (1 + abs(cleft) / radius), EMPTY)
        self.fill_outline(centre + outline, cytoplasm)
        rows = rng.uniform(*pattern.rows)
        core = pattern.core if rng.random() < 0.8 else SECRETION
        self.fill_outline(centre + outline * max(1 - (rows * spacing + 2) / radius, 0), core)
        lining = []
        for depth in np.arange(0.55, min(rows, radius / spacing)) * spacing:
            # The first cell of each row stands elsewhere, or they would form spokes.
            ring = np.roll(outline, rng.integers(GLAND_CORNERS)) * (1 - depth / radius)
            lining.append(_cells_on_ring(centre, ring, spacing * rng.uniform(0.8, 1)))
        return lining


def _cells_on_ring(centre: complex, ring: np.ndarray, spacing: float) -> np.ndarray:
    """(2, n) complex: places on a ring around a point, and the directions outward there.

    Args:
        ring: (GLAND_CORNERS,) evenly spaced points around 0, in micrometres.
        spacing: From cell to cell along the ring, in micrometres.
    """
    number = max(round(GLAND_CORNERS * abs(ring[1] - ring[0]) / spacing), 1)
    picked = ring[(np.arange(number) * GLAND_CORNERS / number).astype(int)]
    return np.stack([centre + picked, picked / np.abs(picked)])


# Dyes and light


def _collagen_eosin(rng: np.random.Generator, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    """(WIDTH, WIDTH) eosin in pure collagen: strands in bundles in patches, or dense as glass."""
    # Three sizes of texture, laid over each other: strands, bundles and patches.
    sizes = (
        rng.standard_normal((108 // size, 18 // size)).repeat(size, 0).repeat(size, 1)
        for size in (1, 3, 9)
    )
    table = resized(np.asarray(sum(sizes), np.float32), TEXTURE_ACROSS, TEXTURE_ALONG)
    row = resized(across, WIDTH, WIDTH, Image.Resampling.BILINEAR) + TEXTURE_ACROSS / 2
    column = (
        resized(along, WIDTH, WIDTH, Image.Resampling.BILINEAR) / TEXTURE_LENGTH_UM
        + TEXTURE_ALONG / 2
    )
    cells = row.astype(np.intp) * TEXTURE_ALONG + column.astype(np.intp)
    texture = table.take(cells, mode="clip")
    looseness = rng.random()  # the looser, the paler and the more strands can be told apart
    contrast = 0.06 + 0.2 * looseness
    return np.clip(contrast * texture + rng.uniform(0.5, 0.85) - looseness / 4, 0, 1.4)


def _photograph(rng: np.random.Generator, dyes: Image.Image, collagen: np.ndarray) -> Image.Image:
    """What the dyes let through, by Beer and Lambert; no two laboratories stain alike.

    Args:
        dyes: RGB, DRAWN_WIDTH pixels a side: haematoxylin, eosin and the share of collagen.
        collagen: (WIDTH, WIDTH) eosin in pure collagen.
    """
    blue, pink, pure = (
        np.asarray(band, np.float32) / 255 for band in dyes.reduce(OVERSAMPLING).split()
    )
    grain = resized(
        rng.random((WIDTH // 2, WIDTH // 2), np.float32), WIDTH, WIDTH, Image.Resampling.BILINEAR
    )
    grain = grain - np.float32(0.5)
    pink = pink * (1 - 0.8 * grain) + pure * collagen * (1 - 0.4 * grain)
    slopes = (rng.normal(0, TILT, (2, 1)) * np.linspace(-0.5, 0.5, WIDTH)).astype(np.float32)
    uneven_lamp = np.add.outer(slopes[0], slopes[1])
    amounts = np.stack([blue * (1 + 0.7 * grain), pink, uneven_lamp]).reshape(3, -1)
    densities = np.array([HAEMATOXYLIN, EOSIN]) + rng.normal(0, STAIN_HUE, (2, 3))
    densities = densities * rng.uniform(*STAIN_STRENGTH, (2, 1))
    densities = np.vstack([densities, np.ones(3)])  # the uneven lamp is alike in all colours
    light = np.exp(np.float32(-densities.T) @ amounts) * np.float32(rng.uniform(*LAMP, (3, 1)))
    # Noise, which is added last, must not wrap round.
    bands = np.minimum(light, 255 - NOISE).astype(np.uint8).reshape(3, WIDTH, WIDTH)
    picture = Image.merge("RGB", [Image.fromarray(band) for band in bands])
    blur = max(rng.uniform(-1, 1.2), 0)  # pixels; nearly half of the pictures are sharp
    return picture.filter(ImageFilter.BoxBlur(blur))


# One picture


def _epithelial_nuclei(rng: np.random.Generator, grade: float) -> _Nuclei:
    """The nuclei of glands and nests: larger, more various and paler inside with the grade."""
    radius = rng.uniform(3.0, 3.8)
    aspect = rng.uniform(0.55, 0.75)
    density = rng.uniform(130, 215)
    vesicular = rng.uniform(0, 0.3 + 0.5 * grade)
    return _Nuclei(
        radius=radius + 2.4 * grade,
        variety=0.06 + 0.24 * grade,
        aspect=(aspect, 1.0),
        density=density,
        vesicular=vesicular,
    )


def draw(kind: str, *, size: int, rng: np.random.Generator) -> np.ndarray:
    """(size, size, 3) uint8 RGB: one field of a breast biopsy, `FIELD_UM` wide whatever its size.

    For arguments and errors, which all families share, see `lib.phantoms`.
    """
    check_request(kind, size, KINDS)
    grade = rng.beta(*GRADE[kind])
    patterns = list(DIAGNOSES[kind].values())
    pattern = patterns[rng.integers(len(patterns))]
    epithelium = _epithelial_nuclei(rng, grade)

    if pattern.pool is not None:
        spaces, filling = _bodies(rng, POOLS), pattern.pool
    else:
        spaces, filling = _bodies(rng, FAT) if rng.random() < FATTY else [], EMPTY
    bodies = _bodies(rng, pattern)
    across, along = _fibre_course(rng, spaces + bodies)

    dyes = Image.new("RGB", (DRAWN_WIDTH, DRAWN_WIDTH), COLLAGEN)
    section = _Section(rng, ImageDraw.Draw(dyes), _fibre_headings(across))
    section.draw_stroma(pattern, epithelium)
    for space in spaces:
        section.fill_outline(space.centre + space.outline, filling)
    if bodies:
        section.draw_bodies(pattern, bodies, epithelium, LEAST_DISORDER + grade)

    collagen = _collagen_eosin(rng, across, along)
    picture = _photograph(rng, dyes, collagen).resize((size, size), Image.Resampling.HAMMING)
    noise = rng.integers(0, 256, (size, size, 1), np.uint8) >> np.uint8(rng.integers(5, 8))
    return np.asarray(picture) + noise  # a uint8 of at most 255 - NOISE, plus less than NOISE
