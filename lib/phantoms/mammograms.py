"""Phantom mammograms: mediolateral-oblique films of one breast, drawn from a seed alone.

A film adds up what lies in the beam: planes of attenuation are summed before the film responds, so
dense gland hides a mass, and in a normal breast tissue that overlaps may look like one. Places are
complex numbers in millimetres, chest wall at x = 0; a left breast is mirrored at the end.
"""

from collections import namedtuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

KINDS = ("benign", "malignant", "normal")
FIELD_MM = 160.0  # height and width of the film that the picture shows
CANVAS = 224  # pixels a side: every film is drawn at this size, then resized
PER_MM = CANVAS / FIELD_MM
PEN = 2  # lines are drawn this much larger and averaged down, or hair-thin strands would break
FAT, SKIN, CALCIUM = 0.72, 0.06, 1.3  # attenuation; dense gland adds about 1 to that of fat
COMPRESSED_MM = 15  # from the skin inwards, until the breast fills the gap between the plates
MARGIN = 20  # pixels of the canvas by which a finding stays clear of the border of the film
WHITEST = 240  # grey level of film that no X-ray reached
DRIFT = (1.0, 5.0)  # beta distribution of the way to another kind; past 1/2 in 1 film of 32
_RANGES = {  # (low, high) of a uniform draw: benign, malignant, normal; below 0 is absent
    "radius_mm": ((9, 18), (9, 17), (9, 18)),
    "density": ((0.8, 1.4), (0.8, 1.4), (-0.3, 0.0)),  # attenuation on top of other tissue
    "core": ((0.0, 0.3), (0.3, 0.8), (0.0, 0.5)),  # how much denser the middle is than the rest
    "softness": ((0.1, 0.28), (0.35, 0.7), (0.4, 0.8)),  # width of the margin, in radii
    "irregularity": ((0.01, 0.06), (0.16, 0.34), (0.15, 0.3)),  # of the ellipse, in radii
    "halo": ((-0.1, 0.16), (-0.1, 0.02), (-0.1, 0.02)),  # depth of a dark rim of displaced fat
    "spicules": ((-4, 3), (20, 50), (-8, 3)),
    "reach": ((1.0, 1.4), (2.4, 3.8), (1.2, 2.0)),  # of the longest spicules, in radii
    "retraction": ((0.0, 0.1), (0.1, 0.5), (0.0, 0.15)),  # of strands nearby, share of the way
    "popcorn": ((-12, 6), (-16, 3), (-22, 3)),  # coarse calcifications in the mass
    "specks": ((-30, 6), (-14, 28), (-40, 5)),  # microcalcifications in a cluster
    "rim": ((-40, 14), (-40, 2), (-40, 2)),  # calcifications along the margin
}
_Finding = namedtuple("_Finding", _RANGES)
_FONT = ImageFont.load_default(15)
_TICKS = (np.arange(CANVAS, dtype=np.float32) + np.float32(0.5)) / np.float32(PER_MM)


def _stretched(plane: np.ndarray, high: int = CANVAS, wide: int = CANVAS) -> np.ndarray:
    return np.asarray(Image.fromarray(plane).resize((wide, high), Image.BICUBIC))


def _cloud(rng: np.random.Generator, high: int, wide: int, octaves: int, share: float):
    """Noise of `high` x `wide` bumps; each octave is twice as fine and `share` times as deep."""
    plane, depth = rng.standard_normal((high, wide), np.float32), 1.0
    for _ in range(octaves):
        high, wide, depth = 2 * high, 2 * wide, share * depth
        finer = rng.standard_normal((high, wide), np.float32)
        plane = _stretched(plane, high, wide) + np.float32(depth) * finer
    return plane


def _curve(*handles: np.ndarray | complex, points: int) -> np.ndarray:
    """(..., points) of the cubic Bezier curves with these four handles."""
    t = np.linspace(0, 1, points)
    weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
    return np.stack(handles, axis=-1) @ np.array(weights)


def _bent(rng: np.random.Generator, at: np.ndarray, way: np.ndarray, swerve: float, points: int):
    """(n, points) of curves from `at` along `way`, which swerve by a share of their length."""
    near, far = np.array([[1 / 3], [2 / 3]]) + 1j * rng.normal(0, swerve, (2, len(way)))
    return _curve(at, at + near * way, at + far * way, at + way, points=points)


