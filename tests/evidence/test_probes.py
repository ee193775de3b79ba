"""The probes' answers as rows of evidence.csv: which are asked, on what, and that none sees too much."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from made_up_sets import CLASSES, image_set
from PIL import Image

from lib.datasets import ControlSet, Fold, ImageSet, load
from lib.evidence import probes

COLUMNS = ["kind", "name", "arm", "protocol", "seed", "fold", "path", "group", "true", "predicted"]
ALWAYS = ["majority", "colour", "pixels", "global", "border", "blurred", "patches"]
ALWAYS += ["nearest neighbour"]


def _fold(train: Sequence[int], test: Sequence[int], **where) -> Fold:
    place = {"protocol": "published", "seed": 0, "fold": 0} | where
    return Fold(train=np.array(train), test=np.array(test), **place)


def _halves(images: ImageSet) -> list[Fold]:
    """Even rows against odd ones, and the other way round."""
    rows = np.arange(len(images))
    sides = [rows[::2], rows[1::2]]
    return [_fold(sides[turn], sides[1 - turn], fold=turn) for turn in (0, 1)]


def _tinted(counts: Sequence[int], seed: int = 0, **options) -> ImageSet:
    """Noise whose mean red tells the class."""
    labels = np.repeat(np.arange(len(counts)), counts)
    noise = np.random.default_rng(seed).integers(0, 100, (len(labels), 8, 8, 3))
    noise[..., 0] += 60 * labels[:, None, None]
    return image_set(counts, pixels=noise.astype(np.uint8), **options)


def _on_disk(images: ImageSet, root: Path, suffixes: Sequence[str]) -> ImageSet:
    """The same set, with a file for each image, of the type that its class's suffix names."""
    paths = []
    for row, label in enumerate(images.labels):
        path = f"{row:03d}{suffixes[label]}"
        Image.fromarray(images.take(np.array([row]))[0]).save(root / path)
        paths.append(path)
    return replace(images, table=images.table.assign(path=paths), root=root)


def _right(rows: pd.DataFrame) -> dict[str, float]:
    return (rows["true"] == rows["predicted"]).groupby(rows["name"]).mean().to_dict()


# By hand


def test_every_probe_answers_for_every_test_image_of_every_fold():
    images = _tinted((6, 4), groups=list("aabbccddee"))
    folds = [
        _fold([0, 1, 2, 6, 7], [3, 8, 9]),
        _fold([3, 4, 9], [0, 6], protocol="grouped", seed=3, fold=2),
    ]
    rows = probes.run_probes(images, folds)
    assert list(rows.columns) == COLUMNS
    assert rows["name"].drop_duplicates().tolist() == ALWAYS
    assert set(rows["kind"]) == {"probe"}
    assert set(rows["arm"]) == {""}
    one = rows[rows["name"] == "border"]
    assert one["path"].tolist() == ["3.png", "8.png", "9.png", "0.png", "6.png"]
    assert one["group"].tolist() == ["b", "e", "e", "a", "d"]
    assert one["true"].tolist() == [CLASSES[label] for label in (0, 1, 1, 0, 1)]
    assert one["protocol"].tolist() == ["published"] * 3 + ["grouped"] * 2
    assert one["seed"].tolist() == [0, 0, 0, 3, 3]
    assert one["fold"].tolist() == [0, 0, 0, 2, 2]
    assert set(rows["predicted"]) <= set(CLASSES[:2])


def test_the_majority_is_that_of_the_training_images():
    images = _tinted((6, 4))
    rows = probes.run_probes(images, [_fold([0, 6, 7], [1, 2, 3, 8])])
    answers = rows.loc[rows["name"] == "majority", "predicted"]
    assert answers.tolist() == [CLASSES[1]] * 4


