"""Phantom cats: head-and-chest portraits of five breeds, drawn from a seed alone.

A breed is a row of traits. Coat, eye colour, pose, room and light are drawn without regard to it.

Lengths are in half widths of the head, from a point between the eyes, x to the right and y
downwards. A shape is the distance of every pixel to its outline, below 0 inside. Wherever an array
has no other shape given, it is a plane, (WIDTH, WIDTH) float32.
"""

from math import cos, pi, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageFilter

from lib.phantoms.drawing import DRIFT, blend, check_request, grey_levels, smooth_noise

WIDTH = 160  # pixels drawn, whatever size is asked for: hairs thinner than this would only flicker
TRAIT_SPREAD = 0.4  # of a trait within a breed, in standard deviations between the breeds


class _Traits(NamedTuple):
    """What makes a breed; of the numbers that are not lengths, 0 is nothing and 1 is all."""

    jaw: float  # half width
    chin: float  # how far below the eyes
    nose: float  # how far below the eyes
    roundness: float  # of skull and eyes
    ear: float  # length
    ear_width: float  # half of it, at the root
    curl: float  # how far the ears bend backwards
    fold: float  # how far the ears hang forwards
    tuft: float  # of hairs on the tips of the ears, in lengths of the ear
    fluff: float  # length of the hair on the outline
    bare: float  # how little hair there is


BREEDS = {
    "American Curl": _Traits(
        jaw=0.64,
        chin=1.00,
        nose=0.46,
        roundness=0.74,
        ear=0.82,
        ear_width=0.32,
        curl=0.95,
        fold=0.00,
        tuft=0.10,
        fluff=0.07,
        bare=0.00,
    ),
    "Maine Coon": _Traits(
        jaw=0.64,
        chin=1.16,
        nose=0.62,
        roundness=0.68,
        ear=1.08,
        ear_width=0.33,
        curl=0.00,
        fold=0.00,
        tuft=0.40,
        fluff=0.20,
        bare=0.00,
    ),
    "Peaknose": _Traits(
        jaw=0.98,
        chin=0.80,
        nose=0.08,
        roundness=1.00,
        ear=0.46,
        ear_width=0.24,
        curl=0.00,
        fold=0.00,
        tuft=0.05,
        fluff=0.34,
        bare=0.00,
    ),
    "Scottish Fold": _Traits(
        jaw=0.84,
        chin=0.86,
        nose=0.36,
        roundness=1.00,
        ear=0.30,
        ear_width=0.27,
        curl=0.00,
        fold=1.00,
        tuft=0.00,
        fluff=0.06,
        bare=0.00,
    ),
    "Sphynx": _Traits(
        jaw=0.55,
        chin=1.02,
        nose=0.48,
        roundness=0.80,
        ear=1.10,
        ear_width=0.48,
        curl=0.00,
        fold=0.00,
        tuft=0.00,
        fluff=0.00,
        bare=0.90,
    ),
}
KINDS = tuple(BREEDS)
EYE_APART = 0.43  # from the middle

# Fur, as noise in rings and spokes around the nose
HAIRS = 520  # once around
HAIR_LENGTH = 0.13
LOCKS = 90  # once around: hairs that stick out together
GOLDEN_RATIO = 0.618  # of a hair's length, by which neighbours are shifted: no two end side by side

# Colours
PELTS = (  # grey level and warmth
    (50, 2),  # black
    (222, 5),  # white
    (130, -7),  # blue
    (134, 52),  # red
    (186, 30),  # cream
    (110, 26),  # brown
    (175, 3),  # silver
    (78, 18),  # chocolate
)
TINTS = (  # what a level adds to red, green and blue
    (1, 1, 1),  # grey
    (1, 0.1, -1),  # warmth
    (-0.5, 1, -0.5),  # greenness
)
IRISES = (
    (206, 174, 56),  # gold
    (180, 108, 40),  # copper
    (142, 162, 70),  # green
    (104, 150, 200),  # blue
)
WHITE = (236, 232, 228)
SKIN = (212, 166, 150)
PINK = (188, 134, 126)
LIP = (66, 46, 46)


# Shapes


def _share(values: np.ndarray) -> np.ndarray:
    """The values, cut off at 0 and 1."""
    return np.clip(values, a_min=0, a_max=1)


def _bump(x: np.ndarray, y: np.ndarray, width: float, height: float) -> np.ndarray:
    """A smooth hill: 1 at the origin, 1/e at these half axes."""
    return np.exp(-np.square(x * (1 / width)) - np.square(y * (1 / height)))


