"""The phantom cats show what tells the breeds apart, and nothing else does.

Everything is measured on finished pictures, in whichever pose, coat, room and light they came.
"""

from itertools import combinations, pairwise

import numpy as np
import pytest
from PIL import Image, ImageFilter
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lib.phantoms.families.cats import KINDS, draw

SIZE = 112
PER_KIND = 80
BREEDS = np.repeat(np.arange(len(KINDS)), PER_KIND)


@pytest.fixture(scope="module")
def pictures() -> dict[str, list[np.ndarray]]:
    rng = np.random.default_rng(20)
    return {kind: [draw(kind, size=SIZE, rng=rng) for _ in range(PER_KIND)] for kind in KINDS}


def _detail(picture: np.ndarray, finest: int, coarsest: int) -> np.ndarray:
    """(SIZE, SIZE) strength of structures between two box radii; a blurred room has none."""
    grey = Image.fromarray(picture).convert("L").filter(ImageFilter.BoxBlur(finest))
    smooth = np.asarray(grey.filter(ImageFilter.BoxBlur(coarsest)), float)
    return np.abs(np.asarray(grey) - smooth)


def _part(plane: np.ndarray, top: float, bottom: float, left: float, right: float) -> np.ndarray:
    top, bottom, left, right = (round(SIZE * edge) for edge in (top, bottom, left, right))
    return plane[top:bottom, left:right]


def _chest_hair(picture: np.ndarray) -> float:
    """Finest detail on the chest, which wrinkles and stripes are too coarse for."""
    return np.median(_part(_detail(picture, 0, 1), 0.78, 1, 0.4, 0.6)) / picture.mean()


def _top_row(picture: np.ndarray) -> int:
    """The first row in which there is an animal."""
    rows = _part(_detail(picture, 1, 3), 0, 1, 0.17, 0.83) > 4
    return int(np.flatnonzero(rows.sum(1) >= 3)[0])


def _shaggy_flanks(picture: np.ndarray) -> float:
    """Detail to the left and right of a slim neck."""
    low = _detail(picture, 1, 3)
    flanks = np.hstack([_part(low, 0.75, 1, 0, 0.25), _part(low, 0.75, 1, 0.75, 1)])
    return flanks.mean() / picture.mean()


def _snout_row(picture: np.ndarray) -> float:
    """Mean row of nose and mouth: of detail in a narrow strip below the eyes."""
    rows = (_part(_detail(picture, 1, 3), 0.5, 0.9, 0.44, 0.56) ** 2).sum(1)
    return rows @ np.arange(len(rows)) / rows.sum()


def _pink_ears(picture: np.ndarray) -> float:
    """How much redder the reddest spots where ears stand are than the middle of the cat."""
    red = picture[..., 0].astype(float) - picture[..., 1]
    ears = np.hstack([_part(red, 0.1, 0.36, 0.2, 0.4), _part(red, 0.1, 0.36, 0.6, 0.8)])
    return np.percentile(ears, 90) - np.median(_part(red, 0.3, 0.9, 0.4, 0.6))


def _turning_in(picture: np.ndarray) -> float:
    """By how much the outer edges of the ears lie further in at the tip than 10 rows below it."""
    detail = _part(_detail(picture, 1, 3), 0, 1, 0.05, 0.95) > 5
    left, right = np.hsplit(detail, 2)
    steps = []
    for half in (left[:, ::-1], right):
        top = np.flatnonzero(half.sum(1) >= 2)[0]
        strips = (np.nonzero(half[row : row + 5])[1] for row in (top, top + 10))
        tip, below = (np.percentile(columns, 75) if columns.size else 0 for columns in strips)
        steps.append(below - tip)
    return float(np.mean(steps))


def _brow_shadow(picture: np.ndarray) -> float:
    """How much brighter the upper corners of the face are than what a flap there would shade."""
    grey = picture.mean(2)
    flap, shade = (
        np.hstack([_part(grey, *rows, 0.26, 0.36), _part(grey, *rows, 0.64, 0.74)])
        for rows in ((0.3, 0.35), (0.38, 0.43))
    )
    return flap.mean() / shade.mean()


MARKS = (
    _chest_hair, _top_row, _shaggy_flanks, _snout_row, _pink_ears, _turning_in, _brow_shadow,
)  # fmt: skip