def test_the_nearest_neighbour_finds_a_copy_among_training_images():
    """Greys whose classes alternate: no line divides them, but every test image has its copy."""
    greys = [0, 80, 160, 240, 40, 120, 200]  # the first four are class 0, the others class 1
    pixels = np.repeat(greys, 2).astype(np.uint8)[:, None, None, None] + np.zeros(
        (1, 8, 8, 3), np.uint8
    )
    images = image_set((8, 6), pixels=pixels)
    right = _right(probes.run_probes(images, _halves(images)))
    assert right["nearest neighbour"] == 1
    assert right["pixels"] < 0.7


def test_a_tint_of_a_class_is_found_by_all_that_see_colour():
    images = _tinted((12, 12))
    right = _right(probes.run_probes(images, _halves(images)))
    assert right.pop("majority") == 0.5
    assert right == dict.fromkeys(right, 1.0)


# Files


def test_files_are_asked_only_where_they_differ_and_are_known(tmp_path):
    images = _tinted((8, 8))
    (tmp_path / "same").mkdir()
    alike = _on_disk(images, tmp_path / "same", (".png", ".png"))
    differing = _on_disk(images, tmp_path, (".png", ".jpg"))
    asked = [
        list(dict.fromkeys(probes.run_probes(one, _halves(one))["name"]))
        for one in (images, alike, differing)
    ]
    assert asked == [ALWAYS, ALWAYS, [*ALWAYS[:4], "file", *ALWAYS[4:]]]


def test_a_class_of_another_file_type_is_found_by_the_file_and_by_all_facts(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (24, 8, 8, 3), dtype=np.uint8)
    images = _on_disk(image_set((12, 12), pixels=noise), tmp_path, (".bmp", ".png"))
    right = _right(probes.run_probes(images, _halves(images)))
    assert right["file"] == right["global"] == 1
    assert right["colour"] < 0.9


def test_near_black_is_one_of_the_global_numbers():
    """Two classes of the same mean (60) and spread (30): only the near-black pixels differ."""
    none, four = [30] * 8 + [90] * 8, [9] * 4 + [67, 67, 69, 85, 87, 87] + [77] * 6
    assert np.mean(none) == np.mean(four) == 60
    assert np.std(none) == np.std(four) == 30
    grey = np.array([none] * 10 + [four] * 10, np.uint8).reshape(20, 4, 4, 1)
    images = image_set((10, 10), pixels=np.repeat(grey, 3, 3))
    right = _right(probes.run_probes(images, _halves(images)))
    assert (right["colour"], right["global"]) == (0.5, 1)


def test_a_loaded_set_knows_where_its_files_lie(paper, make_folder):
    images = load(paper, make_folder(suffix=".jpg", size=8), 8)
    assert images.root is not None
    assert all((images.root / path).is_file() for path in images.table["path"])
    larger = images.resized(16)
    assert larger.root == images.root


# Features


def test_features_are_read_arm_by_arm_whatever_their_shape():
    images = _tinted((10, 10))
    images = replace(images, pixels=np.zeros_like(images.pixels))
    good = images.labels[:, None, None] + np.zeros((20, 2, 3))
    given = {"vgg16": good, "resnet50": np.zeros((20, 4))}
    rows = probes.run_probes(images, _halves(images), features=given)
    found = rows[rows["name"] == "features"]
    right = (found["true"] == found["predicted"]).groupby(found["arm"]).mean()
    assert right.to_dict() == {"vgg16": 1.0, "resnet50": 0.5}
    assert set(rows.loc[rows["name"] != "features", "arm"]) == {""}


# Controls


def _control(name: str, images: ImageSet, expected: Sequence[str]) -> ControlSet:
    return ControlSet(name=name, images=images, expected=np.array(expected))


