"""One training again with one thing changed: which are tried, on what, and what comes of them."""

from dataclasses import asdict, fields, replace
from types import SimpleNamespace

import made_up_training as made_up
import numpy as np
import pandas as pd
import pytest
from made_up_paper import arm as made_up_arm
from made_up_paper import paper as made_up_paper
from made_up_paper import recipe
from made_up_runs import learning as learnt

from lib import papers
from lib.datasets import Fold, ImageSet, SplitError, split_published, tables
from lib.evaluation.metrics import wilson
from lib.papers.declare import (
    NATIVE,
    Arm,
    Assumed,
    Paper,
    Recipe,
    Stated,
)
from lib.settings import Settings, Training, resolve

pytestmark = [
    pytest.mark.slow,
    # TensorFlow's, where `untraced` is asked for
    pytest.mark.filterwarnings("ignore:Even though the `tf.config.experimental_run_functions"),
]

OPEN = Assumed("whatever", "not told")


@pytest.fixture(scope="module")
def reruns():
    from lib.training import reruns

    return reruns


def _arm(name: str = "net", *, open_ones: tuple[str, ...] = (), **changes) -> Arm:
    """An arm whose recipe leaves these open."""
    return made_up_arm(name, recipe=replace(recipe(), **dict.fromkeys(open_ones, OPEN)), **changes)


def _settings(*arms: Arm, profile: str = "quick", **changes) -> Settings:
    """Pixels in [0, 1], batches of 32, a learning rate of 0.001, at 32 pixels: as declared or not."""
    how = made_up.training(**{"pixel_scaling": "[0, 1]", "batch_size": 32} | changes)
    return Settings(
        profile=profile,
        arms=tuple(arm.name for arm in arms),
        variants=(),
        protocols=("published",),
        grouped_folds=5,
        seeds=(0, 1),
        image_size=how.image_size,
        test_share=0.25,
        stratified=True,
        phantoms_per_class=5,
        images_per_class=None,
        choices=True,
        training={arm.name: how for arm in arms},
    )


def _folds(images: ImageSet, *seeds: int, protocol: str = "published") -> list[Fold]:
    folds = split_published(images, test_share=0.25, stratified=True, seeds=seeds)
    return [replace(fold, protocol=protocol) for fold in folds]


@pytest.fixture
def tried(reruns, monkeypatch) -> list[SimpleNamespace]:
    """What is to be trained from now on, in order; nothing is, and every answer is "a".

    The arm "end to end" has no frozen front, the head of "large" is as large as a cheap one may be, and
    that of "larger" has one weight more.
    """
    found = []
    sizes = {"large": reruns.CHEAP, "larger": reruns.CHEAP + 1}

    def built(arm, *_):
        kernel, bias = ((sizes.get(arm.name, 100) - 7, 1), (7,))
        variables = [SimpleNamespace(shape=shape) for shape in (kernel, bias)]
        return SimpleNamespace(name=arm.name, trainable_variables=variables)

    def predict(arm, backbone, images, trainings, *_):
        given = {"arm": arm, "backbone": backbone, "images": images}
        found.extend(SimpleNamespace(**given, fold=fold, how=how) for fold, how in trainings)
        return [np.full(len(fold.test), "a") for fold, _ in trainings]

    monkeypatch.setattr(reruns, "_predict", predict)
    monkeypatch.setattr(reruns, "build_model", built)
    front = object()
    monkeypatch.setattr(
        reruns, "extract_features", lambda arm, _: None if arm.name == "end to end" else front
    )
    return found


def _choices(reruns, *arms: Arm, paper: Paper | None = None, **given) -> pd.DataFrame:
    images = given.pop("images", None) or made_up.image_set()
    folds = given.pop("folds", None) or _folds(images, 0, 1)
    settings = given.pop("settings", None) or _settings(*arms)
    backbones = {arm.name: f"backbone of {arm.name}" for arm in arms}
    paper = paper or made_up_paper(*arms, seeds=Stated((0, 1), "§2"))
    learning = given.pop("learning", None) or [learnt(arm.name) for arm in arms]
    return reruns.try_open_choices(paper, arms, backbones, images, folds, settings, learning)


