"""Phantom breast biopsies: haematoxylin-eosin sections at 200X, drawn from a seed alone.

The kinds differ in whether cells stand in order round a lumen and whether their nuclei look alike.
Points of the tissue are complex micrometres; dyes become colours in the last step only.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

KINDS = ("benign", "malignant")
FIELD_UM = 210.0  # width of what is shown: nuclei come out as large as in BreakHis at 200X
WIDTH, OVERSAMPLING = 224, 2  # pixels of any picture before it is resized; outlines are finer
SCALE = WIDTH * OVERSAMPLING / FIELD_UM  # drawn pixels in a micrometre
CORNERS, COURSE = 64, 40  # of the outline of a gland; cells across the grid of the fibres' course
TABLE = (400, 116)  # cells of collagen texture, 1 um across the fibres by 2.6 um along them
GRADE = {"benign": (1.2, 8.0), "malignant": (6.0, 2.2)}  # beta distributions, which overlap
LEAST_DISORDER = 0.15  # of the most orderly epithelium, on the scale of the grade
HAEMATOXYLIN, EOSIN = (0.98, 1.2, 0.5), (0.1, 0.66, 0.22)  # optical density in red, green, blue
STAIN_STRENGTH, STAIN_HUE = (0.6, 1.25), 0.06  # range of the factor; spread of the density
LAMP, TILT, NOISE = (220, 246), 0.06, 8  # grey levels, relative slope, grey levels
Span = tuple[float, float]  # (low, high) of a uniform draw; a count stays below high
Dye = tuple[int, int, int]  # haematoxylin, eosin, share of collagen; 0 to 255
EMPTY, COLLAGEN, MUCIN, SECRETION = (0, 0, 0), (0, 0, 255), (30, 22, 30), (6, 170, 0)
Bodies = list[tuple[complex, float, np.ndarray]]  # place, radius, (CORNERS,) outline around 0


class _Nuclei(NamedTuple):
    """How the nuclei of one sort of cell look."""

    radius: float  # micrometres, half of the longer axis
    variety: float  # spread of the logarithm of the radius; outline and density vary with it
    aspect: Span  # shorter axis over longer axis
    density: float  # haematoxylin
    vesicular: float = 0.0  # the most of the density that has moved to the membrane


FIBROBLAST = _Nuclei(5.5, 0.25, (0.17, 0.36), 160)
LYMPHOCYTE = _Nuclei(2.8, 0.08, (0.9, 1.0), 220)
MYOEPITHELIUM = _Nuclei(3.8, 0.2, (0.2, 0.4), 180)
NUCLEOLUS, NUCLEOLI = _Nuclei(0.8, 0.1, (0.8, 1.0), 235), 2.0  # their share per unit of variety
MITOSIS, MITOSES = _Nuclei(4.5, 0.3, (0.3, 0.5), 245), 0.1


class _Pattern(NamedTuple):
    """What one diagnosis shows: bodies (glands or nests) and single cells between them."""

    number: Span
    radius: Span  # micrometres
    stretch: Span  # length over width is its square
    raggedness: float
    rows: Span = (0, 0)  # of nuclei from the outside in; what they leave free is the core
    sheath: float = 0.0  # share of the outline that myoepithelium covers
    core: Dye = EMPTY
    pool: Dye | None = None  # what the bodies float in, if it is not the stroma
    fibroblasts: Span = (30, 90)  # in the field, were nothing in front of them
    files: Span = (0, 1)  # of tumour cells, one behind the other along the fibres


ACINI = _Pattern((7, 24), (14, 25), (1.0, 1.2), 0.07, (0.8, 1.9), 0.7)
DUCTS = _Pattern((0, 6), (26, 44), (1.05, 1.4), 0.12, (1.2, 2.8), 0.7, fibroblasts=(60, 200))
NESTS = _Pattern((5, 22), (14, 42), (1.0, 1.35), 0.22, (9, 9), files=(0, 5))
POOLS = _Pattern((1, 4), (60, 110), (1.0, 1.3), 0.15)
FAT, FATTY = _Pattern((2, 10), (17, 30), (1.0, 1.1), 0.04), 0.15  # share of the fields
PATTERNS = {
    "benign": (
        ACINI,  # adenosis
        ACINI._replace(number=(40, 90), radius=(14, 21)),  # tubular adenoma
        DUCTS,  # fibroadenoma: the stroma grows and squeezes the ducts
        DUCTS._replace(radius=(45, 75), fibroblasts=(120, 250)),  # phyllodes tumour
        DUCTS._replace(number=(4, 18), radius=(18, 40), rows=(1, 6)),  # hyperplasia fills the ducts
    ),
    "malignant": (
        NESTS,  # ductal: nests, or sheets that leave the picture
        NESTS._replace(number=(1, 4), radius=(75, 130), rows=(20, 20)),
        NESTS._replace(number=(0, 1), files=(3, 19)),  # lobular
        NESTS._replace(pool=MUCIN),  # mucinous
        NESTS._replace(rows=(2, 4), core=COLLAGEN, pool=EMPTY),  # papillary: fronds in a cavity
        ACINI._replace(raggedness=0.22, sheath=0.0, files=(0, 5)),  # still forms tubules
    ),
}


def _bodies(rng: np.random.Generator, pattern: _Pattern) -> Bodies:
    """Bodies with evenly spaced corners, fewer than asked for where there is no room for all."""
    placed: list[tuple[complex, float]] = []
    for radius in rng.uniform(*pattern.radius, rng.integers(*pattern.number)).tolist():
        at = complex(*rng.uniform(-0.05 * FIELD_UM, 1.05 * FIELD_UM, 2))
        if all(abs(at - other) > 0.85 * radius + reach for other, reach in placed):
            placed.append((at, radius))
    turns, waves, n = np.arange(CORNERS) * (2 * np.pi / CORNERS), np.arange(2, 8), len(placed)
    stretch, phases = rng.uniform(*pattern.stretch, (n, 1)), 2j * np.pi * rng.random((n, 7))
    angles = turns + np.sin(2 * turns) * (stretch**4 - 1) / (stretch**4 + 1) / 4
    bumps = pattern.raggedness / waves * rng.uniform(0.8, 2, (n, 6)) * np.exp(phases[:, 1:])
    ellipses = (stretch * np.cos(angles) + 1j * np.sin(angles) / stretch) * np.exp(phases[:, :1])
    outlines = ellipses * (1 + (bumps @ np.exp(1j * np.outer(waves, turns))).real)
    return [(*body, body[1] * outline) for body, outline in zip(placed, outlines, strict=True)]


def _enlarged(grid: np.ndarray, width: int, height: int, how=Image.BILINEAR) -> np.ndarray:
    return np.asarray(Image.fromarray(grid).resize((width, height), how))


def _course(rng: np.random.Generator, bodies: Bodies) -> tuple[np.ndarray, np.ndarray]:
    """How far across and how far along the fibres each cell of a grid lies, in micrometres."""
    ticks = (np.arange(COURSE) + 0.5) * FIELD_UM / COURSE
    places, heading = ticks + 1j * ticks[:, None], np.exp(2j * np.pi * rng.random())
    grid = (places - places.mean()) / heading
    bend = _enlarged(rng.standard_normal((5, 5), np.float32), COURSE, COURSE, Image.BICUBIC)
    crimp = np.sin(2 * np.pi * grid.real / rng.uniform(22, 50) + 3 * bend)
    across = grid.imag + rng.uniform(4, 16) * bend + rng.uniform(0, 2.2) * crimp
    for at, radius, _ in bodies:  # fibres part round a gland as a stream does round a pillar
        way = (places - at) / heading
        across -= way.imag * np.minimum(radius**2 / (way.real**2 + way.imag**2), 1)
    return np.float32(across), np.float32(grid.real)


class _Section(NamedTuple):
    """The section being drawn, as amounts of dye, and the directions of its fibres."""

    rng: np.random.Generator
    pen: ImageDraw.ImageDraw
    fibres: np.ndarray  # (COURSE, COURSE) complex, of length 1

    def along(self, points: np.ndarray, scatter: float) -> np.ndarray:
        places = np.stack([points.imag, points.real]) * (COURSE / FIELD_UM)
        row, column = np.clip(places, 0, COURSE - 1).astype(int)
        swing = scatter * self.rng.standard_normal(len(points))
        return self.fibres[row, column] * np.exp(1j * swing)

    def shape(self, outline: np.ndarray, dye: Dye) -> None:
        self.pen.polygon((outline * SCALE).view(float).tolist(), dye)

    def nuclei(self, at: np.ndarray, heading: np.ndarray, look: _Nuclei) -> None:
        """Nuclei at (n,) points, their long axes along (n,) headings."""
        at, heading = np.stack([at, heading])[:, abs(at / FIELD_UM - (0.5 + 0.5j)) < 0.75]
        rng, n, angles = self.rng, len(at), np.arange(11) * (2 * np.pi / 11)
        turn = heading * look.radius * np.exp(look.variety * rng.standard_normal(n))
        ellipses = np.cos(angles) + 1j * rng.uniform(*look.aspect, (n, 1)) * np.sin(angles)
        dents = 1 + 0.2 * look.variety * rng.standard_normal((n, 11))
        corners = (at[:, None] + turn[:, None] * dents * ellipses) * SCALE
        rim = np.clip(look.density * rng.normal(1, 0.8 * look.variety, n), 60, 250)
        fill = rim * (1 - look.vesicular * rng.uniform(0.4, 1, n))
        # Pillow packs a colour into one number, red lowest; green, the eosin, is 45 here.
        dyes = (np.stack([fill, rim], 1).astype(int) + (45 << 8)).tolist()
        for corner, dye in zip(corners.view(float).tolist(), dyes, strict=True):
            self.pen.polygon(corner, *dye)

    def epithelium(self, at: np.ndarray, heading: np.ndarray, look: _Nuclei) -> None:
        self.nuclei(at, heading, look)
        for mark, share in ((NUCLEOLUS, NUCLEOLI), (MITOSIS, MITOSES)):
            few = self.rng.random(len(at)) < share * look.variety
            self.nuclei(at[few] + heading[few], heading[few], mark)

    def stroma(self, pattern: _Pattern, look: _Nuclei) -> None:
        """Fibroblasts, inflammation, and tumour cells that trickle along the fibres."""
        rng = self.rng
        for number, cell in ((pattern.fibroblasts, FIBROBLAST), ((0, 20), LYMPHOCYTE)):
            at = rng.uniform(0, FIELD_UM, (rng.integers(*number), 2)) @ [1, 1j]
            self.nuclei(at, self.along(at, 0.2), cell)
        files = [rng.uniform(0, FIELD_UM, (rng.integers(*pattern.files), 2)) @ [1, 1j]]
        for _ in range(rng.integers(4, 12)):
            files.append(files[-1] + 2.4 * look.radius * self.along(files[-1], 0.15))
        at = np.concatenate(files)
        self.epithelium(at, self.along(at, 0.3), look)

    def fill(self, pattern: _Pattern, bodies: Bodies, look: _Nuclei, disorder: float) -> None:
        """Glands or nests, the nuclei of their epithelium as disordered as given."""
        rng, step = self.rng, 2 * look.radius * self.rng.uniform(0.95, 1.2)
        cytoplasm, lining = (rng.integers(20, 50), rng.integers(60, 110), 0), []
        for at, radius, outline in bodies:
            # Tissue shrinks when it is fixed, which leaves a cleft at one side of a body.
            cleft = rng.exponential(1.5) * np.exp(2j * np.pi * rng.random())
            self.shape(at + cleft + outline * (1 + abs(cleft) / radius), EMPTY)
            self.shape(at + outline, cytoplasm)
            rows = rng.uniform(*pattern.rows)
            core = pattern.core if rng.random() < 0.8 else SECRETION
            self.shape(at + outline * max(1 - (rows * step + 2) / radius, 0), core)
            for depth in np.arange(0.55, min(rows, radius / step)) * step:
                ring = np.roll(outline, rng.integers(CORNERS)) * (1 - depth / radius)
                lining.append(_row(at, ring, step * rng.uniform(0.8, 1)))
        if pattern.sheath:
            at, outward = np.hstack([_row(*body[::2], 8 / pattern.sheath) for body in bodies])
            self.nuclei(at, 1j * outward, MYOEPITHELIUM)
        at, outward = np.hstack(lining)
        x, y, swing = disorder * rng.standard_normal((3, len(at)))
        self.epithelium(at + step / 4 * (x + 1j * y), outward * np.exp(1j * swing), look)


def _row(at: complex, ring: np.ndarray, spacing: float) -> np.ndarray:
    """(2, n): places on a ring around a point, and the directions outward there."""
    number = max(round(CORNERS * abs(ring[1] - ring[0]) / spacing), 1)
    picked = ring[(np.arange(number) * CORNERS / number).astype(int)]
    return np.stack([at + picked, picked / np.abs(picked)])


def _collagen(rng: np.random.Generator, course: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(WIDTH, WIDTH) eosin in pure collagen: strands in bundles in patches, or dense as glass."""
    seeds = (rng.standard_normal((108 // n, 18 // n)).repeat(n, 0).repeat(n, 1) for n in (1, 3, 9))
    table = _enlarged(np.float32(sum(seeds)), *TABLE[::-1], Image.BICUBIC)
    across, along = (_enlarged(way, WIDTH, WIDTH) for way in course)
    row, column = across + TABLE[0] / 2, along / 2.6 + TABLE[1] / 2
    cells = row.astype(np.intp) * TABLE[1] + column.astype(np.intp)
    texture, loose = table.take(cells, mode="clip"), rng.random()
    return np.clip((0.06 + 0.2 * loose) * texture + rng.uniform(0.5, 0.85) - loose / 4, 0, 1.4)


def _photograph(rng: np.random.Generator, dyes: Image.Image, collagen: np.ndarray) -> Image.Image:
    """What the dyes let through, by Beer and Lambert; no two laboratories stain alike."""
    blue, pink, pure = (np.float32(band) / 255 for band in dyes.reduce(OVERSAMPLING).split())
    grain = _enlarged(rng.random((WIDTH // 2,) * 2, np.float32), WIDTH, WIDTH) - np.float32(0.5)
    pink = pink * (1 - 0.8 * grain) + pure * collagen * (1 - 0.4 * grain)
    slopes = np.float32(rng.normal(0, TILT, (2, 1)) * np.linspace(-0.5, 0.5, WIDTH))
    density = np.stack([blue * (1 + 0.7 * grain), pink, np.add.outer(*slopes)]).reshape(3, -1)
    stains = np.array([HAEMATOXYLIN, EOSIN]) + rng.normal(0, STAIN_HUE, (2, 3))
    stains = np.vstack([stains * rng.uniform(*STAIN_STRENGTH, (2, 1)), np.ones(3)])
    light = np.exp(np.float32(-stains.T) @ density) * np.float32(rng.uniform(*LAMP, (3, 1)))
    light = np.minimum(light, 255 - NOISE).astype(np.uint8).reshape(3, WIDTH, WIDTH)
    picture = Image.merge("RGB", [Image.fromarray(plane) for plane in light])
    return picture.filter(ImageFilter.BoxBlur(max(rng.uniform(-1, 1.2), 0)))  # half are sharp


def draw(kind: str, *, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one field of a breast biopsy, `FIELD_UM` wide, as (size, size, 3) uint8 RGB.

    Raises:
        ValueError: For an unknown `kind` or a `size` below 16 pixels.
    """
    if kind not in KINDS or size < 16:
        raise ValueError(f"{kind!r} of {size} pixels; known: {', '.join(KINDS)}, from 16 pixels")
    grade, pattern = rng.beta(*GRADE[kind]), PATTERNS[kind][rng.integers(len(PATTERNS[kind]))]
    low, high = (3.0, 0.55, 130, 0), (3.8, 0.75, 215, 0.3 + 0.5 * grade)
    radius, aspect, density, vesicular = rng.uniform(low, high).tolist()
    look = _Nuclei(radius + 2.4 * grade, 0.06 + 0.24 * grade, (aspect, 1.0), density, vesicular)
    spaces, dye = (POOLS, pattern.pool) if pattern.pool else (FAT, EMPTY)
    holes = _bodies(rng, spaces) if pattern.pool or rng.random() < FATTY else []
    bodies = _bodies(rng, pattern)
    course = _course(rng, holes + bodies)
    down, right = np.gradient(course[0])
    dyes = Image.new("RGB", (WIDTH * OVERSAMPLING,) * 2, COLLAGEN)
    section = _Section(rng, ImageDraw.Draw(dyes), np.exp(1j * np.arctan2(-right, down)))
    section.stroma(pattern, look)
    for at, _, outline in holes:
        section.shape(at + outline, dye)
    if bodies:
        section.fill(pattern, bodies, look, LEAST_DISORDER + grade)
    picture = _photograph(rng, dyes, _collagen(rng, course)).resize((size, size), Image.HAMMING)
    noise = rng.integers(0, 256, (size, size, 1), np.uint8) >> np.uint8(rng.integers(5, 8))
    return np.asarray(picture) + noise
