"""Phantom mammograms: mediolateral-oblique films of one breast, drawn from a seed alone.

A film adds up what lies in the beam: planes of attenuation are summed before the film responds, so
dense gland hides a mass, and in a normal breast tissue that overlaps may look like one.

Places are complex numbers in millimetres, chest wall at x = 0, y downwards; a left breast is
mirrored at the end. A plane is (CANVAS, CANVAS), of attenuation where nothing else is said.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from lib.phantoms.drawing import DRIFT, check_request, coordinates, grey_levels, resized

KINDS = ("benign", "malignant", "normal")

# The film
FIELD_MM = 160.0  # height and width of the film that the picture shows
CANVAS = 224  # pixels a side: every film is drawn at this size, then resized
PER_MM = CANVAS / FIELD_MM  # pixels
PEN = 2  # lines are drawn this much larger and averaged down, or hair-thin strands would break
WHITEST = 240  # grey level of film that no X-ray reached
MARGIN = 20  # pixels of the canvas by which a finding stays clear of the border of the film

# Attenuation; dense gland adds about 1 to that of fat
FAT = 0.72
SKIN = 0.06
CALCIUM = 1.3
COMPRESSED_MM = 15  # from the skin inwards, until the breast fills the gap between the plates

# The lead marker of side and view, in pixels of the canvas
PLATE_SIZE = (26, 34)  # as lettered; it is then turned and shrunk, which softens the letters
MARKER_SIZE = (20, 26)
MARKER_FONT = ImageFont.load_default(15)

# What a finding is like: (low, high) of a uniform draw for benign, malignant and normal. A value
# below 0 counts as 0: such a finding shows none of it.
RANGES = {
    "radius_mm": ((9, 18), (9, 17), (9, 18)),
    "density": ((0.8, 1.4), (0.8, 1.4), (-0.3, 0.0)),  # attenuation on top of other tissue
    "core": ((0.0, 0.3), (0.3, 0.8), (0.0, 0.5)),  # how much denser the middle is than the rest
    "softness": ((0.1, 0.28), (0.35, 0.7), (0.4, 0.8)),  # width of the margin, in radii
    "irregularity": ((0.01, 0.06), (0.16, 0.34), (0.15, 0.3)),  # of the ellipse, in radii
    "halo": ((-0.1, 0.16), (-0.1, 0.02), (-0.1, 0.02)),  # depth of a dark rim of displaced fat
    "spicules": ((-4, 3), (20, 50), (-8, 3)),  # how many
    "reach": ((1.0, 1.4), (2.4, 3.8), (1.2, 2.0)),  # of the longest spicules, in radii
    "retraction": ((0.0, 0.1), (0.1, 0.5), (0.0, 0.15)),  # of strands nearby, share of the way
    "popcorn": ((-12, 6), (-16, 3), (-22, 3)),  # coarse calcifications in the mass
    "specks": ((-30, 6), (-14, 28), (-40, 5)),  # microcalcifications in a cluster
    "rim": ((-40, 14), (-40, 2), (-40, 2)),  # calcifications along the margin
}


class _Finding(NamedTuple):
    """One value of each of `RANGES`."""

    radius_mm: float
    density: float
    core: float
    softness: float
    irregularity: float
    halo: float
    spicules: float
    reach: float
    retraction: float
    popcorn: float
    specks: float
    rim: float


class _Calcifications(NamedTuple):
    """What one sort of calcifications looks like."""

    scatter_radii: float  # standard deviation round the middle of the finding, or round its arc
    scatter_mm: float  # the same where it does not grow with the finding
    pen_mm: tuple[float, float]  # range of the width of a dot


POPCORN = _Calcifications(scatter_radii=0.3, scatter_mm=0, pen_mm=(0.8, 2.0))
SPECKS = _Calcifications(scatter_radii=0.8, scatter_mm=0, pen_mm=(0.45, 0.75))
RIM = _Calcifications(scatter_radii=0.05, scatter_mm=0, pen_mm=(0.4, 0.9))
STRAYS = _Calcifications(scatter_radii=0, scatter_mm=35, pen_mm=(0.25, 0.7))  # of every breast
CALCIFICATIONS = (POPCORN, SPECKS, RIM, STRAYS)

PATH_POINTS = 7  # of a duct, a ligament, a vessel or a spicule
# Where the middles of the pixels of a row or a column lie
TICKS_MM = (np.arange(CANVAS, dtype=np.float32) + np.float32(0.5)) / np.float32(PER_MM)


class _Strands(NamedTuple):
    """Thin things in the beam: ducts, ligaments, vessels, spicules, and calcium wound up to dots."""

    paths: np.ndarray  # (n, PATH_POINTS) complex, in millimetres
    width_mm: np.ndarray  # (n,)
    attenuation: np.ndarray  # (n,)


# Noise, curves and outlines


def _noise(
    rng: np.random.Generator, high: int, wide: int, octaves: int, share: float
) -> np.ndarray:
    """Noise of `high` x `wide` bumps; each octave is twice as fine and `share` times as deep.

    Returns:
        A plane of `high` x `wide`, twice as large for each octave.
    """
    plane, depth = rng.standard_normal((high, wide), np.float32), 1.0
    for _ in range(octaves):
        high, wide, depth = 2 * high, 2 * wide, share * depth
        finer = rng.standard_normal((high, wide), np.float32)
        plane = resized(plane, high, wide) + np.float32(depth) * finer
    return plane


def _curve(*handles: np.ndarray | complex, points: int) -> np.ndarray:
    """(..., points) of the cubic Bezier curves with these four handles."""
    t = np.linspace(0, 1, points)
    weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
    return np.stack(handles, axis=-1) @ np.array(weights)


def _swerving(
    rng: np.random.Generator, start: np.ndarray, way: np.ndarray, swerve: float, points: int
) -> np.ndarray:
    """(n, points) of curves that start at `start`, lead along `way` and swerve.

    Args:
        start: (n,) places, or one.
        way: (n,) from each start to its end.
        swerve: Standard deviation of the inner handles, as a share of the curve's length.
    """
    near, far = np.array([[1 / 3], [2 / 3]]) + 1j * rng.normal(0, swerve, (2, len(way)))
    return _curve(start, start + near * way, start + far * way, start + way, points=points)


def _filled(outline: np.ndarray, blur_mm: float) -> np.ndarray:
    """(CANVAS, CANVAS) in [0, 1]: the inside of an outline, its edge softened.

    It is drawn at half size, as no edge remains sharp.
    """
    layer = Image.new("L", (CANVAS // 2, CANVAS // 2))
    ImageDraw.Draw(layer).polygon(coordinates(outline * (PER_MM / 2)), fill=255)
    blurred = layer.filter(ImageFilter.GaussianBlur(blur_mm * PER_MM / 2))
    return np.asarray(blurred.resize((CANVAS, CANVAS), Image.Resampling.BILINEAR), np.float32) / 255


# The breast


def _breast_outline(rng: np.random.Generator) -> tuple[np.ndarray, complex]:
    """The skin from the armpit over the nipple to the fold below; and where the nipple is."""
    nipple = complex(rng.uniform(72, 122), rng.uniform(78, 105))
    fold = complex(rng.uniform(-15, 20), rng.uniform(145, 178))
    armpit = rng.uniform(0.35 * nipple.real, 0.65 * nipple.real)  # how far from the chest wall
    slimness = rng.uniform(0.7, 1.0)
    above = nipple - rng.uniform(35, 50) * 1j
    below = nipple + rng.uniform(25, 45) * 1j
    shoulder = complex(armpit * slimness, 0.3 * nipple.imag)
    upper = _curve(armpit - 9j, shoulder, above, nipple, points=24)
    belly = fold + rng.uniform(0.4, 0.8) * nipple.real
    lower = _curve(nipple, below, belly, fold, points=24)
    teat = nipple + rng.uniform(-2.5, 1.5) + 2.5 * np.exp(1j * np.linspace(-1.5, 1.5, 7))
    return np.concatenate([upper, teat, lower, [fold - 60, -60 - 9j]]), nipple


def _thickness_and_cover(
    rng: np.random.Generator, outline: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Thickness of the breast in [0, 1], and the attenuation of skin and pectoral muscle."""
    inside = _filled(outline, 1.4)
    # A wide blur tells how near the skin is, where the breast bulges out of the plates.
    bulge = 1 - np.clip(2.2 * _filled(outline, COMPRESSED_MM) - 0.9, 0, 1)
    thickness = inside * (1 - 0.9 * bulge * bulge)
    # The beam grazes the skin at the edge, where `inside` is neither 0 nor 1.
    skin = 4 * SKIN * (1 - inside)
    return thickness, inside * (skin + _pectoral_muscle(rng))