@pytest.fixture(scope="module")
def marks(pictures) -> dict:
    """By measure, then by kind: (PER_KIND,) values."""
    return {
        measure: {
            kind: np.array([measure(picture) for picture in of_kind])
            for kind, of_kind in pictures.items()
        }
        for measure in MARKS
    }


def _middles(values: dict[str, np.ndarray], middle=np.mean) -> dict[str, float]:
    return {kind: float(middle(of_kind)) for kind, of_kind in values.items()}


def _ordered(means: dict[str, float], *kinds: str, margin: float) -> None:
    """Fails unless every kind exceeds the next one by the factor `margin`."""
    for high, low in pairwise(kinds):
        assert means[high] > margin * means[low], (high, low, means)


def _accuracy(features: list[np.ndarray]) -> float:
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return cross_val_score(model, np.array(features), BREEDS, cv=5).mean()


def test_the_same_seed_draws_kinds_differently():
    pictures = [draw(kind, size=SIZE, rng=np.random.default_rng(1)).astype(int) for kind in KINDS]
    for picture, other in combinations(pictures, 2):
        assert np.abs(picture - other).mean() > 3


def test_sphynx_has_no_hair(marks):
    means = _middles(marks[_chest_hair])
    for kind in set(KINDS) - {"Sphynx"}:
        _ordered(means, kind, "Sphynx", margin=1.35)


def test_ears_of_maine_coon_stand_highest_and_those_of_fold_and_peaknose_lowest(marks):
    means = _middles(marks[_top_row])
    for small in ("Peaknose", "Scottish Fold"):
        _ordered(means, small, "American Curl", "Maine Coon", margin=1.3)
        _ordered(means, small, "Sphynx", "Maine Coon", margin=1.3)


def test_ruff_is_widest_in_the_long_haired_breeds_and_narrowest_in_the_sphynx(marks):
    means = _middles(marks[_shaggy_flanks])
    for plain in ("American Curl", "Scottish Fold"):
        _ordered(means, "Peaknose", "Maine Coon", plain, "Sphynx", margin=1.12)


def test_muzzle_is_longest_in_the_maine_coon_and_the_snub_nose_is_highest(marks):
    means = _middles(marks[_snout_row])
    for other in ("American Curl", "Sphynx"):
        _ordered(means, "Maine Coon", other, "Peaknose", margin=1.08)


def test_the_pink_of_an_ear_shows_where_the_ear_is_large_and_not_folded(marks):
    means = _middles(marks[_pink_ears])
    for hidden in ("Scottish Fold", "Peaknose"):
        for shown in ("American Curl", "Sphynx"):
            assert means[shown] > means[hidden] + 5


def test_ears_of_the_curl_turn_in_at_the_tips(marks):
    means = _middles(marks[_turning_in])
    for upright in ("Maine Coon", "Sphynx"):
        assert means["American Curl"] > means[upright] + 2, means


def test_ears_of_the_fold_hang_over_its_brow(marks):
    middles = _middles(marks[_brow_shadow], np.median)
    for kind in set(KINDS) - {"Scottish Fold"}:
        assert middles["Scottish Fold"] > middles[kind] + 0.03, middles


@pytest.mark.parametrize("measure", MARKS)
def test_breeds_overlap_so_that_no_single_mark_decides(marks, measure):
    for values, others in combinations(marks[measure].values(), 2):
        assert values.min() < others.max()
        assert others.min() < values.max()


def test_ears_of_some_curls_are_as_tall_as_those_of_a_maine_coon(marks):
    curl, coon = (marks[_top_row][kind] for kind in ("American Curl", "Maine Coon"))
    assert 0.02 < np.mean(curl < np.median(coon)) < 0.3


def test_neither_colour_nor_brightness_gives_the_breed_away(pictures):
    colours = [picture.reshape(-1, 3) for of_kind in pictures.values() for picture in of_kind]
    features = [np.r_[colour.mean(0), colour.std(0)] for colour in colours]
    assert _accuracy(features) < 1.6 / len(KINDS)


def test_the_room_does_not_give_the_breed_away(pictures):
    corners = [picture[:9, :9].mean((0, 1)) for of_kind in pictures.values() for picture in of_kind]
    assert _accuracy(corners) < 1.35 / len(KINDS)


def test_coats_and_skins_come_in_light_and_dark(pictures):
    for kind, of_kind in pictures.items():
        chests = [np.median(_part(picture, 0.8, 1, 0.4, 0.6)) for picture in of_kind]
        assert np.ptp(np.percentile(chests, [10, 90])) > 60, kind