def test_of_an_arm_that_did_not_learn_no_choice_is_tried(reruns, tried):
    arms = [_arm(name, open_ones=("batch_size",)) for name in ("good", "flat")]
    learning = [learnt("good"), learnt("flat", outcome="one answer")]
    assert set(_choices(reruns, *arms, learning=learning)["arm"]) == {"good"}


def _names(rows: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(rows["name"]))


# Choices that a paper leaves open


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("batch_size", ["batch size=16", "batch size=64"]),
        ("learning_rate", ["learning rate=0.0001", "learning rate=0.01"]),
        ("pixel_scaling", ["pixel scaling=[-1, 1]"]),
    ],
)
def test_what_is_open_is_tried_with_what_others_use_but_not_again_as_it_is(
    reruns, tried, name, values
):
    arm = _arm(open_ones=(name,))
    assert _names(_choices(reruns, arm)) == values
    as_used = asdict(_settings(arm).training["net"])
    for again, name_of_row in zip(tried, values, strict=True):
        changed = {key: new for key, new in asdict(again.how).items() if new != as_used[key]}
        assert list(changed) == [name]
        assert name_of_row == f"{name.replace('_', ' ')}={changed[name]}"


def test_what_the_paper_states_is_not_tried(reruns, tried):
    assert _choices(reruns, _arm()).empty
    assert list(_choices(reruns, _arm())) == tables.EVIDENCE
    assert tried == []


def test_what_is_open_and_has_no_usual_values_is_not_tried(reruns, tried):
    others = {setting.name for setting in fields(Recipe)} - set(reruns.USUAL)
    assert {"optimizer", "epochs", "loss", "image_size"} == others
    assert _choices(reruns, _arm(open_ones=tuple(sorted(others)))).empty


def test_what_the_run_uses_is_left_out_whatever_the_paper_declares(reruns, tried):
    arm = _arm(open_ones=("batch_size",))
    found = _choices(reruns, arm, settings=_settings(arm, batch_size=64))
    assert _names(found) == ["batch size=16", "batch size=32"]
    found = _choices(reruns, arm, settings=_settings(arm, batch_size=10))
    assert _names(found) == ["batch size=16", "batch size=32", "batch size=64"]


@pytest.mark.parametrize(
    ("backbone", "used", "values"),
    [
        ("MobileNetV2", "[0, 1]", ["[-1, 1]"]),
        ("MobileNetV2", "[-1, 1]", ["[0, 1]"]),
        ("MobileNetV2", "[0, 255]", ["[0, 1]", "[-1, 1]"]),
        ("VGG16", "[0, 1]", ["BGR - mean"]),
        ("AlexNet", "[0, 1]", ["(RGB - mean) / sd"]),
        # Never trained: nothing is native to it.
        ("ConvBlocks", "[0, 1]", []),
        ("ConvBlocks", "[-1, 1]", ["[0, 1]"]),
    ],
)
def test_of_pixel_scalings_the_usual_and_that_of_the_weights_are_tried(
    reruns, tried, backbone, used, values
):
    assert ("ConvBlocks" in NATIVE) is False
    arm = _arm(open_ones=("pixel_scaling",), backbone=backbone)
    found = _choices(reruns, arm, settings=_settings(arm, pixel_scaling=used))
    assert _names(found) == [f"pixel scaling={value}" for value in values]


def test_several_open_choices_are_changed_one_at_a_time(reruns, tried):
    found = _choices(reruns, _arm(open_ones=("batch_size", "learning_rate")))
    assert len(_names(found)) == len(tried) == 4
    assert [(again.how.batch_size, again.how.learning_rate) for again in tried] == [
        *((16, 0.001), (64, 0.001)),
        *((32, 0.0001), (32, 0.01)),
    ]


# Seeds