def _pixels(points: np.ndarray, per_mm: float) -> list:
    """[x, y, x, y, ...] along the last axis: the form that Pillow draws fastest."""
    return np.ascontiguousarray(points * per_mm, complex).view(float).tolist()


def _filled(outline: np.ndarray, *blurs_mm: float) -> list[np.ndarray]:
    """The inside of an outline, once per blur; drawn at half size, as no edge remains sharp."""
    layer = Image.new("L", (CANVAS // 2,) * 2)
    ImageDraw.Draw(layer).polygon(_pixels(outline, PER_MM / 2), fill=255)
    blurred = (layer.filter(ImageFilter.GaussianBlur(mm * PER_MM / 2)) for mm in blurs_mm)
    return [
        np.asarray(one.resize((CANVAS,) * 2, Image.BILINEAR), np.float32) / 255 for one in blurred
    ]


def _outline(rng: np.random.Generator) -> tuple[np.ndarray, complex]:
    """The skin from the armpit over the nipple to the fold below; and where the nipple is."""
    depth, level = rng.uniform((72, 78), (122, 105))
    nipple, fold = complex(depth, level), complex(*rng.uniform((-15, 145), (20, 178)))
    armpit, slim = rng.uniform((0.35 * depth, 0.7), (0.65 * depth, 1.0))
    above, below = nipple - rng.uniform(35, 50) * 1j, nipple + rng.uniform(25, 45) * 1j
    upper = _curve(armpit - 9j, complex(armpit * slim, 0.3 * level), above, nipple, points=24)
    lower = _curve(nipple, below, fold + rng.uniform(0.4, 0.8) * depth, fold, points=24)
    teat = nipple + rng.uniform(-2.5, 1.5) + 2.5 * np.exp(1j * np.linspace(-1.5, 1.5, 7))
    return np.concatenate([upper, teat, lower, [fold - 60, -60 - 9j]]), nipple


def _shadow(rng: np.random.Generator, outline: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Thickness of the breast in [0, 1], and the attenuation of skin and pectoral muscle."""
    wide, edge = _filled(outline, COMPRESSED_MM, 1.4)
    bulge = 1 - np.clip(2.2 * wide - 0.9, 0, 1)
    top, low = rng.uniform((22, 45), (58, 110))
    belly = _curve(top - 5j, complex(top, low / 3), complex(top / 2, low * 0.6), low * 1j, points=9)
    (muscle,) = _filled(np.append(belly, [-9 + low * 1j, -9 - 5j]), rng.uniform(0.8, 2.5))
    muscle = muscle * (1 - _TICKS[:, None] / (2 * FIELD_MM)) * rng.uniform(0.35, 0.95)
    return edge * (1 - 0.9 * bulge * bulge), edge * (4 * SKIN * (1 - edge) + muscle)


def _gland(rng: np.random.Generator, nipple: complex) -> np.ndarray:
    """Attenuation of the fibroglandular disc behind the nipple, from wispy to confluent."""
    density, share = 0.9 * rng.beta(0.9, 1.4), rng.uniform(0.38, 0.52)
    middle = complex(nipple.real * (1 - share), nipple.imag + rng.normal(-6, 6))
    deep, high = nipple.real * share * rng.uniform(0.75, 1), rng.uniform(24, 46)
    grid = (_TICKS[::2] - middle.real) / deep + 1j * ((_TICKS[::2] - middle.imag) / high)[:, None]
    # Bumps wider than high: lobules line up with the ducts, which run towards the nipple.
    lumps = _stretched(_cloud(rng, 10, 7, 4, 0.6), CANVAS // 2, CANVAS // 2)
    webs = np.exp(-3 * np.abs(_stretched(_cloud(rng, 16, 10, 3, 0.45), CANVAS // 2, CANVAS // 2)))
    zone = 1 / (1 + np.exp((np.abs(grid) - 0.95 - 0.2 * lumps) / np.float32(0.16)))
    return _stretched(zone * (density * (0.85 + 0.2 * lumps) + 0.28 * webs) + 0.03 * lumps)


def _strands(rng: np.random.Generator, nipple: complex) -> np.ndarray:
    """(n, 8): seven points of each duct, ligament or vessel, then width (mm) + 1j attenuation."""
    ducts, others = rng.integers((12, 110), (26, 220))
    number = ducts + others
    origins = nipple - rng.uniform(3, 14, ducts) * np.exp(1j * rng.normal(0, 0.4, ducts))
    x, y = rng.uniform((0, 10), (nipple.real, FIELD_MM), (others, 2)).T
    at = np.append(origins, x + 1j * y)
    away = (at - nipple - 12) * np.exp(1j * rng.normal(0, 0.45, number))
    way = away / abs(away) * rng.uniform(6, 32, number) * np.repeat([2, 1], [ducts, others])
    pen = rng.uniform(0.2, 0.9, number) + 1j * (0.04 + 0.3 * rng.beta(1, 3.5, number))
    return np.column_stack([_bent(rng, at, way, 0.13, 7), pen])


def _spicules(rng: np.random.Generator, finding: _Finding, site: complex) -> np.ndarray:
    """Strands out of a mass: bundled, not evenly spread, thinner and fainter outwards."""
    number = round(finding.spicules)
    angles = rng.choice(rng.uniform(0, 2 * np.pi, 9), number) + rng.normal(0, 0.25, number)
    way = finding.radius_mm * np.exp(1j * angles)
    longer = finding.reach * rng.uniform(0.45, 1, number) - 0.5
    path = _bent(rng, site + 0.5 * way, longer * way, 0.08, 13)
    width, depth = rng.uniform((0.4, 0.2), (1.3, 0.58), (number, 2)).T
    pen = width + 1j * depth * min(1, finding.density + 0.3)
    return np.column_stack([np.vstack([path[:, :7], path[:, ::2]]), np.append(pen, pen / 2)])


def _drawn_in(strands: np.ndarray, finding: _Finding, site: complex) -> np.ndarray:
    """The strands once a shrinking tumour has pulled at them: architectural distortion."""
    away = strands[:, :-1] - site
    pull = finding.retraction * np.exp(-((np.abs(away) / (2.6 * finding.radius_mm)) ** 2))
    return np.column_stack([site + (1 - pull) * away, strands[:, -1]])


def _stroked(strands: np.ndarray) -> np.ndarray:
    """(CANVAS, CANVAS) attenuation of strands: the densest wins where several cross."""
    layer = Image.new("L", (CANVAS * PEN,) * 2)
    pen, strands = ImageDraw.Draw(layer), strands[np.argsort(strands[:, -1].imag)]
    pens = np.column_stack(
        [strands[:, -1].imag * (255 / CALCIUM), strands[:, -1].real * (PER_MM * PEN)]
    )
    paths, pens = _pixels(strands[:, :-1], PER_MM * PEN), np.rint(pens).clip(1).astype(int)
    for path, (grey, width) in zip(paths, pens.tolist(), strict=True):
        pen.line(path, fill=grey, width=width)
    return np.asarray(layer.reduce(PEN), np.float32) * np.float32(CALCIUM / 255)


def _one_case(kind: str, rng: np.random.Generator, free: np.ndarray) -> tuple[_Finding, complex]:
    """A finding, drifted some way from its kind towards another, and its place in `free`."""
    ranges, own, drift = np.array([*_RANGES.values()]), KINDS.index(kind), rng.beta(*DRIFT)
    low, high = ((1 - drift) * ranges[:, own] + drift * ranges[:, own - rng.integers(1, 3)]).T
    free[:MARGIN] = free[-MARGIN:] = free[:, :MARGIN] = False
    row, column = np.divmod(rng.choice(np.flatnonzero(free)), CANVAS)
    return _Finding(*rng.uniform(low, high).clip(0).tolist()), complex(column, row) / PER_MM


def _mass(rng: np.random.Generator, finding: _Finding, site: complex) -> np.ndarray:
    """Attenuation of the body of a mass and of the halo around it."""
    plane, reach = np.zeros((CANVAS, CANVAS), np.float32), 2.6 * finding.radius_mm
    x, y = (np.flatnonzero(abs(_TICKS - middle) < reach) for middle in (site.real, site.imag))
    turn = finding.radius_mm * np.exp(1j * rng.uniform(0, np.pi))
    grid = ((_TICKS[x] - site.real) + 1j * (_TICKS[y] - site.imag)[:, None]) / turn
    grid.imag *= rng.uniform(1, 1.45)
    ragged = _stretched(_cloud(rng, 8, 8, 2, 0.5), len(y), len(x))
    distance = np.abs(grid) + finding.irregularity * ragged
    body = finding.density / (1 + np.exp(2 * (distance - 1) / finding.softness))
    core = 1 + finding.core * np.exp(-2 * distance * distance)
    plane[np.ix_(y, x)] = body * core - finding.halo * np.exp(-(((distance - 1.2) / 0.12) ** 2))
    return plane


def _calcifications(rng: np.random.Generator, finding: _Finding, site: complex) -> np.ndarray:
    """Popcorn, specks, grains along the rim and strays anywhere: strands wound up to a dot."""
    radius, counts = finding.radius_mm, [round(n) for n in (*finding[-3:], rng.uniform(0, 3))]
    group = np.repeat(range(4), counts)
    spread = np.array([0.3 * radius, 0.8 * radius, 0.05 * radius, 35])[group]
    arc = radius * np.exp(1j * rng.uniform(0, 4.5, len(group))) * (group == 2)
    at = site + arc + spread * (rng.normal(size=(len(group), 2)) @ (1, 1j))
    half = rng.uniform(*np.array([(0.8, 2.0), (0.45, 0.75), (0.4, 0.9), (0.25, 0.7)])[group].T)
    dots = at[:, None] + half[:, None] / 2 * np.exp(1j * np.linspace(0, 2 * np.pi, 7))
    return np.column_stack([dots, half + 1j * CALCIUM * rng.uniform(0.5, 1, len(group))])


def _attenuation(kind: str, anatomy: np.random.Generator, case: np.random.Generator) -> np.ndarray:
    """(CANVAS, CANVAS) of everything in the beam, chest wall to the left."""
    outline, nipple = _outline(anatomy)
    thickness, cover = _shadow(anatomy, outline)
    tissue, strands = FAT + _gland(anatomy, nipple), _strands(anatomy, nipple)
    finding, site = _one_case(kind, case, (thickness > 0.8) & (cover < 0.1))
    lesion = [_spicules(case, finding, site), _calcifications(case, finding, site)]
    strands = np.vstack([_drawn_in(strands, finding, site), *lesion])
    return thickness * (tissue + _mass(case, finding, site) + _stroked(strands)) + cover


def _marker(rng: np.random.Generator, side: str) -> Image.Image:
    """A lead plate with the side and the view, away from the chest wall on a black film."""
    plate, film = Image.new("L", (26, 34), 250), Image.new("L", (CANVAS,) * 2)
    ImageDraw.Draw(plate).text((13, 16), f"{side}\nML", 30, _FONT, "mm", 1, "center")
    plate = plate.rotate(rng.normal(0, 4), Image.BICUBIC, expand=True).resize((20, 26))
    x, y = np.rint(rng.uniform((180, -4), (199, 17))).astype(int).tolist()
    film.paste(plate, (x if side == "R" else CANVAS - 20 - x, y))
    return film


def _developed(rng: np.random.Generator, attenuation: np.ndarray) -> np.ndarray:
    """Grey levels of the film: exposure, fog, grain, the side and its marker."""
    film = WHITEST * (1 - np.exp(-rng.uniform(0.85, 1.3) * attenuation))
    grain = rng.standard_normal(film.shape, np.float32) * rng.uniform(2, 5)
    film += rng.uniform(1, 8) + grain * (0.3 + film / 255)
    film, side = (film, "R") if rng.random() < 0.5 else (film[:, ::-1], "L")
    return np.maximum(film, _marker(rng, side)) if rng.random() < 0.5 else film


def draw(kind: str, *, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one film mammogram, of a left or a right breast.

    Args:
        kind: One of `KINDS`.
        size: Width and height of the picture in pixels, at least 16; always shows 16 centimetres.
        rng: The only source of chance; drawn from three times per picture.

    Returns:
        The picture, (size, size, 3) uint8, grey: its three channels are equal.

    Raises:
        ValueError: For an unknown kind or a size below 16.
    """
    if kind not in KINDS or size < 16:
        raise ValueError(f"no {kind!r} of {size} pixels: from 16 pixels, {', '.join(KINDS)}")
    # A stream each, so that a seed shows the same breast and film whatever is found in it.
    anatomy, case, film = map(np.random.default_rng, rng.integers(2**63, size=3).tolist())
    grey = _stretched(_developed(film, _attenuation(kind, anatomy, case)), size, size)
    return np.repeat(np.clip(np.rint(grey), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
