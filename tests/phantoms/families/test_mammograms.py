"""The phantom mammograms differ in what is found in the breast, and in nothing else.

The same seed shows the same breast on the same film for every kind, so that the difference to the
normal film isolates the finding. What a classifier gets, and is tested on, is the film alone.
"""

from itertools import combinations

import numpy as np
import pytest
from scipy import ndimage
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lib.phantoms.families.mammograms import KINDS, draw

SIZE = 227
MM = SIZE / 160  # pixels
PER_KIND = 48
MASSES = ("benign", "malignant")


def _films(kind: str) -> np.ndarray:
    """(PER_KIND, SIZE, SIZE): film n shows the same breast in every kind."""
    rngs = map(np.random.default_rng, range(PER_KIND))
    return np.float32([draw(kind, size=SIZE, rng=rng)[..., 0] for rng in rngs])


@pytest.fixture(scope="module")
def films() -> dict[str, np.ndarray]:
    return {kind: _films(kind) for kind in KINDS}


@pytest.fixture(scope="module")
def findings(films) -> dict[str, np.ndarray]:
    """What a mass adds to the normal film, without the few that dense gland hides."""
    added = {kind: films[kind] - films["normal"] for kind in MASSES}
    smooth = {kind: ndimage.gaussian_filter(added[kind], (0, 3, 3)) for kind in MASSES}
    seen = np.min([smooth[kind].max(axis=(1, 2)) > 15 for kind in MASSES], axis=0)
    assert seen.mean() > 0.6
    return {kind: added[kind][seen] for kind in MASSES}


def _body(finding: np.ndarray) -> np.ndarray:
    """Mask of the piece around the brightest place that is at least half as bright."""
    smooth = ndimage.gaussian_filter(finding, 1.5)
    pieces, _ = ndimage.label(smooth > smooth.max() / 2)
    return pieces == pieces.flat[smooth.argmax()]


def _roundness(finding: np.ndarray) -> float:
    mask = np.pad(_body(finding), 1).astype(np.int8)
    outline = np.abs(np.diff(mask, axis=0)).sum() + np.abs(np.diff(mask, axis=1)).sum()
    return mask.sum() / outline**2


def _steepness(finding: np.ndarray) -> float:
    """Slope along the margin, relative to the contrast of the body."""
    body, smooth = _body(finding), ndimage.gaussian_filter(finding, 1.5)
    slope = np.hypot(*np.gradient(smooth))
    return slope[body ^ ndimage.binary_erosion(body)].mean() / smooth[body].mean()


def _lines_around(finding: np.ndarray) -> np.ndarray:
    """Fine structure next to the body, in grey levels."""
    distance = ndimage.distance_transform_edt(~_body(finding))
    around = (distance > 3 * MM) & (distance < 12 * MM)
    return (finding - ndimage.gaussian_filter(finding, 2.5))[around]


def _spicules(finding: np.ndarray) -> int:
    """Bright lines around the body, less the dark ones: a strand that has moved leaves both."""
    lines = _lines_around(finding)
    return np.count_nonzero(lines > 10) - np.count_nonzero(lines < -10)


def _distortion(finding: np.ndarray) -> int:
    """Dark lines around the body, where strands have been before they were drawn in."""
    return np.count_nonzero(_lines_around(finding) < -6)


def _blob(film: np.ndarray) -> float:
    """How far the strongest blob of the size of a mass rises above the tissue around it."""
    smooth = [ndimage.gaussian_filter(film, sigma * MM) for sigma in (4, 7)]
    inside = ndimage.minimum_filter(smooth[1] > 60, round(8 * MM))
    return ((smooth[0] - smooth[1]) * inside)[round(25 * MM) :].max()


def _specks(finding: np.ndarray) -> int:
    """Dots: places that rise above both neighbours 3 pixels away in each of four directions."""
    ways = np.array([(0, 3), (3, 0), (3, 3), (3, -3)])
    pairs = [[np.roll(finding, sign * way, (0, 1)) for sign in (1, -1)] for way in ways]
    return ndimage.label(finding - np.max(pairs, axis=(0, 1)) > 20)[1]