def _ellipse(x: np.ndarray, y: np.ndarray, width: float, height: float) -> np.ndarray:
    """Distance to an ellipse with these half axes: exact on the outline, rough elsewhere."""
    around = np.sqrt(np.square(x * (1 / width)) + np.square(y * (1 / height)))
    return (around - 1) * min(width, height)


def _merged(shape: np.ndarray, other: np.ndarray, length: float) -> np.ndarray:
    """Distance to two shapes that flow into each other over this length."""
    near = np.maximum(length - np.abs(shape - other), 0)
    return np.minimum(shape, other) - near * near * (0.25 / length)


# The cat, its room and its fur


def _cat(kind: str, rng: np.random.Generator) -> _Traits:
    """The traits of one cat: its breed's, some of another breed's, and its own."""
    table = np.array([*zip(*BREEDS.values(), strict=True)])  # a row per trait, a column per breed
    own = table[:, KINDS.index(kind)]
    other = table[:, rng.integers(len(KINDS))]
    values = own + rng.beta(*DRIFT) * (other - own)
    values += TRAIT_SPREAD * table.std(1) * rng.standard_normal(len(table))
    return _Traits(*np.clip(values, 0.9 * table.min(1), 1.1 * table.max(1)).tolist())


def _room(rng: np.random.Generator) -> np.ndarray:
    """(3, WIDTH, WIDTH) of furniture or garden in a few colours, far out of focus."""
    tints = rng.uniform(50, 205) + rng.normal(0, (38, 18, 9), (5, 3)) @ TINTS
    rows, columns = rng.integers(1, 8, 2)
    blocks = np.clip(tints, 0, 255)[rng.integers(5, size=(rows, columns))]
    image = Image.fromarray(blocks.astype(np.uint8)).resize((40, 40), Image.Resampling.NEAREST)
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.6, 5))).resize((WIDTH, WIDTH))
    return np.stack([np.asarray(band, np.float32) for band in image.split()])