@pytest.mark.parametrize(("first", "others"), [(0, (1, 2)), (1, (0, 2)), (2, (0, 1)), (9, (0, 1))])
def test_two_other_seeds_of_the_weights_and_of_the_split_are_tried(
    reruns, tried, images, first, others
):
    arm, folds = _arm(), _folds(images, first, 5)
    found = _choices(reruns, arm, paper=made_up_paper(arm), images=images, folds=folds)
    assert _names(found) == [
        *(f"seed of the weights={seed}" for seed in others),
        *(f"seed of the split={seed}" for seed in others),
    ]
    *weights, first_split, second_split = tried
    for again, seed in zip(weights, others, strict=True):
        assert again.fold.seed == seed
        np.testing.assert_array_equal(again.fold.train, folds[0].train)
        np.testing.assert_array_equal(again.fold.test, folds[0].test)
    for again, expected in zip((first_split, second_split), _folds(images, *others), strict=True):
        assert again.fold.seed == first  # of the weights
        np.testing.assert_array_equal(again.fold.train, expected.train)
        np.testing.assert_array_equal(again.fold.test, expected.test)
    assert {again.how for again in tried} == {_settings(arm).training["net"]}


def test_another_split_is_divided_as_the_run_divides(reruns, tried, images):
    arm = _arm()
    settings = replace(_settings(arm), test_share=0.5, stratified=False)
    _choices(reruns, arm, paper=made_up_paper(arm), images=images, settings=settings)
    expected = split_published(images, test_share=0.5, stratified=False, seeds=(1, 2))
    for again, fold in zip(tried[2:], expected, strict=True):
        np.testing.assert_array_equal(again.fold.test, fold.test)


def test_a_seed_whose_split_misses_a_class_is_not_tried(reruns, tried):
    """Two images of a class among forty: some seeds put none of them on one side."""
    images = made_up.image_set(classes=2)
    labels = np.where(np.arange(40) < 2, 0, 1)
    images = replace(images, table=images.table.assign(label=labels))

    def works(seed: int) -> bool:
        try:
            return bool(split_published(images, test_share=0.25, stratified=False, seeds=(seed,)))
        except SplitError:
            return False

    good = [seed for seed in (0, 1) if works(seed)]
    assert len(good) < 2
    arm, first = _arm(), next(seed for seed in range(2, 99) if works(seed))
    folds = split_published(images, test_share=0.25, stratified=False, seeds=(first,))
    given = {
        "images": images,
        "folds": folds,
        "settings": replace(_settings(arm), stratified=False),
    }
    found = _names(_choices(reruns, arm, paper=made_up_paper(arm), **given))
    others = [seed for seed in range(3) if seed != first][:2]
    assert found == [
        *(f"seed of the weights={seed}" for seed in others),
        *(f"seed of the split={seed}" for seed in others if works(seed)),
    ]


# Where they are tried


def test_an_arm_with_a_large_head_is_not_tried(reruns, tried, monkeypatch):
    """Nor are its features looked for."""
    extract = reruns.extract_features
    monkeypatch.setattr(
        reruns,
        "extract_features",
        lambda arm, images: (arm.name == "larger" and 1 / 0, extract(arm, images))[1],
    )
    arms = [_arm(name, open_ones=("batch_size",)) for name in ("larger", "large", "net")]
    assert list(dict.fromkeys(_choices(reruns, *arms)["arm"])) == ["large", "net"]


def test_only_arms_with_a_frozen_front_are_tried_and_no_variants(reruns, tried):
    open_ones = ("batch_size",)
    arms = [
        _arm("net", open_ones=open_ones),
        _arm("end to end", open_ones=open_ones),
        _arm("net-variant", open_ones=open_ones, variant_of="net"),
        _arm("other", open_ones=open_ones),
    ]
    found = _choices(reruns, *arms)
    assert list(dict.fromkeys(found["arm"])) == ["net", "other"]
    trained = [(again.arm.name, again.backbone) for again in tried]
    assert trained == [("net", "backbone of net")] * 2 + [("other", "backbone of other")] * 2


@pytest.mark.parametrize(("choices", "tried_again"), [(None, 0), (False, 0), (True, 2)])
def test_on_many_images_choices_are_tried_where_that_is_asked_for(
    reruns, tried, monkeypatch, choices, tried_again
):
    monkeypatch.setattr("lib.settings.FEW_IMAGES", 1)
    arm = _arm(open_ones=("batch_size",))
    found = _choices(reruns, arm, settings=replace(_settings(arm), choices=choices))
    assert len(tried) == tried_again
    assert found.empty is not bool(tried_again)


