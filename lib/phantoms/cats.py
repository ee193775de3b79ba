"""Phantom cats: head-and-chest portraits of five breeds, drawn from a seed alone.

A breed is a row of traits. Coat, eye colour, pose, room and light are drawn without regard to it.
Lengths are in half widths of the head, from a point between the eyes, x to the right and y
downwards; shapes are distances to their outlines, < 0 inside.
"""

from functools import partial
from math import cos, pi, sin
from types import SimpleNamespace

import numpy as np
from PIL import Image, ImageFilter

KINDS = ("American Curl", "Maine Coon", "Peaknose", "Scottish Fold", "Sphynx")
WIDTH = 160  # pixels drawn, whatever size is asked for: hairs thinner than this would only flicker
CROSSING = (1.0, 5.0)  # beta distribution of another breed's share in a cat
SPREAD = 0.4  # of a trait within a breed, in standard deviations between the breeds
# One column per kind. Half widths of jaw and ear; how far chin and nose are below the eyes; the
# roundness of skull and eyes; ears curl back, fold forward or end in a tuft (in ear lengths).
TRAITS = {
    "jaw": (0.64, 0.64, 0.98, 0.84, 0.55), "chin": (1.00, 1.16, 0.80, 0.86, 1.02),
    "nose": (0.46, 0.62, 0.08, 0.36, 0.48), "roundness": (0.74, 0.68, 1.00, 1.00, 0.80),
    "ear": (0.82, 1.08, 0.46, 0.30, 1.10), "ear_width": (0.32, 0.33, 0.24, 0.27, 0.48),
    "curl": (0.95, 0.00, 0.00, 0.00, 0.00), "fold": (0.00, 0.00, 0.00, 1.00, 0.00),
    "tuft": (0.10, 0.40, 0.05, 0.00, 0.00), "fluff": (0.07, 0.20, 0.34, 0.06, 0.00),
    "bare": (0.00, 0.00, 0.00, 0.00, 0.90),
}  # fmt: skip
EYE_APART = 0.43  # from the middle
HAIRS, HAIR_LENGTH, LOCKS = 520, 0.13, 90  # once around the nose; of one hair; once around
# Grey level and warmth: black, white, blue, red, cream, brown, silver, chocolate.
PELTS = ((50, 2), (222, 5), (130, -7), (134, 52), (186, 30), (110, 26), (175, 3), (78, 18))
TINTS = ((1, 1, 1), (1, 0.1, -1), (-0.5, 1, -0.5))  # RGB of a level of grey, warmth and greenness
IRISES = ((206, 174, 56), (180, 108, 40), (142, 162, 70), (104, 150, 200))
WHITE, SKIN, PINK, LIP = (236, 232, 228), (212, 166, 150), (188, 134, 126), (66, 46, 46)
_clear = partial(np.clip, a_min=0, a_max=1)


def _bump(x: np.ndarray, y: np.ndarray, width: float, height: float) -> np.ndarray:
    return np.exp(-np.square(x * (1 / width)) - np.square(y * (1 / height)))


def _ellipse(x: np.ndarray, y: np.ndarray, width: float, height: float) -> np.ndarray:
    """Distance to an ellipse with these half axes: exact on the outline, rough elsewhere."""
    around = np.sqrt(np.square(x * (1 / width)) + np.square(y * (1 / height)))
    return (around - 1) * min(width, height)


def _merged(one: np.ndarray, other: np.ndarray, blend: float) -> np.ndarray:
    """Distance to two shapes that flow into each other over a length of `blend`."""
    near = np.maximum(blend - np.abs(one - other), 0)
    return np.minimum(one, other) - near * near * (0.25 / blend)


def _room(rng: np.random.Generator) -> np.ndarray:
    """(3, WIDTH, WIDTH) of furniture or garden in a few colours, far out of focus."""
    colours = rng.uniform(50, 205) + rng.normal(0, (38, 18, 9), (5, 3)) @ TINTS
    cells = np.clip(colours, 0, 255)[rng.integers(5, size=rng.integers(1, 8, 2))]
    image = Image.fromarray(cells.astype(np.uint8)).resize((40, 40), Image.NEAREST)
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.6, 5))).resize((WIDTH, WIDTH))
    return np.stack([np.asarray(band, np.float32) for band in image.split()])


def _cat(kind: str, rng: np.random.Generator) -> SimpleNamespace:
    """The traits of one cat: its breed's, some of another breed's, and its own."""
    table = np.array(list(TRAITS.values()))
    own, other = table[:, KINDS.index(kind)], table[:, rng.integers(len(KINDS))]
    values = own + rng.beta(*CROSSING) * (other - own)
    values += SPREAD * table.std(1) * rng.standard_normal(len(table))
    values = np.clip(values, 0.9 * table.min(1), 1.1 * table.max(1)).tolist()
    return SimpleNamespace(**dict(zip(TRAITS, values, strict=True)))