class _Portrait:
    """The picture being painted.

    Attributes:
        cat: Its traits.
        rng: The source of chance.
        planes: (3, WIDTH, WIDTH) red, green and blue, in grey levels.
        unit: Pixels in a half width of the head.
        bend: Smooth noise; no line and no half of a cat is exact.
        x: How far to the right of the middle of the head every pixel is.
        y: How far below the eyes.
        side: How far from the middle of the skull.
        feature: How far from the middle of the face, which is turned a little to one side.
        light: Of sun and sky: factor of every colour but the room's.
        hair: Light and dark hairs, from about -2 to 2.
        fringe: How far hairs stray over an outline, in lengths of fluff.
        coat: (3, WIDTH, WIDTH) colours of fur or skin in even light.
    """

    def __init__(self, cat: _Traits, rng: np.random.Generator) -> None:
        self.cat, self.rng = cat, rng
        self.planes = _room(rng)
        self.unit = WIDTH * rng.uniform(0.23, 0.29)
        turn = np.complex64(self.unit * np.exp(1j * rng.normal(0, 0.1)))
        right, down = np.arange(WIDTH) - WIDTH * rng.uniform(0.44, 0.56, (2, 1))
        grid = (right + 1j * down[:, None]).astype(np.complex64) / turn
        self.bend = smooth_noise(rng, 6, WIDTH)
        self.x = grid.real + 0.03 * self.bend
        self.y = grid.imag + 0.03 * self.bend.T
        self.side = np.abs(self.x)
        self.feature = np.abs(self.x - rng.uniform(-0.1, 0.1))
        sun, sky = rng.normal(0, 0.06, 2).tolist()
        self.light = 1 + sun * self.x + sky * self.y
        self.hair, self.fringe = self._fur()
        self.coat = self._coat()

    # Fur and skin

    def _fur(self) -> tuple[np.ndarray, np.ndarray]:
        """Light and dark hairs; how far they stray. Polar noise: fur points away from the nose."""
        table = self.rng.random(32 * HAIRS, np.float32)
        y = self.y - 0.15
        away = np.sqrt(self.x * self.x + y * y)
        around = np.arctan2(self.x, y) * (0.5 / pi) + 0.5 + 0.008 * away * self.bend  # 0 to 1
        hair = (around * HAIRS).astype(np.intp)
        row = (away * (1 / HAIR_LENGTH) + GOLDEN_RATIO * hair).astype(np.intp)
        shine = 3.4 * table.take(hair + HAIRS * row, mode="wrap") - 1.7
        lock = around * LOCKS
        length = 1.1 * table.take(lock.astype(np.intp)) + 0.2
        # A lock is longest in its middle.
        tips = length * (1 - np.abs(2 * (lock % 1) - 1)) + 0.1 * shine - 0.35
        crown = (1 - 0.9 * self.cat.bare) * np.clip(0.6 + 0.5 * self.y, 0.25, 1)  # shorter there
        return shine + 0.8 * length - 0.6, tips * crown

    def _coat(self) -> np.ndarray:
        """(3, WIDTH, WIDTH) colour in even light; bare skin shows the same patterns, but paler."""
        pelt, dark, white = self._coat_colours()
        coat = pelt + self._markings() * (dark - pelt)
        if self.rng.random() < 0.4:  # a blaze that widens into a bib
            blaze = 0.75 * (self.y - self.rng.uniform(-0.7, 0.5)) + 0.1 * self.bend - self.side
            coat = coat + _share(6 * blaze + 0.2 * self.hair) * (white - coat)
        bare = self.cat.bare
        contrast = (0.09 + 0.2 * min(self.cat.fluff, 0.2)) * (1 - 0.85 * bare)
        coat = coat * (1 + contrast * self.hair - self._wrinkles())
        return coat + 4 * (1 - bare) * self.hair  # sheen, which black fur has too

    def _coat_colours(self) -> np.ndarray:
        """(3, 3, 1, 1) float32: the pelt, its dark marks and its white ones, as RGB."""
        rng = self.rng
        pelt = (rng.choice(PELTS) * rng.uniform(0.8, 1.15, 2)) @ TINTS[:2]
        colours = np.array((pelt, pelt * rng.uniform(0.3, 0.6), WHITE))
        skin = np.multiply(SKIN, rng.uniform(0.75, 1.05))
        colours += 0.6 * self.cat.bare * (skin - colours)
        return colours.astype(np.float32).reshape(3, 3, 1, 1)

    def _markings(self) -> np.ndarray | float:
        """Where the coat is dark, 0 to 1: tabby bars, a colourpoint's mask, patches or nowhere."""
        pattern = self.rng.random()
        if pattern < 0.4:
            return self._tabby_bars()
        if pattern < 0.55:
            mask = _bump(self.side, self.y - 0.3, 0.62, 0.62)
            ears = _share(-4 * self.y - 3.2)
            return np.minimum(mask + ears, 1)
        if pattern < 0.7:
            return _share(3 * self.bend - 1 + 0.5 * self.hair)
        return 0.0

    def _tabby_bars(self) -> np.ndarray:
        """Upright on the brow, level and drooping on cheeks and chest, none round the mouth."""
        y, side = self.y, self.side
        brow = _share(-2.5 * y - 0.1)
        pace = self.rng.uniform(0.8, 1.1)
        phase = brow * 14 * side + (1 - brow) * (11 * y - 5 * side * side) + 1.3 * self.bend
        bars = _share(0.3 + 0.9 * np.sin(pace * phase) + 0.15 * self.hair)
        return self.rng.uniform(0.4, 1) * bars * (1 - 0.85 * _bump(side, y - 0.55, 0.45, 0.4))

    def _wrinkles(self) -> np.ndarray:
        """Shadow in the folds of bare skin: across brow and neck, upright between the eyes."""
        x, y = self.x, self.y
        bend = 2.5 * self.bend
        across = np.maximum(np.sin(17 * y + 8 * x * x + bend), 0)
        upright = np.maximum(np.sin(22 * x + bend), 0) * _bump(x, y + 0.32, 0.32, 0.24)
        brow_and_neck = _bump(x, y + 0.55, 0.55, 0.3) + 0.5 * _share(3 * y - 2.6) + 0.15
        folds = across * across * across * brow_and_neck + upright
        return 0.4 * max(self.cat.bare - 0.1, 0) * folds

    # Paint

    def _cover(self, shape: np.ndarray, fluff: float = 0.0) -> np.ndarray:
        """Opacity, 0 to 1, of a shape with hairs of length `fluff` on its outline."""
        sharpness = self.unit / (1 + 0.3 * fluff * self.unit)
        return _share(0.5 - sharpness * (shape - fluff * self.fringe if fluff else shape))

    def _paint(self, colour: ArrayLike, cover: np.ndarray, shade: np.ndarray | float = 1.0) -> None:
        """Blend an RGB colour, or one per pixel, in; only the box where `cover` > 0 is touched."""
        rows = np.flatnonzero(cover.any(1))
        columns = np.flatnonzero(cover.any(0))
        if rows.size:
            box = np.s_[..., rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            tint = np.asarray(colour)
            tint = tint[box] if tint.ndim > 1 else tint.astype(np.float32).reshape(3, 1, 1)
            blend(self.planes[box], cover[box], tint * (self.light * shade)[box])

    # Ears, head and body

    def _ear(self, root: tuple[float, float], lean: float, length: float) -> tuple[np.ndarray, ...]:
        """Both ears at once.

        Args:
            root: The side and the y of the middle of the ear's root.
            lean: Of its axis, outwards from upright, in radians.
            length: From root to tip.

        Returns:
            The way along an ear (0 at the root, 1 at the tip), the way across it, half its width
            there, and its shape.
        """
        cat = self.cat
        x, y = self.side - root[0], self.y - root[1]
        along = (sin(lean) * x - cos(lean) * y) * (1 / length)
        on_ear = _share(along)
        # A curled ear leaves outwards and points back at the middle of the skull.
        curl = length * cat.curl * on_ear * (0.75 - 1.15 * on_ear)
        across = cos(lean) * x + sin(lean) * y - curl
        taper = 1 - (0.25 + cat.tuft - 0.4 * cat.curl) * on_ear
        width = cat.ear_width * np.sqrt(1 - on_ear) * taper
        tuft_width = np.minimum(0.05, 0.1 * np.maximum(1 + cat.tuft - along, 0)) * (cat.tuft > 0.1)
        ends = np.maximum(along - 1 - cat.tuft, -0.3 - along) * length
        shape = np.maximum(ends, np.abs(across) - np.maximum(width, tuft_width))
        return along, across, width, shape

    def paint_ears(self) -> None:
        cat = self.cat
        root = (0.74 - 0.18 * cat.ear, -0.37 - 0.18 * cat.roundness)
        lean = 0.46 - 0.6 * cat.tuft  # high-set ears, as those with lynx tips are, stand upright
        along, across, width, shape = self._ear(root, lean, cat.ear)
        ear = self._cover(shape, 0.3 * cat.fluff + 0.03 * (1 - cat.bare))
        dark_tip = min(0.5, 2 * cat.tuft) * _share(4 * along - 3.4)
        self._paint(self.coat, ear, 1 - dark_tip)
        inside = self._cover(np.abs(across + 0.03) - 0.72 * width + 0.03)
        inside = inside * _share(5.6 - 6 * along)
        hollow = 1 - 0.45 * _share(1 - 1.6 * along) - (0.15 / cat.ear_width) * np.abs(across)
        self._paint(PINK, 0.9 * inside, hollow)
        furnishing = _share(0.9 * self.hair + 0.2 - along - 2 * across) * (1 - cat.bare)
        self._paint(self.coat, 0.75 * inside * furnishing, 1.15)

    def paint_head_and_body(self) -> None:
        head = self._head_shape()
        self._paint_body(head)
        self._paint(self.coat, self._cover(head, self.cat.fluff), self._relief(head))
        if self.cat.fold > 0.5:
            self._paint_folded_ears()

    def _head_shape(self) -> np.ndarray:
        cat, x, y = self.cat, self.x, self.y
        jaw = _ellipse(x, y - cat.chin + 0.55, cat.jaw, 0.55)
        skull = _ellipse(x, y + 0.15, 1.0, 0.6 + 0.3 * cat.roundness)
        return _merged(skull, jaw, 0.35)

    def _paint_body(self, head: np.ndarray) -> None:
        """Ruff and shoulders, in the shadow of the head and darker towards the outline."""
        cat, x, y = self.cat, self.x, self.y
        ruff = min(0.5 + 3.2 * cat.fluff, 1.2)
        shoulders = _ellipse(x, y - 2.3, 0.8 + 0.5 * ruff, 1.1)
        body = _merged(_ellipse(x, y - 1, ruff, 0.75), shoulders, 0.5)
        shadow = 0.42 * np.exp(np.minimum(-3 * head, 0)) + 0.25 * np.exp(np.minimum(4 * body, 0))
        self._paint(self.coat, self._cover(body, cat.fluff), 1 - shadow)

    def _relief(self, head: np.ndarray) -> np.ndarray:
        """Factor of light on the head."""
        cat, y, side = self.cat, self.y, self.feature
        below_nose = y - cat.nose
        muzzle = _ellipse(side, below_nose - 0.18, 0.14 + 0.25 * cat.chin, 0.34)
        relief = 1.05 - 0.3 * np.exp(np.minimum(5 * head, 0))  # turns away at the outline
        relief -= 0.16 * _bump(side - 0.75 * EYE_APART, y, 0.2, 0.22)  # sockets of the eyes
        relief += 0.1 * _bump(side, y - 0.5 * cat.nose, 0.1, 0.3)  # bridge of the nose
        relief += 0.16 * _bump(side - 0.17, below_nose - 0.2, 0.2, 0.16)  # whisker pads
        relief -= 0.13 * _bump(muzzle - 0.05, y - cat.chin, 0.07, 0.9)  # the step round the muzzle
        return relief

    def _paint_folded_ears(self) -> None:
        """Caps on the corners of the head, which shade what they hang over."""
        hanging = pi + 0.45
        along, _, _, shape = self._ear((0.62, -0.8), hanging, 0.45 * self.cat.fold)
        self._paint(self.coat, 0.85 * _share(0.8 - 8 * shape) * _share(2 * along + 0.8), 0.45)
        self._paint(self.coat, self._cover(shape, 0.03), 1.12 - 0.12 * along)

    # Features

    def paint_features(self) -> None:
        self._paint_eyes()
        self._paint_nose_and_mouth()
        self._paint_whiskers()

    def _paint_eyes(self) -> None:
        roundness = self.cat.roundness
        width = 0.06 + 0.17 * roundness
        height = roundness * width
        x = self.feature - EYE_APART
        y = self.y + 0.75 * (1 - roundness) * x  # narrow eyes slant
        eye = _ellipse(x, y, width, height)
        inside = self._cover(eye)
        self._paint(LIP, 0.8 * self._cover(eye - 0.035))  # the rim of the lids
        ball = 1.12 - (x * x + y * y) * (0.4 / width**2) + 0.06 * self.hair
        lid_shadow = _share(0.55 + 3.5 * (y + height))
        self._paint(self.rng.choice(IRISES), inside, ball * lid_shadow)
        pupil = _ellipse(x, y, width * self.rng.uniform(0.25, 0.8), 0.8 * height)
        self._paint(LIP, inside * self._cover(pupil), 0.2)
        glint = _ellipse(x + 0.05, self.y + 0.06, 0.04, 0.035)
        self._paint(WHITE, inside * self._cover(glint))

    def _paint_nose_and_mouth(self) -> None:
        x, y = self.feature, self.y - self.cat.nose
        leather = np.maximum(x - 0.118 + 0.75 * y, np.abs(y - 0.04) - 0.07)  # a triangle
        self._paint(self.rng.choice((PINK, LIP)), 0.9 * self._cover(leather))
        lips = np.abs(y - 0.25 - 0.09 * np.sin(12 * np.minimum(x, 0.26)))
        smile = np.maximum(lips, x - 0.3)
        philtrum = np.maximum(x, np.abs(y - 0.17) - 0.08)  # the groove from the nose to the lips
        mouth = np.minimum(philtrum, smile)
        self._paint(LIP, 0.65 * self._cover(mouth - 0.012))

    def _paint_whiskers(self) -> None:
        """Seven lines per unit of slope, which fan out from the whisker pads and bend down."""
        x, y = self.feature, self.y - self.cat.nose
        out = np.maximum(x - 0.2, 0.02)
        slope = (y - 0.2 - 0.2 * out * out) / out + 0.15 * self.bend
        fan = _share(3 - 8 * np.abs(slope)) * _share(3 - 3 * out) * _share(9 * out - 0.3)
        lines = np.abs((7 * slope) % 1 - 0.5) * out * (1 / 7)
        self._paint(WHITE, (0.7 - 0.6 * self.cat.bare) * fan * self._cover(lines - 0.003))

    # Camera

    def photograph(self, size: int) -> np.ndarray:
        """(size, size, 3) uint8: exposure, white balance, focus and sensor noise."""
        rng = self.rng
        lamp = np.array((rng.uniform(0.8, 1.15), *rng.normal(0, (0.04, 0.01))))
        exposure = (lamp @ np.asarray(TINTS, np.float32)).astype(np.float32)
        bands = grey_levels(self.planes * exposure.reshape(3, 1, 1))
        image = Image.merge("RGB", [Image.fromarray(band) for band in bands])
        image = image.filter(ImageFilter.BoxBlur(min(rng.exponential(0.3), 1.5)))
        # Alike in all channels
        noise = rng.integers(-6, 7, (size, size, 1), np.int8) * np.float32(rng.uniform(0.2, 1))
        return grey_levels(np.asarray(image.resize((size, size))) + noise)


def draw(kind: str, *, size: int, rng: np.random.Generator) -> np.ndarray:
    """(size, size, 3) uint8 RGB: one cat, head and chest, in front of a room.

    What is in the picture does not depend on its size.
    For arguments and errors, which all families share, see `lib.phantoms`.
    """
    check_request(kind, size, KINDS)
    portrait = _Portrait(_cat(kind, rng), rng)
    portrait.paint_ears()
    portrait.paint_head_and_body()
    portrait.paint_features()
    return portrait.photograph(size)