def test_only_the_first_published_fold_is_tried(reruns, tried, images):
    grouped, published = (_folds(images, 3, 4, protocol=name) for name in ("grouped", "published"))
    arm = _arm(open_ones=("batch_size",))
    found = _choices(reruns, arm, images=images, folds=[*grouped, *published])
    assert [again.fold for again in tried] == [published[0]] * 2
    assert set(found["protocol"]) == {"published"}
    assert _choices(reruns, arm, images=images, folds=grouped).empty


def test_images_are_those_of_the_arms_own_size(reruns, tried, images):
    larger = made_up.image_set(size=48)
    given = replace(images, reload={48: larger}.__getitem__)
    arm = _arm(open_ones=("batch_size",))
    settings = _settings(arm, image_size=48)
    _choices(reruns, arm, images=given, settings=settings)
    assert all(again.images is larger for again in tried)


def test_every_test_image_has_a_row_of_what_it_was_called(reruns, tried, images):
    arm, folds = _arm(open_ones=("batch_size",)), _folds(images, 1)
    found = _choices(reruns, arm, paper=made_up_paper(arm), images=images, folds=folds)
    assert list(found) == tables.EVIDENCE
    assert {tuple(row) for row in found[["kind", "arm", "fold"]].values} == {("choice", "net", 0)}
    assert set(found["seed"]) == {1}  # of the run that is changed, whatever the change is
    assert set(found["predicted"]) == {"a"}
    for again, (_, rows) in zip(tried, found.groupby("name", sort=False), strict=True):
        assert rows["path"].tolist() == images.table["path"].iloc[again.fold.test].tolist()
        assert rows["true"].tolist() == [images.classes[n] for n in images.labels[again.fold.test]]


# Random labels


def _random(reruns, *arms: Arm, images=None, folds=None, **changes) -> pd.DataFrame:
    images = images or made_up.image_set()
    backbones = {arm.name: f"backbone of {arm.name}" for arm in arms}
    settings = _settings(*arms, **{"profile": "paper"} | changes)
    return reruns.train_on_shuffled_labels(
        arms, backbones, images, folds or _folds(images, 0, 1), settings
    )


def test_random_labels_are_tried_in_the_paper_profile_alone(reruns, tried):
    found = _random(reruns, _arm(), profile="quick")
    assert found.empty
    assert list(found) == tables.EVIDENCE
    assert tried == []


def test_every_arm_but_no_variant_is_trained_on_random_labels_of_the_first_fold(
    reruns, tried, images
):
    arms = [_arm(), _arm("end to end"), _arm("net-variant", variant_of="net")]
    folds = [*_folds(images, 4, protocol="grouped"), *_folds(images, 4)]
    found = _random(reruns, *arms, images=images, folds=folds)
    assert [(again.arm.name, again.fold) for again in tried] == [
        ("net", folds[0]),
        ("end to end", folds[0]),
    ]
    assert {tuple(row) for row in found[["kind", "name", "arm"]].values} == {
        ("probe", "random labels", "net"),
        ("probe", "random labels", "end to end"),
    }
    assert set(found["protocol"]) == {"grouped"}
    assert found["path"].tolist() == images.table["path"].iloc[folds[0].test].tolist() * 2
    # Tested on the true labels.
    assert found["true"].tolist() == [images.classes[n] for n in images.labels[folds[0].test]] * 2


def test_labels_are_dealt_out_anew_among_the_training_images_alone(reruns, tried):
    images = made_up.image_set(number=120)
    (fold,) = _folds(images, 0)
    _random(reruns, _arm(), images=images, folds=[fold])
    _random(reruns, _arm(), images=images, folds=[fold])
    _random(reruns, _arm(), images=images, folds=[replace(fold, seed=1)])
    first, again, other = (training.images for training in tried)
    np.testing.assert_array_equal(first.labels[fold.test], images.labels[fold.test])
    assert first.count(fold.train) == images.count(fold.train)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert (first.labels != other.labels).any()
    # The same images otherwise, so that features that are there already serve.
    assert (first.content, first.pixels is images.pixels) == (images.content, True)
    assert first.table.drop(columns="label").equals(images.table.drop(columns="label"))