class _Portrait:
    """The picture being painted. All arrays are float32, WIDTH pixels wide and high."""

    def __init__(self, cat: SimpleNamespace, rng: np.random.Generator) -> None:
        self.cat, self.rng, self.planes = cat, rng, _room(rng)
        self.unit = WIDTH * rng.uniform(0.23, 0.29)
        turn = np.complex64(self.unit * np.exp(1j * rng.normal(0, 0.1)))
        right, down = np.arange(WIDTH) - WIDTH * rng.uniform(0.44, 0.56, (2, 1))
        grid = (right + 1j * down[:, None]).astype(np.complex64) / turn
        lumps = Image.fromarray(rng.standard_normal((6, 6), np.float32))
        self.bend = np.asarray(lumps.resize((WIDTH, WIDTH)))  # no line or half of a cat is exact
        self.x, self.y = grid.real + 0.03 * self.bend, grid.imag + 0.03 * self.bend.T
        self.side, self.feature = np.abs(self.x), np.abs(self.x - rng.uniform(-0.1, 0.1))
        sun, sky = rng.normal(0, 0.06, 2).tolist()
        self.light = 1 + sun * self.x + sky * self.y
        self.hair, self.fringe = self._fur()
        self.coat = self._coat()

    def _fur(self) -> tuple[np.ndarray, np.ndarray]:
        """Light and dark hairs; how far they stray. Polar noise: fur points away from the nose."""
        table, y = self.rng.random(32 * HAIRS, np.float32), self.y - 0.15
        away = np.sqrt(self.x * self.x + y * y)
        around = np.arctan2(self.x, y) * (0.5 / pi) + 0.5 + 0.008 * away * self.bend
        hair, place = (around * HAIRS).astype(np.intp), around * LOCKS
        row = (away * (1 / HAIR_LENGTH) + 0.618 * hair).astype(np.intp)  # neighbours end apart
        shine = 3.4 * table.take(hair + HAIRS * row, mode="wrap") - 1.7
        length = 1.1 * table.take(place.astype(np.intp)) + 0.2
        tips = length * (1 - np.abs(2 * (place % 1) - 1)) + 0.1 * shine - 0.35
        crown = (1 - 0.9 * self.cat.bare) * np.clip(0.6 + 0.5 * self.y, 0.25, 1)  # shorter there
        return shine + 0.8 * length - 0.6, tips * crown

    def _markings(self) -> np.ndarray | float:
        """Where the coat is dark, 0 to 1: tabby bars, a colourpoint's mask, patches or nowhere."""
        y, side, pattern = self.y, self.side, self.rng.random()
        if pattern < 0.4:
            brow, pace = _clear(-2.5 * y - 0.1), self.rng.uniform(0.8, 1.1)
            phase = brow * 14 * side + (1 - brow) * (11 * y - 5 * side * side) + 1.3 * self.bend
            bars = _clear(0.3 + 0.9 * np.sin(pace * phase) + 0.15 * self.hair)
            return self.rng.uniform(0.4, 1) * bars * (1 - 0.85 * _bump(side, y - 0.55, 0.45, 0.4))
        if pattern < 0.55:
            return np.minimum(_bump(side, y - 0.3, 0.62, 0.62) + _clear(-4 * y - 3.2), 1)
        return _clear(3 * self.bend - 1 + 0.5 * self.hair) if pattern < 0.7 else 0.0

    def _coat(self) -> np.ndarray:
        """(3, ...) colour in even light; bare skin shows the same patterns, but paler."""
        rng, bare = self.rng, self.cat.bare
        pelt = rng.choice(PELTS) * rng.uniform(0.8, 1.15, 2) @ TINTS[:2]
        three = np.array((pelt, pelt * rng.uniform(0.3, 0.6), WHITE))
        three += 0.6 * bare * (np.multiply(SKIN, rng.uniform(0.75, 1.05)) - three)
        pelt, dark, white = three.astype(np.float32).reshape(3, 3, 1, 1)
        coat = pelt + self._markings() * (dark - pelt)
        if rng.random() < 0.4:  # a blaze that widens into a bib
            blaze = 0.75 * (self.y - rng.uniform(-0.7, 0.5)) + 0.1 * self.bend - self.side
            coat = coat + _clear(6 * blaze + 0.2 * self.hair) * (white - coat)
        depth = (0.09 + 0.2 * min(self.cat.fluff, 0.2)) * (1 - 0.85 * bare)
        coat = coat * (1 + depth * self.hair - self._wrinkles())
        return coat + 4 * (1 - bare) * self.hair  # sheen, which black fur has too

    def _wrinkles(self) -> np.ndarray:
        """Shadow in the folds of bare skin: across brow and neck, upright between the eyes."""
        x, y, bend = self.x, self.y, 2.5 * self.bend
        across = np.maximum(np.sin(17 * y + 8 * x * x + bend), 0)
        upright = np.maximum(np.sin(22 * x + bend), 0) * _bump(x, y + 0.32, 0.32, 0.24)
        depth = _bump(x, y + 0.55, 0.55, 0.3) + 0.5 * _clear(3 * y - 2.6) + 0.15
        return 0.4 * max(self.cat.bare - 0.1, 0) * (across * across * across * depth + upright)

    def cover(self, shape: np.ndarray, fluff: float = 0.0) -> np.ndarray:
        """Opacity of a shape with hairs of length `fluff` on its outline."""
        sharpness = self.unit / (1 + 0.3 * fluff * self.unit)
        return _clear(0.5 - sharpness * (shape - fluff * self.fringe if fluff else shape))

    def paint(self, colour, cover: np.ndarray, shade: np.ndarray | float = 1.0) -> None:
        """Blend an RGB colour, or one per pixel, in; only the box where `cover` > 0 is touched."""
        rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
        if rows.size:
            box = np.s_[..., rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            colour = colour[box] if np.ndim(colour) > 1 else np.float32(colour).reshape(3, 1, 1)
            self.planes[box] += cover[box] * (colour * (self.light * shade)[box] - self.planes[box])

    def _ear(self, x: float, y: float, lean: float, length: float) -> tuple[np.ndarray, ...]:
        """Way along both ears (0 at the root, 1 at the tip), way across, half width; shape."""
        cat, x, y = self.cat, self.side - x, self.y - y
        along = (sin(lean) * x - cos(lean) * y) * (1 / length)
        t = _clear(along)
        # A curled ear leaves outwards and points back at the middle of the skull.
        across = cos(lean) * x + sin(lean) * y - length * cat.curl * t * (0.75 - 1.15 * t)
        width = cat.ear_width * np.sqrt(1 - t) * (1 - (0.25 + cat.tuft - 0.4 * cat.curl) * t)
        tuft = np.minimum(0.05, 0.1 * np.maximum(1 + cat.tuft - along, 0)) * (cat.tuft > 0.1)
        shape = np.maximum(along - 1 - cat.tuft, -0.3 - along) * length
        return along, across, width, np.maximum(shape, np.abs(across) - np.maximum(width, tuft))

    def ears(self) -> None:
        cat = self.cat  # high-set ears, as those with lynx tips are, stand upright
        root = 0.74 - 0.18 * cat.ear, -0.37 - 0.18 * cat.roundness
        along, across, width, shape = self._ear(*root, 0.46 - 0.6 * cat.tuft, cat.ear)
        ear = self.cover(shape, 0.3 * cat.fluff + 0.03 * (1 - cat.bare))
        self.paint(self.coat, ear, 1 - min(0.5, 2 * cat.tuft) * _clear(4 * along - 3.4))
        inside = self.cover(np.abs(across + 0.03) - 0.72 * width + 0.03) * _clear(5.6 - 6 * along)
        depth = 1 - 0.45 * _clear(1 - 1.6 * along) - (0.15 / cat.ear_width) * np.abs(across)
        self.paint(PINK, 0.9 * inside, depth)
        furnishing = _clear(0.9 * self.hair + 0.2 - along - 2 * across) * (1 - cat.bare)
        self.paint(self.coat, 0.75 * inside * furnishing, 1.15)

    def head_and_body(self) -> None:
        """Relief: sockets, bridge of the nose, whisker pads, the step round the muzzle."""
        cat, x, y, side, below = self.cat, self.x, self.y, self.feature, self.y - self.cat.nose
        jaw = _ellipse(x, y - cat.chin + 0.55, cat.jaw, 0.55)
        head = _merged(_ellipse(x, y + 0.15, 1.0, 0.6 + 0.3 * cat.roundness), jaw, 0.35)
        ruff = min(0.5 + 3.2 * cat.fluff, 1.2)
        shoulders = _ellipse(x, y - 2.3, 0.8 + 0.5 * ruff, 1.1)
        body = _merged(_ellipse(x, y - 1, ruff, 0.75), shoulders, 0.5)
        shadow = 0.42 * np.exp(np.minimum(-3 * head, 0)) + 0.25 * np.exp(np.minimum(4 * body, 0))
        self.paint(self.coat, self.cover(body, cat.fluff), 1 - shadow)
        step = _ellipse(side, below - 0.18, 0.14 + 0.25 * cat.chin, 0.34) - 0.05
        relief = 1.05 - 0.3 * np.exp(np.minimum(5 * head, 0))
        relief -= 0.16 * _bump(side - 0.75 * EYE_APART, y, 0.2, 0.22)
        relief += 0.1 * _bump(side, y - 0.5 * cat.nose, 0.1, 0.3)
        relief += 0.16 * _bump(side - 0.17, below - 0.2, 0.2, 0.16)
        relief -= 0.13 * _bump(step, y - cat.chin, 0.07, 0.9)
        self.paint(self.coat, self.cover(head, cat.fluff), relief)
        if cat.fold > 0.5:  # caps on the corners of the head, which shade what they hang over
            along, *_, shape = self._ear(0.62, -0.8, pi + 0.45, 0.45 * cat.fold)  # hanging down
            self.paint(self.coat, 0.85 * _clear(0.8 - 8 * shape) * _clear(2 * along + 0.8), 0.45)
            self.paint(self.coat, self.cover(shape, 0.03), 1.12 - 0.12 * along)

    def features(self) -> None:
        """Eyes, nose, mouth and whiskers."""
        x, width = self.feature - EYE_APART, 0.06 + 0.17 * self.cat.roundness
        y, height = self.y + 0.75 * (1 - self.cat.roundness) * x, self.cat.roundness * width
        eye = _ellipse(x, y, width, height)
        inside = self.cover(eye)
        shade = 1.12 - (x * x + y * y) * (0.4 / width**2) + 0.06 * self.hair
        self.paint(LIP, 0.8 * self.cover(eye - 0.035))
        self.paint(self.rng.choice(IRISES), inside, shade * _clear(0.55 + 3.5 * (y + height)))
        pupil = _ellipse(x, y, width * self.rng.uniform(0.25, 0.8), 0.8 * height)
        self.paint(LIP, inside * self.cover(pupil), 0.2)
        self.paint(WHITE, inside * self.cover(_ellipse(x + 0.05, self.y + 0.06, 0.04, 0.035)))
        x, y = self.feature, self.y - self.cat.nose
        leather = np.maximum(x - 0.118 + 0.75 * y, np.abs(y - 0.04) - 0.07)
        self.paint(self.rng.choice((PINK, LIP)), 0.9 * self.cover(leather))
        smile = np.maximum(np.abs(y - 0.25 - 0.09 * np.sin(12 * np.minimum(x, 0.26))), x - 0.3)
        mouth = np.minimum(np.maximum(x, np.abs(y - 0.17) - 0.08), smile)
        self.paint(LIP, 0.65 * self.cover(mouth - 0.012))
        out = np.maximum(x - 0.2, 0.02)
        slope = (y - 0.2 - 0.2 * out * out) / out + 0.15 * self.bend
        fan = _clear(3 - 8 * np.abs(slope)) * _clear(3 - 3 * out) * _clear(9 * out - 0.3)
        whiskers = self.cover(np.abs((7 * slope) % 1 - 0.5) * out * (1 / 7) - 0.003)
        self.paint(WHITE, (0.7 - 0.6 * self.cat.bare) * fan * whiskers)

    def photograph(self, size: int) -> np.ndarray:
        """Exposure, white balance, focus and sensor noise."""
        rng = self.rng
        exposure = (rng.uniform(0.8, 1.15), *rng.normal(0, (0.04, 0.01))) @ np.float32(TINTS)
        bands = np.clip(self.planes * np.float32(exposure).reshape(3, 1, 1), 0, 255)
        image = Image.merge("RGB", [Image.fromarray(band) for band in bands.astype(np.uint8)])
        image = image.filter(ImageFilter.BoxBlur(min(rng.exponential(0.3), 1.5)))
        noise = rng.integers(-6, 7, (size, size, 1), np.int8) * np.float32(rng.uniform(0.2, 1))
        return np.clip(image.resize((size, size)) + noise, 0, 255).astype(np.uint8)


def draw(kind: str, *, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one cat, head and chest, in front of a room: (size, size, 3) uint8 RGB.

    Args:
        kind: One of `KINDS`.
        size: Width and height in pixels, at least 16; what is in the picture does not change.
        rng: Where all chance comes from: its state stands for one picture.

    Raises:
        ValueError: For an unknown kind or a size below 16.
    """
    if kind not in KINDS or size < 16:
        raise ValueError(f"{kind!r} at {size} pixels; known: {', '.join(KINDS)}, from 16 pixels")
    portrait = _Portrait(_cat(kind, rng), rng)
    for paint in (portrait.ears, portrait.head_and_body, portrait.features):
        paint()
    return portrait.photograph(size)