def test_a_control_set_is_answered_by_the_classifier_of_each_fold():
    images = _tinted((12, 12))
    folds = _halves(images)
    other = _tinted((3, 2, 1), seed=1, groups=list("uvwxyz"))
    control = _control("elsewhere", other, [CLASSES[1]] * 6)
    rows = probes.run_probes(images, folds, controls=[control])
    alone = probes.run_probes(images, folds)
    asked = rows["kind"] == "probe"
    pd.testing.assert_frame_equal(rows[asked].reset_index(drop=True), alone)
    shown = rows[~asked]
    assert set(shown["kind"]) == {"control"}
    assert set(shown["name"]) == {"elsewhere"}
    assert shown["arm"].drop_duplicates().tolist() == ["colour", "global"]
    assert len(shown) == 2 * 2 * 6  # probes, folds, images
    first = shown[(shown["arm"] == "colour") & (shown["fold"] == 0)]
    assert first["path"].tolist() == [f"{row}.png" for row in range(6)]
    assert first["group"].tolist() == list("uvwxyz")
    assert set(first["true"]) == {CLASSES[1]}
    # Red tells the class, and what is redder still is called the reddest class.
    assert first["predicted"].tolist() == [CLASSES[0]] * 3 + [CLASSES[1]] * 3


def test_the_same_pixels_get_the_same_answer_as_a_control():
    images = _tinted((12, 12))
    (fold, _) = _halves(images)
    control = _control("the same", images.subset(fold.test), ["basophil"] * 12)
    rows = probes.run_probes(images, [fold], controls=[control])
    for probe in ("colour", "global"):
        tested = rows.loc[rows["name"] == probe, "predicted"].tolist()
        assert rows.loc[rows["arm"] == probe, "predicted"].tolist() == tested


def test_files_of_a_control_set_count_where_those_of_the_images_do(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (24, 8, 8, 3), dtype=np.uint8)
    images = _on_disk(image_set((12, 12), pixels=noise), tmp_path, (".bmp", ".png"))
    (tmp_path / "other").mkdir()
    other = image_set((4,), pixels=noise[:4])
    known = _on_disk(other, tmp_path / "other", (".png",))
    expected = ["basophil"] * 4
    rows = probes.run_probes(
        images,
        _halves(images)[:1],
        controls=[_control("known", known, expected), _control("unknown", other, expected)],
    )
    answers = rows[rows["kind"] == "control"].groupby(["name", "arm"])["predicted"].agg(list)
    assert answers["known", "global"] == [CLASSES[1]] * 4  # a PNG
    assert set(answers.index) == {("known", "colour"), ("known", "global"), ("unknown", "colour")}


# What no probe may see


def test_the_answers_do_not_depend_on_the_classes_of_the_test_images():
    images = _tinted((12, 12))
    fold, _ = _halves(images)
    labels = images.labels.copy()
    labels[fold.test] = 1 - labels[fold.test]
    turned = replace(images, table=images.table.assign(label=labels))
    before, after = (probes.run_probes(one, [fold]) for one in (images, turned))
    assert (before["true"] != after["true"]).all()
    pd.testing.assert_series_equal(before["predicted"], after["predicted"])


def test_the_answers_do_not_depend_on_the_other_test_images():
    images = _tinted((12, 12))
    fold, _ = _halves(images)
    single = replace(fold, test=fold.test[3:4])
    every, one = (probes.run_probes(images, [this]) for this in (fold, single))
    same = every[every["path"] == one["path"].iloc[0]]
    assert same["predicted"].tolist() == one["predicted"].tolist()


# Awkward sets


def test_a_class_that_no_training_image_has_is_never_named():
    images = _tinted((6, 6, 6))
    rows = probes.run_probes(images, [_fold([0, 1, 12, 13], [2, 7, 14])])
    assert set(rows["predicted"]) == {CLASSES[0], CLASSES[2]}


def test_images_of_one_pixel_are_probed_as_others():
    images = _tinted((12, 12))
    small = replace(images, pixels=images.pixels.mean((1, 2), keepdims=True).astype(np.uint8))
    right = _right(probes.run_probes(small, _halves(small)))
    assert right["majority"] == 0.5
    assert {name: share for name, share in right.items() if share < 1} == {"majority": 0.5}


def test_the_same_answers_are_given_again():
    images = _tinted((10, 10))
    images = replace(images, pixels=np.random.default_rng(2).permuted(images.pixels, axis=0))
    first, second = (probes.run_probes(images, _halves(images)) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