def test_every_class_gets_all_labels_in_the_shares_that_they_have(reruns, tried):
    """Else a network that only tells classes apart could be right on all images of one."""
    rng = np.random.default_rng(0)
    images = made_up.image_set(number=400)
    images.table["label"] = rng.permutation(np.repeat([0, 1, 2], [40, 120, 240]))
    for fold in _folds(images, 0, 1):
        _random(reruns, _arm(), images=images, folds=[fold])
        dealt = pd.crosstab(images.labels[fold.train], tried[-1].images.labels[fold.train])
        # 300 images: 30, 90 and 180, of each the same shares.
        expected = np.outer([30, 90, 180], [30, 90, 180]) / 300
        assert np.abs(dealt.to_numpy() - expected).max() <= 2


# Real trainings


@pytest.fixture
def frozen(untraced):
    """The paper of white blood cells, its arm with a frozen backbone, and how it is trained."""
    paper = papers.load("kuncoro_white_blood_cells")
    changes = {"image_size": 32, "epochs": 3, "batch_size": 16, "learning_rate": 0.01}
    settings = resolve(paper, "paper", stratified=True, **changes)
    arm = paper.arm("mobilenetv2")
    return paper, arm, {arm.name: made_up.untrained(arm, settings.training[arm.name])}, settings


def test_every_choice_is_what_a_new_training_with_that_change_gives(reruns, frozen, monkeypatch):
    from lib import models
    from lib.training import extract_features, side_by_side

    paper, arm, backbones, settings = frozen
    images = made_up.image_set(number=60)
    (fold,) = split_published(images, test_share=settings.test_share, stratified=True, seeds=(0,))
    taken = made_up.taken(monkeypatch)
    learning = [learnt(arm.name)]
    compiled, compile_model = [], side_by_side.compile_model
    monkeypatch.setattr(
        side_by_side,
        "compile_model",
        lambda *given, **measured: (compiled.append(given), compile_model(*given, **measured)),
    )
    found = reruns.try_open_choices(paper, [arm], backbones, images, [fold], settings, learning)
    # Two batch sizes, and all that shares the run's own: side by side.
    assert len(compiled) == 3
    # The backbone saw every image once in each of two ranges of pixels, however often was trained.
    assert sorted(taken) == sorted([*range(60)] * 2)
    assert _names(found) == [
        "pixel scaling=[-1, 1]",
        *("batch size=32", "batch size=64"),
        *("learning rate=0.0001", "learning rate=0.001"),
        *("seed of the weights=1", "seed of the weights=2"),
        *("seed of the split=1", "seed of the split=2"),
    ]
    how = settings.training[arm.name]
    (other,) = split_published(images, test_share=settings.test_share, stratified=True, seeds=(2,))

    def alone(fold: Fold, how: Training) -> list[str]:
        model = models.build_model(arm, backbones[arm.name], 3, fold.seed, how)
        fit = made_up.fit(model, images, fold, how, extract_features(model, images))
        return [images.classes[label] for label in fit.probabilities.argmax(1)]

    expected = {
        "pixel scaling=[-1, 1]": alone(fold, replace(how, pixel_scaling="[-1, 1]")),
        "batch size=64": alone(fold, replace(how, batch_size=64)),
        "learning rate=0.0001": alone(fold, replace(how, learning_rate=0.0001)),
        "seed of the weights=2": alone(replace(fold, seed=2), how),
        "seed of the split=2": alone(replace(other, seed=0), how),
    }
    for name, called in expected.items():
        assert found.loc[found["name"] == name, "predicted"].tolist() == called, name
    assert len({tuple(called) for called in expected.values()}) > 2  # they do not all give the same


# Fewer training images