def _pectoral_muscle(rng: np.random.Generator) -> np.ndarray:
    """Attenuation of the bright wedge in the upper corner at the chest wall, fading downwards."""
    top, low = rng.uniform(22, 58), rng.uniform(45, 110)  # its extent along both borders
    edge = _curve(top - 5j, complex(top, low / 3), complex(top / 2, low * 0.6), low * 1j, points=9)
    wedge = np.append(edge, [-9 + low * 1j, -9 - 5j])
    muscle = _filled(wedge, rng.uniform(0.8, 2.5))
    return muscle * (1 - TICKS_MM[:, None] / (2 * FIELD_MM)) * rng.uniform(0.35, 0.95)


def _gland(rng: np.random.Generator, nipple: complex) -> np.ndarray:
    """Attenuation of the fibroglandular disc behind the nipple, from wispy to confluent."""
    density = 0.9 * rng.beta(0.9, 1.4)
    share = rng.uniform(0.38, 0.52)  # of the depth of the breast
    middle = complex(nipple.real * (1 - share), nipple.imag + rng.normal(-6, 6))
    depth = nipple.real * share * rng.uniform(0.75, 1)  # half axes
    height = rng.uniform(24, 46)
    ticks = TICKS_MM[::2]  # at half size: gland has no fine detail
    grid = (ticks - middle.real) / depth + 1j * ((ticks - middle.imag) / height)[:, None]
    # Bumps wider than high: lobules line up with the ducts, which run towards the nipple.
    lumps = resized(_noise(rng, 10, 7, 4, 0.6), CANVAS // 2, CANVAS // 2)
    # Bright where the noise crosses 0, which is along lines.
    webs = np.exp(-3 * np.abs(resized(_noise(rng, 16, 10, 3, 0.45), CANVAS // 2, CANVAS // 2)))
    zone = 1 / (1 + np.exp((np.abs(grid) - 0.95 - 0.2 * lumps) / np.float32(0.16)))
    gland = zone * (density * (0.85 + 0.2 * lumps) + 0.28 * webs) + 0.03 * lumps
    return resized(gland, CANVAS, CANVAS)


def _breast_strands(rng: np.random.Generator, nipple: complex) -> _Strands:
    """Ducts, which start at the nipple; ligaments and vessels, which start anywhere."""
    ducts, others = rng.integers((12, 110), (26, 220))  # from, and below
    number = ducts + others
    origins = nipple - rng.uniform(3, 14, ducts) * np.exp(1j * rng.normal(0, 0.4, ducts))
    x, y = rng.uniform((0, 10), (nipple.real, FIELD_MM), (others, 2)).T
    # All lead away from a point behind the nipple; ducts are twice as long.
    start = np.append(origins, x + 1j * y)
    away = (start - nipple - 12) * np.exp(1j * rng.normal(0, 0.45, number))
    way = away / abs(away) * rng.uniform(6, 32, number) * np.repeat([2, 1], [ducts, others])
    width = rng.uniform(0.2, 0.9, number)
    attenuation = 0.04 + 0.3 * rng.beta(1, 3.5, number)
    return _Strands(_swerving(rng, start, way, 0.13, PATH_POINTS), width, attenuation)


# The finding


def _finding_and_site(
    kind: str, rng: np.random.Generator, free: np.ndarray
) -> tuple[_Finding, complex]:
    """A finding, drifted some way from its kind towards another, and the place of its middle.

    Args:
        free: (CANVAS, CANVAS) bool: where a finding may be.
    """
    ranges = np.array([*RANGES.values()])  # (value, kind, low or high)
    own = KINDS.index(kind)
    drift = rng.beta(*DRIFT)
    other = own - rng.integers(1, 3)
    low, high = ((1 - drift) * ranges[:, own] + drift * ranges[:, other]).T
    inner = np.zeros_like(free)
    inner[MARGIN:-MARGIN, MARGIN:-MARGIN] = free[MARGIN:-MARGIN, MARGIN:-MARGIN]
    row, column = np.divmod(rng.choice(np.flatnonzero(inner)), CANVAS)
    values = rng.uniform(low, high).clip(0).tolist()
    finding = _Finding(**dict(zip(RANGES, values, strict=True)))
    return finding, complex(column, row) / PER_MM


def _mass(rng: np.random.Generator, finding: _Finding, site: complex) -> np.ndarray:
    """Attenuation of the body of a mass and of the halo around it."""
    plane = np.zeros((CANVAS, CANVAS), np.float32)
    reach = 2.6 * finding.radius_mm  # beyond which nothing of it is left
    x, y = (np.flatnonzero(abs(TICKS_MM - middle) < reach) for middle in (site.real, site.imag))
    turn = finding.radius_mm * np.exp(1j * rng.uniform(0, np.pi))
    grid = ((TICKS_MM[x] - site.real) + 1j * (TICKS_MM[y] - site.imag)[:, None]) / turn
    grid.imag *= rng.uniform(1, 1.45)  # an ellipse
    ragged = resized(_noise(rng, 8, 8, 2, 0.5), len(y), len(x))
    distance = np.abs(grid) + finding.irregularity * ragged  # 1 at the margin
    body = finding.density / (1 + np.exp(2 * (distance - 1) / finding.softness))
    core = 1 + finding.core * np.exp(-2 * distance * distance)
    halo = finding.halo * np.exp(-(((distance - 1.2) / 0.12) ** 2))
    plane[np.ix_(y, x)] = body * core - halo
    return plane


def _spicules(rng: np.random.Generator, finding: _Finding, site: complex) -> _Strands:
    """Strands out of a mass: bundled, not evenly spread, thinner and fainter outwards."""
    number = round(finding.spicules)
    bundles = rng.uniform(0, 2 * np.pi, 9)
    angles = rng.choice(bundles, number) + rng.normal(0, 0.25, number)
    way = finding.radius_mm * np.exp(1j * angles)
    length = finding.reach * rng.uniform(0.45, 1, number) - 0.5
    paths = _swerving(rng, site + 0.5 * way, length * way, 0.08, 2 * PATH_POINTS - 1)
    width, attenuation = rng.uniform((0.4, 0.2), (1.3, 0.58), (number, 2)).T
    attenuation = attenuation * min(1, finding.density + 0.3)
    # Each is drawn twice: its inner half, and thin and faint in its full length.
    return _Strands(
        np.vstack([paths[:, :PATH_POINTS], paths[:, ::2]]),
        np.append(width, width / 2),
        np.append(attenuation, attenuation / 2),
    )


def _drawn_in(strands: _Strands, finding: _Finding, site: complex) -> _Strands:
    """The strands once a shrinking tumour has pulled at them: architectural distortion."""
    away = strands.paths - site
    # The pull is strongest at the tumour and gone within a few of its radii.
    pull = finding.retraction * np.exp(-((np.abs(away) / (2.6 * finding.radius_mm)) ** 2))
    return strands._replace(paths=site + (1 - pull) * away)


def _calcifications(rng: np.random.Generator, finding: _Finding, site: complex) -> _Strands:
    """Popcorn, specks, grains along the rim and strays anywhere: strands wound up to a dot."""
    radius = finding.radius_mm
    counts = (finding.popcorn, finding.specks, finding.rim, rng.uniform(0, 3))
    sorts = np.repeat(range(len(CALCIFICATIONS)), [round(count) for count in counts])
    number = len(sorts)
    on_rim = sorts == CALCIFICATIONS.index(RIM)
    arc = radius * np.exp(1j * rng.uniform(0, 4.5, number)) * on_rim  # three quarters of a turn
    scatter = [sort.scatter_radii * radius + sort.scatter_mm for sort in CALCIFICATIONS]
    scatter = np.array(scatter)[sorts]
    centres = site + arc + scatter * (rng.normal(size=(number, 2)) @ (1, 1j))
    low, high = np.array([sort.pen_mm for sort in CALCIFICATIONS])[sorts].T
    width = rng.uniform(low, high)
    # A circle whose radius is half the pen, so that the pen fills it.
    circle = np.exp(1j * np.linspace(0, 2 * np.pi, PATH_POINTS))
    dots = centres[:, None] + width[:, None] / 2 * circle
    return _Strands(dots, width, CALCIUM * rng.uniform(0.5, 1, number))


# The film


def _together(*groups: _Strands) -> _Strands:
    return _Strands(*(np.concatenate(parts) for parts in zip(*groups, strict=True)))


def _stroked(strands: _Strands) -> np.ndarray:
    """(CANVAS, CANVAS) attenuation of strands: the densest wins where several cross."""
    layer = Image.new("L", (CANVAS * PEN, CANVAS * PEN))
    pen = ImageDraw.Draw(layer)
    densest_last = np.argsort(strands.attenuation)
    points, widths_mm, attenuations = (part[densest_last] for part in strands)
    paths = coordinates(points * (PER_MM * PEN))
    greys = np.rint(attenuations * (255 / CALCIUM)).clip(1).astype(int)
    widths = np.rint(widths_mm * (PER_MM * PEN)).clip(1).astype(int)
    for path, grey, width in zip(paths, greys.tolist(), widths.tolist(), strict=True):
        pen.line(path, fill=grey, width=width)
    return np.asarray(layer.reduce(PEN), np.float32) * np.float32(CALCIUM / 255)


def _attenuation(
    kind: str, anatomy: np.random.Generator, pathology: np.random.Generator
) -> np.ndarray:
    """(CANVAS, CANVAS) of everything in the beam, chest wall to the left.

    Args:
        anatomy: The source of chance of the breast.
        pathology: That of the finding.
    """
    outline, nipple = _breast_outline(anatomy)
    thickness, cover = _thickness_and_cover(anatomy, outline)
    tissue = FAT + _gland(anatomy, nipple)
    strands = _breast_strands(anatomy, nipple)
    # Where the breast is thick, and off the muscle.
    finding, site = _finding_and_site(kind, pathology, (thickness > 0.8) & (cover < 0.1))
    spicules = _spicules(pathology, finding, site)
    calcifications = _calcifications(pathology, finding, site)
    strands = _together(_drawn_in(strands, finding, site), spicules, calcifications)
    return thickness * (tissue + _mass(pathology, finding, site) + _stroked(strands)) + cover


def _marker(rng: np.random.Generator, side: str) -> Image.Image:
    """A lead plate with the side and the view, away from the chest wall on a black film."""
    plate = Image.new("L", PLATE_SIZE, 250)
    middle = (PLATE_SIZE[0] // 2, PLATE_SIZE[1] // 2 - 1)
    ImageDraw.Draw(plate).text(
        middle, f"{side}\nML", fill=30, font=MARKER_FONT, anchor="mm", spacing=1, align="center"
    )
    plate = plate.rotate(rng.normal(0, 4), Image.Resampling.BICUBIC, expand=True).resize(
        MARKER_SIZE
    )
    film = Image.new("L", (CANVAS, CANVAS))
    x, y = np.rint(rng.uniform((180, -4), (199, 17))).astype(int).tolist()
    film.paste(plate, (x if side == "R" else CANVAS - MARKER_SIZE[0] - x, y))
    return film


def _developed(rng: np.random.Generator, attenuation: np.ndarray) -> np.ndarray:
    """Grey levels of the film: exposure, fog, grain, the side and its marker."""
    film = WHITEST * (1 - np.exp(-rng.uniform(0.85, 1.3) * attenuation))
    grain = rng.standard_normal(film.shape, np.float32) * rng.uniform(2, 5)
    fog = rng.uniform(1, 8)
    film += fog + grain * (0.3 + film / 255)
    side = "R" if rng.random() < 0.5 else "L"
    if side == "L":
        film = film[:, ::-1]
    return np.maximum(film, np.asarray(_marker(rng, side))) if rng.random() < 0.5 else film


def draw(kind: str, *, size: int, rng: np.random.Generator) -> np.ndarray:
    """(size, size, 3) uint8, three equal channels: a film of a left or a right breast.

    The picture always shows `FIELD_MM` millimetres.
    For arguments and errors, which all families share, see `lib.phantoms`.
    """
    check_request(kind, size, KINDS)
    # A stream each, so that a seed shows the same breast and film whatever is found in it.
    seeds = rng.integers(2**63, size=3).tolist()
    anatomy, pathology, film = map(np.random.default_rng, seeds)
    developed = _developed(film, _attenuation(kind, anatomy, pathology))
    grey = grey_levels(np.rint(resized(developed, size, size)))
    return np.repeat(grey[..., None], 3, axis=2)