def _each(measure, planes: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Kind → (n,) measures of its (n, SIZE, SIZE) planes."""
    return {
        kind: np.array([measure(plane) for plane in of_kind]) for kind, of_kind in planes.items()
    }


MARKS = (_roundness, _steepness, _spicules, _distortion, _specks)


@pytest.fixture(scope="module")
def marks(findings) -> dict:
    return {mark: _each(mark, findings) for mark in MARKS}


def _best_cut(low: np.ndarray, high: np.ndarray) -> float:
    """Balanced accuracy of the best threshold between two kinds."""
    cuts = np.concatenate([low, high])[:, None]
    return float(((low <= cuts).mean(axis=1) + (high > cuts).mean(axis=1)).max() / 2)


def _features(films: np.ndarray) -> np.ndarray:
    """(n, 6) mean and spread of each colour channel; the film is grey, so they repeat."""
    return np.repeat([(film.mean(), film.std()) for film in films], 3, axis=1)


@pytest.mark.parametrize("size", [16, 33, 84, 227, 256])
@pytest.mark.parametrize("kind", KINDS)
def test_shape_type_and_grey(kind, size):
    film = draw(kind, size=size, rng=np.random.default_rng(0))
    assert film.shape == (size, size, 3)
    assert film.dtype == np.uint8
    assert film.std() > 30
    assert (film == film[..., :1]).all()


def test_a_breast_of_each_side_lies_bright_against_its_chest_wall(films):
    for of_kind in films.values():
        left, right = of_kind[:, :, :12].mean(axis=(1, 2)), of_kind[:, :, -12:].mean(axis=(1, 2))
        assert (np.maximum(left, right) > 80).all()
        assert (np.minimum(left, right) < 60).all()
        assert 0.3 < (left > right).mean() < 0.7


def test_the_muscle_is_the_bright_upper_corner_at_the_wall(films):
    for film in films["normal"]:
        film = film if film[:, 0].mean() > film[:, -1].mean() else film[:, ::-1]
        assert film[:25, :15].mean() > film[-60:-30, :15].mean()


def test_the_marker_is_white_and_as_frequent_in_every_kind(films):
    for of_kind in films.values():
        marked = (of_kind > 246).sum(axis=(1, 2)) > 60
        assert 0.3 < marked.mean() < 0.7


def test_breasts_range_from_fatty_to_dense_in_every_kind(films):
    for of_kind in films.values():
        dense = np.array([np.percentile(film[film > 60], 75) for film in of_kind])
        assert np.percentile(dense, 90) - np.percentile(dense, 10) > 30


def test_only_the_finding_differs_between_films_of_one_seed(films):
    for of_kind, of_other in combinations(films.values(), 2):
        changed = (abs(of_kind - of_other) > 4).mean(axis=(1, 2))
        assert 0.002 < changed.mean() < 0.15


def test_masses_lie_all_over_the_breast_and_alike_in_both_kinds(findings):
    centres = {
        kind: np.array([ndimage.center_of_mass(_body(finding)) for finding in of_kind])
        for kind, of_kind in findings.items()
    }
    apart = np.hypot(*(centres["benign"] - centres["malignant"]).T)
    assert np.median(apart) < 5 * MM
    for place in centres.values():
        assert (place.std(axis=0) > 15 * MM).all()


def test_a_mass_brightens_the_film_and_a_normal_breast_may_mimic_one(films):
    blobs = _each(_blob, films)
    for kind in MASSES:
        assert blobs[kind].mean() > blobs["normal"].mean() + 1.5
        assert _best_cut(blobs["normal"], blobs[kind]) < 0.85


@pytest.mark.parametrize(("mark", "factor"), [(_roundness, 1.15), (_steepness, 1.1)])
def test_a_benign_mass_is_rounder_and_better_circumscribed(marks, mark, factor):
    assert marks[mark]["benign"].mean() > factor * marks[mark]["malignant"].mean()


@pytest.mark.parametrize(("mark", "more"), [(_spicules, 7), (_distortion, 50), (_specks, 1)])
def test_a_malignant_mass_has_spicules_distorts_and_has_more_specks(marks, mark, more):
    assert marks[mark]["malignant"].mean() > marks[mark]["benign"].mean() + more


@pytest.mark.parametrize("mark", MARKS)
def test_masses_overlap_so_that_no_single_mark_decides(marks, mark):
    benign, malignant = (marks[mark][kind] for kind in MASSES)
    assert max(_best_cut(benign, malignant), _best_cut(malignant, benign)) < 0.95


def test_brightness_and_contrast_of_the_film_do_not_give_the_kind_away(films):
    features = np.concatenate([_features(films[kind]) for kind in KINDS])
    model = make_pipeline(StandardScaler(), LogisticRegression())
    accuracy = cross_val_score(model, features, np.repeat(KINDS, PER_KIND), cv=5).mean()
    assert accuracy < 0.45