def _fewer(
    reruns, *arms: Arm, folds: list[Fold], images: ImageSet, failed: str = ""
) -> pd.DataFrame:
    """Where all `arms` but `failed` learnt."""
    backbones = {arm.name: f"backbone of {arm.name}" for arm in arms}
    learning = [
        learnt(arm.name, outcome="one answer" if arm.name == failed else "learnt") for arm in arms
    ]
    return reruns.train_on_fewer_images(arms, backbones, images, folds, _settings(*arms), learning)


def _grouped(fold: Fold, *sizes: int) -> list[Fold]:
    """Grouped folds of the same seed with so many training images."""
    return [
        replace(fold, protocol="grouped", fold=number, train=fold.train[:size])
        for number, size in enumerate(sizes)
    ]


def test_the_published_split_is_cut_to_the_mean_size_of_its_seeds_grouped_folds(
    reruns, tried, images
):
    published = _folds(images, 0, 1, 2)
    grouped = [*_grouped(published[0], 3, 6), *_grouped(published[1], 4)]
    rows = _fewer(reruns, _arm(), folds=[*published, *grouped], images=images)
    assert _names(rows) == ["training images=4"]
    for again, whole in zip(tried, published[:2], strict=True):
        assert again.fold.train.tolist() == whole.train[:4].tolist()
        assert again.fold.test.tolist() == whole.test.tolist()
        assert again.fold.seed == whole.seed
    assert set(rows["kind"]) == {"size"}
    assert set(rows["protocol"]) == {"published"}
    assert len(rows) == sum(len(fold.test) for fold in published[:2])


def test_nearly_as_many_images_need_no_control(reruns, tried, images):
    (published,) = _folds(images, 0)
    enough = round(0.9 * len(published.train))
    rows = _fewer(reruns, _arm(), folds=[published, *_grouped(published, enough)], images=images)
    assert rows.empty
    assert _fewer(reruns, _arm(), folds=[published], images=images).empty
    assert tried == []


def test_only_cheap_arms_of_the_paper_are_trained_on_fewer_images(reruns, tried, images):
    (published,) = _folds(images, 0)
    arms = [
        *(_arm("net"), _arm("end to end"), _arm("larger"), _arm("large")),
        replace(_arm("other"), variant_of="net"),
    ]
    rows = _fewer(reruns, *arms, folds=[published, *_grouped(published, 3)], images=images)
    assert list(dict.fromkeys(rows["arm"])) == ["net", "large"]


def test_a_model_that_learnt_nothing_is_not_trained_on_fewer_images(reruns, tried, images):
    (published,) = _folds(images, 0)
    folds = [published, *_grouped(published, 3)]
    rows = _fewer(reruns, _arm("net"), _arm("large"), folds=folds, images=images, failed="net")
    assert list(dict.fromkeys(rows["arm"])) == ["large"]


def test_two_seeds_are_enough(reruns, tried, images):
    published = _folds(images, 0, 1, 2)
    grouped = [of for fold in published for of in _grouped(fold, 3)]
    _fewer(reruns, _arm(), folds=[*published, *grouped], images=images)
    assert [again.fold.seed for again in tried] == [0, 1]


def _shares(rows: pd.DataFrame) -> float:
    return float((rows["true"] == rows["predicted"]).mean())


def test_a_network_that_learns_the_classes_is_at_chance_after_random_labels(reruns, monkeypatch):
    arm, images = _arm(), made_up.image_set(number=180)
    monkeypatch.setattr(
        reruns,
        "build_model",
        lambda _, __, classes, seed, ___: made_up.model(seed, outputs=classes),
    )
    given = {"learning_rate": 0.02, "epochs": 30, "batch_size": 30}
    found = {"random": [], "true": []}
    for labels in found:
        if labels == "true":  # the same trainings, on the labels as they are
            monkeypatch.setattr(reruns, "_with_shuffled_labels", lambda images, _: images)
        for seed in range(2):
            folds = split_published(images, test_share=0.5, stratified=True, seeds=(seed,))
            rows = _random(reruns, arm, images=images, folds=folds, **given)
            found[labels].append(_shares(rows))
    assert min(found["true"]) > 0.9
    # By Wilson's interval none of them is above a third, which the most frequent class has.
    assert max(wilson(90 * share, 90)[0] for share in found["random"]) < 1 / 3
