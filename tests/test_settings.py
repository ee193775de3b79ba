"""Settings: what each arm of a paper declares, what the user changed, and every refusal in plain words."""

import json
from dataclasses import FrozenInstanceError, asdict, fields, replace
from typing import Any

import pytest

from lib.papers.declare import (
    NATIVE,
    PIXEL_SCALINGS,
    Arm,
    Assumed,
    Flip,
    Paper,
    Profile,
    Recipe,
    Split,
    Stated,
)
from lib.settings import (
    FEW_IMAGES,
    SETTINGS,
    Settings,
    Training,
    assigned_seeds,
    recorded,
    resolve,
    telling_changes,
)

DECLARED = {
    "image_size": 64,
    "pixel_scaling": "[0, 1]",
    "optimizer": "adam",
    "learning_rate": 0.001,
    "batch_size": 32,
    "epochs": 15,
    "loss": "categorical_crossentropy",
}
SEEDS = (310957893, 590112783, 1721801461)  # of s123 for cnn-1
COMMON = {"seeds": (0, 1, 2), "test_share": 0.2, "stratified": False}
MIRRORED, NO_CHANGES = Stated((Flip("horizontal"),), "§2"), Assumed((), "none is named")
PER_ARM = {name for name in (field.name for field in fields(Training)) if name != "loss"}
OF_RUN = {*COMMON, "phantoms_per_class", "images_per_class"}
LISTS = {"arms", "variants", "protocols"}
BESIDE = {
    *LISTS,
    "grouped_folds",
    "choices",
    "keep_models",
}  # what is run beside the paper's own, which changes none of it


def _arm(name: str = "net", backbone: str = "VGG16", changes=MIRRORED, **declared) -> Arm:
    stated = {key: Stated(value, "Table 1") for key, value in (DECLARED | declared).items()}
    of_arm = ("weights", "trainable", "dense", "activation", "dropout", "pooling")
    unused = dict.fromkeys(of_arm, Assumed(None, "not needed here"))
    recipe = Recipe(**stated)
    return Arm(name=name, backbone=backbone, recipe=recipe, augmentation=changes, **unused)


def _paper(
    *arms: Arm, variants: tuple[Arm, ...] = (), quick: dict | None = None, **common
) -> Paper:
    """A paper of these arms, by default one as declared above; `quick` holds that profile's changes."""
    stated = {key: Stated(value, "Table 1") for key, value in (COMMON | common).items()}
    seeds = Assumed(stated.pop("seeds").value, "three runs show the spread")
    profiles = {
        "quick": Profile(phantoms_per_class=20, summary="little", changes=quick or {}),
        "paper": Profile(phantoms_per_class=700, summary="all"),
    }
    declared = {"arms": arms or (_arm(),), "variants": variants, "seeds": seeds}
    empty = dict.fromkeys((field.name for field in fields(Paper)), ())
    return Paper(**empty | declared | {"split": Split(**stated), "profiles": profiles})


def _two(**more) -> Paper:
    """A paper of two arms that differ in epochs and learning rate."""
    return _paper(_arm("one"), _arm("two", epochs=40, learning_rate=0.01), **more)


def _value(settings: Settings, name: str, arm: str = "net") -> Any:
    return getattr(settings.training[arm] if name in PER_ARM else settings, name)


def test_without_changes_everything_is_as_declared():
    assert resolve(_paper()) == Settings(
        profile="quick",
        arms=("net",),
        variants=(),
        protocols=("published", "grouped"),
        grouped_folds=5,
        image_size=64,
        phantoms_per_class=20,
        images_per_class=None,
        choices=None,
        training={"net": Training(precision="float32", jit_compile="auto", **DECLARED)},
        changed=(),
        **COMMON,
    )


def test_a_profile_sets_its_own_number_of_phantoms_and_counts_as_unchanged():
    settings = resolve(_paper(), "paper")
    assert (settings.profile, settings.phantoms_per_class) == ("paper", 700)
    assert settings.changed == ()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("epochs", 1, 1),
        ("epochs", 10_000, 10_000),
        ("batch_size", 1, 1),
        ("learning_rate", 0.01, 0.01),
        ("learning_rate", 1, 1.0),
        ("optimizer", "sgd", "sgd"),
        ("optimizer", "rmsprop", "rmsprop"),
        ("image_size", 32, 32),
        ("image_size", 1024, 1024),
        ("pixel_scaling", "[-1, 1]", "[-1, 1]"),
        ("test_share", 0.5, 0.5),
        ("stratified", True, True),
        ("precision", "mixed_bfloat16", "mixed_bfloat16"),
        ("precision", "mixed_float16", "mixed_float16"),
        ("jit_compile", True, True),
        ("jit_compile", False, False),
        ("augmentation", False, False),
        ("phantoms_per_class", 5, 5),
        ("images_per_class", 5, 5),
        ("seeds", [7], (7,)),
        ("seeds", (2, 1, 0), (2, 1, 0)),
        ("seeds", [2**31 - 1], (2**31 - 1,)),
    ],
)
def test_a_change_replaces_one_value_and_is_listed(name, value, expected):
    settings, before = resolve(_paper(), **{name: value}), resolve(_paper())
    found = _value(settings, name)
    assert found == expected
    assert type(found) is type(expected)
    assert settings.changed == (name,)
    others = (PER_ARM | OF_RUN) - {name}
    assert all(_value(settings, one) == _value(before, one) for one in others)
    assert settings.training["net"].loss == DECLARED["loss"]
    assert settings.profile == before.profile


def test_none_leaves_a_value_as_it_is():
    assert resolve(_paper(), epochs=None, seeds=None, stratified=None) == resolve(_paper())


def test_false_and_none_are_told_apart():
    paper = _paper(stratified=True)
    assert resolve(paper, stratified=None).stratified is True
    assert resolve(paper, stratified=False).stratified is False
    assert resolve(paper, stratified=False).changed == ("stratified",)


@pytest.mark.parametrize(
    "same",
    [
        {"epochs": 15},
        {"seeds": [0, 1, 2]},
        {"learning_rate": 1e-3},
        {"phantoms_per_class": 20},
        {"precision": "float32"},
        {"jit_compile": "auto"},
        {"augmentation": True},
        {"pixel_scaling": "[0, 1]"},
        {"pixel_scaling": "paper"},
    ],
)
def test_a_value_as_declared_is_no_change(same):
    assert resolve(_paper(), **same) == resolve(_paper())


def test_only_real_changes_are_listed():
    settings = resolve(_paper(), epochs=15, batch_size=8, optimizer=None, seeds=[0])
    assert sorted(settings.changed) == ["batch_size", "seeds"]


def test_order_of_seeds_is_kept_and_is_a_change():
    settings = resolve(_paper(), seeds=[2, 1, 0])
    assert settings.seeds == (2, 1, 0)
    assert settings.changed == ("seeds",)


def test_settings_cannot_change_after_the_check():
    settings = resolve(_paper())
    with pytest.raises(FrozenInstanceError):
        settings.seeds = (99,)
    with pytest.raises(FrozenInstanceError):
        settings.training["net"].epochs = 99


@pytest.mark.parametrize(
    ("asked", "seeds"), [(None, (3,)), ("none", ()), ("first", (3,)), ("all", (3, 1))]
)
def test_of_the_first_seed_models_are_kept_unless_others_are_asked_for(asked, seeds):
    assert resolve(_paper(), seeds=[3, 1], keep_models=asked).kept_seeds == seeds


@pytest.mark.parametrize(
    ("profile", "choices", "tried_on_few", "tried_on_many"),
    [
        ("quick", None, True, False),
        ("paper", None, True, True),
        ("quick", True, True, True),
        ("quick", False, False, False),
        ("paper", False, False, False),
    ],
)
def test_what_the_paper_leaves_open_is_tried_as_asked_and_else_by_profile_and_number_of_images(
    profile, choices, tried_on_few, tried_on_many
):
    settings = resolve(_paper(), profile, choices=choices)
    assert settings.tries_choices(FEW_IMAGES) is tried_on_few
    assert settings.tries_choices(FEW_IMAGES + 1) is tried_on_many
    assert settings.changed == ()  # it moves no number that the paper prints


def test_unknown_profile_lists_the_known():
    with pytest.raises(
        ValueError, match="`profile` should be one of quick, paper; received 'full'"
    ):
        resolve(_paper(), "full")


@pytest.mark.parametrize(
    ("changes", "received"),
    [
        ({"epoch": 3}, "epoch"),
        ({"lr": 1, "batch": 2}, "batch, lr"),
        ({"changed": ()}, "changed"),
        ({"training": {}}, "training"),
        ({"loss": "mse"}, "loss"),  # goes with the output, which no setting changes
    ],
)
def test_unknown_setting_lists_the_known(changes, received):
    with pytest.raises(ValueError, match=f"received {received}\\.$") as error:
        resolve(_paper(), **changes)
    known = str(error.value).removeprefix("settings should be among ").split("; ")[0].split(", ")
    assert sorted(known) == sorted(PER_ARM | OF_RUN | BESIDE)
    assert tuple(known) == SETTINGS
    assert set(DECLARED) - {"loss"} <= PER_ARM


@pytest.mark.parametrize(
    "name",
    [
        "epochs",
        "batch_size",
        "image_size",
        "phantoms_per_class",
        "images_per_class",
        "grouped_folds",
    ],
)
@pytest.mark.parametrize("value", [True, 50.0, "50", [50]])
def test_a_whole_number_is_neither_a_bool_nor_a_float_nor_text(name, value):
    with pytest.raises(TypeError, match=f"`{name}` should be a whole number; received"):
        resolve(_paper(), **{name: value})


@pytest.mark.parametrize("name", ["learning_rate", "test_share"])
@pytest.mark.parametrize("value", [True, "0.1", [0.1]])
def test_a_number_is_neither_a_bool_nor_text(name, value):
    with pytest.raises(TypeError, match=f"`{name}` should be a number; received"):
        resolve(_paper(), **{name: value})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("epochs", 0, "from 1 to 10000; received 0"),
        ("epochs", -3, "from 1 to 10000; received -3"),
        ("epochs", 10_001, "from 1 to 10000; received 10001"),
        ("batch_size", 0, "from 1 to 100000; received 0"),
        ("image_size", 31, "from 32 to 1024; received 31"),
        ("image_size", 1025, "from 32 to 1024; received 1025"),
        ("images_per_class", 4, "from 5 to 1000000; received 4"),
        ("phantoms_per_class", 4, "from 5 to 100000; received 4"),
        ("grouped_folds", 1, "from 2 to 100; received 1"),
        ("grouped_folds", 101, "from 2 to 100; received 101"),
        ("learning_rate", 0, "between 0 and 100; received 0"),
        ("learning_rate", float("nan"), "between 0 and 100; received nan"),
        ("learning_rate", float("inf"), "between 0 and 100; received inf"),
        ("test_share", 0.0, "between 0 and 1; received 0.0"),
        ("test_share", 1, "between 0 and 1; received 1"),
        ("optimizer", "adamw", "one of 'adam', 'sgd', 'rmsprop'; received 'adamw'"),
        ("optimizer", "Adam", "one of 'adam', 'sgd', 'rmsprop'; received 'Adam'"),
        ("precision", "float16", "one of 'float32', 'mixed_bfloat16', 'mixed_float16'; received"),
        ("keep_models", "last", "one of 'none', 'first', 'all'; received 'last'"),
        ("keep_models", True, "one of 'none', 'first', 'all'; received True"),
        ("precision", 32, "one of 'float32', 'mixed_bfloat16', 'mixed_float16'; received 32"),
        ("jit_compile", "yes", "True, False or 'auto'; received 'yes'"),
        ("jit_compile", 1, "True, False or 'auto'; received 1"),
        (
            "pixel_scaling",
            "[0,1]",
            r"one of 'paper', 'native', '\[0, 1\]', '\[-1, 1\]', '\[0, 255\]', 'BGR - mean', "
            r"'\(RGB - mean\) / sd'; received '\[0,1\]'",
        ),
        ("pixel_scaling", ["native"], r"one of 'paper', 'native', .*; received \['native'\]"),
        ("seeds", [], "different whole numbers, at least one; received"),
        ("seeds", [1, 2, 1], r"different whole numbers, at least one; received \[1, 2, 1\]"),
        ("seeds", [-1], "from 0 to 2147483647; received -1"),
        ("seeds", [2**31], "from 0 to 2147483647; received 2147483648"),
    ],
)
def test_a_value_out_of_range_is_refused_in_words(name, value, expected):
    with pytest.raises(ValueError, match=f"^`{name}` should (be|lie) {expected}"):
        resolve(_paper(), **{name: value})


@pytest.mark.parametrize("name", ["stratified", "augmentation"])
@pytest.mark.parametrize("value", ["False", 0, 1, [True]])
def test_yes_or_no_is_neither_a_number_nor_text(name, value):
    with pytest.raises(TypeError, match=f"`{name}` should be True or False; received"):
        resolve(_paper(), **{name: value})


@pytest.mark.parametrize("value", [3, "012", {1, 2}, range(3)])
def test_seeds_are_a_list(value):
    with pytest.raises(TypeError, match="`seeds` should be a list of whole numbers; received"):
        resolve(_paper(), seeds=value)


@pytest.mark.parametrize("value", [[0.0], ["1"], [True], [0, None]])
def test_every_seed_is_a_whole_number(value):
    with pytest.raises(TypeError, match="`seeds` should be a whole number; received"):
        resolve(_paper(), seeds=value)


# Several arms


def test_every_arm_is_trained_as_it_declares():
    settings = resolve(_two())
    assert settings.training == {
        "one": Training(**DECLARED),
        "two": Training(**DECLARED | {"epochs": 40, "learning_rate": 0.01}),
    }
    assert settings.changed == ()


def test_a_change_holds_for_every_arm():
    settings = resolve(_two(), epochs=3, optimizer="sgd")
    assert [one.epochs for one in settings.training.values()] == [3, 3]
    assert [one.optimizer for one in settings.training.values()] == ["sgd", "sgd"]
    assert [one.learning_rate for one in settings.training.values()] == [0.001, 0.01]
    assert sorted(settings.changed) == ["epochs", "optimizer"]


def test_a_value_that_only_one_arm_declares_is_a_change_of_the_other():
    for epochs in (15, 40):
        settings = resolve(_two(), epochs=epochs)
        assert [one.epochs for one in settings.training.values()] == [epochs] * 2
        assert settings.changed == ("epochs",)


def test_a_setting_is_listed_once_however_many_arms_it_changes():
    assert resolve(_two(), batch_size=7, seeds=[5]).changed == ("seeds", "batch_size")


def test_the_size_of_the_images_is_that_of_the_arms():
    assert resolve(_paper(_arm(image_size=227))).image_size == 227
    changed = resolve(_two(), image_size=96)
    assert changed.image_size == 96
    assert [one.image_size for one in changed.training.values()] == [96, 96]


# Variants


def _longer() -> Paper:
    """A paper of one arm and a variant that is trained twice as long, at another size."""
    arm = _arm()
    changes = {"epochs": Assumed(30, "twice as long"), "image_size": Assumed(200, "larger")}
    return _paper(arm, variants=(arm.variant("longer", "twice as long, and larger", **changes),))


def test_a_variant_has_settings_of_its_own():
    training = resolve(_longer()).training
    assert list(training) == ["net", "net-longer"]
    assert training["net"] == Training(**DECLARED)
    assert training["net-longer"] == replace(training["net"], epochs=30, image_size=200)


def test_a_variant_keeps_what_makes_it_one_and_takes_every_other_change():
    settings = resolve(_longer(), epochs=3, image_size=96, batch_size=8, precision="mixed_float16")
    arm, variant = settings.training.values()
    assert (arm.epochs, arm.image_size) == (3, 96)
    assert (variant.epochs, variant.image_size) == (30, 200)
    assert (arm.batch_size, arm.precision) == (variant.batch_size, variant.precision)
    assert (variant.batch_size, variant.precision) == (8, "mixed_float16")
    assert settings.image_size == 96


def test_a_variant_in_another_backbone_takes_every_change_of_the_recipe():
    arm = _arm(pixel_scaling="native")
    paper = _paper(arm, variants=(arm.variant("other", "another network", backbone="ResNet50V2"),))
    assert resolve(paper).training["net"].pixel_scaling == "BGR - mean"
    assert resolve(paper).training["net-other"].pixel_scaling == "[-1, 1]"
    changed = resolve(paper, epochs=2, pixel_scaling="[0, 255]").training["net-other"]
    assert (changed.epochs, changed.pixel_scaling) == (2, "[0, 255]")


@pytest.mark.parametrize("asked", [True, False])
def test_an_arm_without_augmentation_has_none_to_leave_out(asked):
    settings = resolve(_paper(_arm("one"), _arm("two", changes=NO_CHANGES)), augmentation=asked)
    assert [arm.augmentation for arm in settings.training.values()] == [asked, True]
    assert settings.changed == (() if asked else ("augmentation",))
    assert resolve(_paper(_arm(changes=NO_CHANGES)), augmentation=asked).changed == ()


def test_a_variant_keeps_the_augmentation_that_makes_it_one():
    plain = _arm(changes=NO_CHANGES)
    mirrored = plain.variant("mirrored", "mirrored at random", augmentation=MIRRORED)
    settings = resolve(_paper(plain, variants=(mirrored,)), augmentation=False)
    assert settings.training["net-mirrored"].augmentation is True
    longer = _arm().variant("longer", "longer", epochs=Assumed(30, "twice as long"))
    settings = resolve(_paper(_arm(), variants=(longer,)), augmentation=False)
    assert settings.training["net-longer"].augmentation is False


def test_what_a_variant_declares_is_no_change():
    assert resolve(_longer()).changed == ()
    assert resolve(_longer(), epochs=30).changed == ("epochs",)  # of the arm


# What is run: variants and protocols


def _of_profiles(paper: Paper, variants: dict[str, tuple[str, ...]]) -> Paper:
    """The same paper, whose profiles (by name) train these variants."""
    profiles = {
        name: replace(one, variants=variants.get(name, ())) for name, one in paper.profiles.items()
    }
    return replace(paper, profiles=profiles)


def _with_two_variants() -> Paper:
    arm = _arm()
    return _paper(arm, variants=(arm.variant("a", "in something"), arm.variant("b", "in another")))


def test_the_profile_says_which_variants_are_trained_unless_the_user_does():
    paper = _of_profiles(_with_two_variants(), {"paper": ("net-b",)})
    assert resolve(paper).variants == ()
    assert resolve(paper, "paper").variants == ("net-b",)
    assert resolve(paper, "paper", variants=None).variants == ("net-b",)
    assert resolve(paper, "paper", variants=["net-a"]).variants == ("net-a",)
    assert resolve(paper, "quick", variants=("net-b", "net-a")).variants == ("net-b", "net-a")


def test_no_variants_may_be_asked_for():
    paper = _of_profiles(_with_two_variants(), {"quick": ("net-a", "net-b")})
    assert resolve(paper).variants == ("net-a", "net-b")
    assert resolve(paper, variants=[]).variants == ()
    assert resolve(_paper(), variants=[]) == resolve(_paper())


@pytest.mark.parametrize(
    "protocols", [["published"], ["grouped"], ["official"], ["grouped", "published", "official"]]
)
def test_protocols_are_those_asked_for_in_that_order(protocols):
    assert resolve(_paper(), protocols=protocols).protocols == tuple(protocols)


@pytest.mark.parametrize("folds", [2, 3, 100])
def test_the_grouped_protocol_has_as_many_folds_as_asked_for(folds):
    assert resolve(_paper(), grouped_folds=folds).grouped_folds == folds
    assert resolve(_paper(), grouped_folds=None).grouped_folds == 5


def test_what_is_run_beside_leaves_the_papers_own_numbers_what_they_are():
    """The number of an arm under the published protocol stays comparable, whatever else is run."""
    paper = _with_two_variants()
    settings = resolve(paper, variants=["net-a"], protocols=["grouped"], grouped_folds=3)
    assert settings.changed == ()
    assert settings.training == resolve(paper).training
    assert list(settings.training) == ["net", "net-a", "net-b"]


@pytest.mark.parametrize(
    ("names", "received"), [(["net-c"], "net-c"), (["net-a", "x", "y"], "x, y"), (["net"], "net")]
)
def test_an_unknown_variant_lists_the_known(names, received):
    with pytest.raises(
        ValueError, match=f"^`variants` should be among net-a, net-b; received {received}\\.$"
    ):
        resolve(_with_two_variants(), variants=names)


def test_a_variant_of_a_paper_without_any_is_refused_in_words():
    with pytest.raises(ValueError, match="among none: the paper has none; received net-a"):
        resolve(_paper(), variants=["net-a"])


def test_a_profile_that_names_an_unknown_variant_is_refused():
    with pytest.raises(ValueError, match="`variants` should be among net-a, net-b; received net-c"):
        resolve(_of_profiles(_with_two_variants(), {"quick": ("net-c",)}))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (
            "protocols",
            [],
            "different names, at least one, among published, official, grouped; received",
        ),
        ("protocols", ["k-fold"], r"among published, official, grouped; received \['k-fold'\]"),
        ("protocols", ["grouped", "grouped"], "different names, at least one, among"),
        ("variants", ["net-a", "net-a"], r"different names; received \['net-a', 'net-a'\]"),
    ],
)
def test_names_that_cannot_be_run_are_refused_in_words(name, value, expected):
    with pytest.raises(ValueError, match=f"^`{name}` should be .*{expected}"):
        resolve(_with_two_variants(), **{name: value})


# Which arms are trained

MAMMOGRAMS = "hulu_breast_mammography"  # the other papers' arms are those of the declarations


def _three() -> Paper:
    """Of the paper "made_up": arms a, b and c, of b and c a variant that the quick profile trains."""
    arms = [_arm("a", epochs=10), _arm("b", epochs=20), _arm("c", epochs=30)]
    variants = tuple(arm.variant("x", "why", epochs=Stated(1, "§3")) for arm in arms[1:])
    paper = replace(_paper(*arms, variants=variants), slug="made_up", classes=(None,) * 5)
    return _of_profiles(paper, {"quick": ("b-x", "c-x")})


@pytest.mark.parametrize(
    ("asked", "arms", "variants"),
    [
        (None, ("a", "b", "c"), ("b-x", "c-x")),
        (["a"], ("a",), ()),
        (["c", "b"], ("b", "c"), ("b-x", "c-x")),  # the paper's order
        (["c", "a"], ("a", "c"), ("c-x",)),
        (["made_up/b"], ("b",), ("b-x",)),
        ([f"{MAMMOGRAMS}/alexnet", "c"], ("c", f"{MAMMOGRAMS}/alexnet"), ("c-x",)),
        ([f"{MAMMOGRAMS}/resnet50"], (f"{MAMMOGRAMS}/resnet50",), ()),
    ],
)
def test_arms_are_those_asked_for_with_the_profiles_variants_of_them(asked, arms, variants):
    settings = resolve(_three(), arms=asked)
    assert (settings.arms, settings.variants) == (arms, variants)
    assert settings.trained == (*arms, *variants)
    assert set(settings.training) == {"a", "b", "c", "b-x", "c-x", *arms}
    assert settings.changed == () or arms == (f"{MAMMOGRAMS}/resnet50",)


def test_which_arms_are_trained_changes_neither_a_recipe_nor_the_size_at_which_images_are_read():
    paper = _paper(_arm("a", image_size=64), _arm("b", image_size=96))
    alone, both = resolve(paper, arms=["b"]), resolve(paper)
    assert alone.training == both.training
    assert alone.image_size == both.image_size == 64


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["d"], r"among a, b, c, hulu_breast_mammography/alexnet, .*; received d\.$"),
        (["bb"], r"received bb\. Did you mean b\?$"),
        ([f"{MAMMOGRAMS}/alexnett"], rf"Did you mean {MAMMOGRAMS}/alexnet\?$"),
        ([f"{MAMMOGRAMS}/alexnet-scratch"], "received .*alexnet-scratch"),
        (["b-x"], "received b-x. It is a variant: name it in `variants`, and b in `arms`"),
        (["a", "made_up/a"], r"different arms, at least one; received \['a', 'made_up/a'\]"),
        ([], r"different arms, at least one; received \[\]"),
    ],
)
def test_arms_that_cannot_be_trained_are_refused_in_words(asked, told):
    with pytest.raises(ValueError, match=f"^`arms` should be .*{told}"):
        resolve(_three(), arms=asked)


def test_a_variant_that_is_asked_for_without_its_arm_is_refused():
    with pytest.raises(ValueError, match="received c-x, a variant of c"):
        resolve(_three(), arms=["b"], variants=["b-x", "c-x"])


def test_a_size_is_too_small_only_for_an_arm_that_is_trained():
    paper = _paper(_arm("large", "AlexNet"), _arm("small"))
    assert resolve(paper, arms=["small"], image_size=32).image_size == 32
    with pytest.raises(ValueError, match="at least 63 for large"):
        resolve(paper, image_size=32)


def test_a_borrowed_arm_has_its_own_papers_recipe_cut_by_that_papers_profile():
    """Of hulu_breast_mammography: 40 epochs at 227 pixels, 4 at 96 in its quick profile."""
    arm = f"{MAMMOGRAMS}/alexnet"
    paper = _paper(_arm(epochs=7), quick={"epochs": 2, "batch_size": 4})
    whole, cut = (resolve(paper, name, arms=["net", arm]) for name in ("paper", "quick"))
    assert [(of.training[arm].epochs, of.training[arm].image_size) for of in (whole, cut)] == [
        (40, 227),
        (4, 96),
    ]
    assert whole.training[arm].pixel_scaling == "(RGB - mean) / sd"
    assert [of.training["net"].epochs for of in (whole, cut)] == [7, 2]
    assert cut.training[arm].batch_size == whole.training[arm].batch_size
    assert cut.changed == (
        "batch_size",
        "epochs",
    )  # what is changed of a borrowed one changes no verdict
    assert whole.changed == ()


def test_what_is_asked_for_holds_for_a_borrowed_arm_too():
    arm = f"{MAMMOGRAMS}/alexnet"
    settings = resolve(_paper(), arms=[arm], epochs=3)
    assert settings.training[arm].epochs == 3
    assert settings.training[arm].image_size == 96
    assert settings.changed == ("image_size", "epochs")  # no number of the paper is judged


@pytest.mark.parametrize("name", sorted(LISTS))
@pytest.mark.parametrize("value", ["published", "net-a", 1, {"net-a"}, [1], [["net-a"]], True])
def test_names_are_a_list_of_text(name, value):
    with pytest.raises(TypeError, match=f"`{name}` should be a list of names; received"):
        resolve(_with_two_variants(), **{name: value})


# Ranges of pixels


@pytest.mark.parametrize("scaling", PIXEL_SCALINGS)
def test_every_known_range_of_pixels_may_be_asked_for(scaling):
    assert resolve(_paper(), pixel_scaling=scaling).training["net"].pixel_scaling == scaling


@pytest.mark.parametrize(("backbone", "scaling"), NATIVE.items())
def test_native_is_what_the_weights_of_each_backbone_were_trained_with(backbone, scaling):
    for paper in (_paper(_arm(backbone=backbone)), _paper(_arm(backbone=backbone), _arm("two"))):
        asked = resolve(paper, pixel_scaling="native")
        assert asked.training["net"].pixel_scaling == scaling
        assert asked.changed == ("pixel_scaling",)
    declared = resolve(_paper(_arm(backbone=backbone, pixel_scaling="native")))
    assert declared.training["net"].pixel_scaling == scaling
    assert declared.changed == ()


def test_native_differs_from_arm_to_arm():
    settings = resolve(_paper(_arm("one"), _arm("two", "ResNet50V2")), pixel_scaling="native")
    assert settings.training["one"].pixel_scaling == "BGR - mean"
    assert settings.training["two"].pixel_scaling == "[-1, 1]"


def test_a_network_that_was_never_trained_has_no_native_range_and_keeps_its_own():
    settings = resolve(_paper(_arm(backbone="ConvBlocks")), pixel_scaling="native")
    assert settings.training["net"].pixel_scaling == "[0, 1]"
    assert settings.changed == ()


def test_the_range_asked_for_by_name_is_no_change_where_it_is_the_native_one():
    settings = resolve(_paper(_arm(pixel_scaling="native")), pixel_scaling="BGR - mean")
    assert settings.changed == ()


def test_the_variant_of_another_range_keeps_it_whatever_is_asked_for():
    arm = _arm(backbone="MobileNetV2")
    paper = _paper(arm, variants=(arm.native(),))
    for asked in ("[0, 255]", "paper", "native", None):
        assert resolve(paper, pixel_scaling=asked).training["net-native"].pixel_scaling == "[-1, 1]"
    assert resolve(paper, pixel_scaling="native").training["net"].pixel_scaling == "[-1, 1]"
    assert resolve(paper, pixel_scaling="paper").training["net"].pixel_scaling == "[0, 1]"


# Profiles that change something


def test_what_a_profile_changes_is_listed():
    settings = resolve(_two(quick={"epochs": 4, "seeds": (0,), "precision": "mixed_bfloat16"}))
    assert [one.epochs for one in settings.training.values()] == [4, 4]
    assert {one.precision for one in settings.training.values()} == {"mixed_bfloat16"}
    assert settings.seeds == (0,)
    assert sorted(settings.changed) == ["epochs", "precision", "seeds"]
    assert resolve(_two(quick={"epochs": 4}), "paper") == resolve(_two(), "paper")


def test_the_users_changes_win_over_those_of_the_profile():
    paper = _two(quick={"epochs": 4, "seeds": (0,), "batch_size": 8})
    settings = resolve(paper, epochs=9, seeds=[3, 4])
    assert [one.epochs for one in settings.training.values()] == [9, 9]
    assert settings.seeds == (3, 4)
    assert {one.batch_size for one in settings.training.values()} == {8}


def test_the_user_can_take_a_profiles_change_back():
    paper = _paper(quick={"epochs": 4, "pixel_scaling": "[0, 255]", "stratified": True})
    settings = resolve(paper, epochs=15, pixel_scaling="paper", stratified=False)
    assert settings == resolve(_paper())
    assert resolve(paper, epochs=None).training["net"].epochs == 4


def test_a_profile_may_run_one_protocol_or_fewer_folds_which_changes_no_number_of_the_papers():
    quick = {"protocols": ("published",), "grouped_folds": 3, "epochs": 4}
    settings = resolve(_two(quick=quick))
    assert (settings.protocols, settings.grouped_folds) == (("published",), 3)
    assert settings.changed == ("epochs",)
    whole = resolve(_two(quick=quick), "paper")
    assert (whole.protocols, whole.grouped_folds) == (("published", "grouped"), 5)


def test_the_users_protocols_and_folds_win_over_those_of_the_profile():
    paper = _two(quick={"protocols": ("published",), "grouped_folds": 3})
    settings = resolve(paper, protocols=["grouped"], grouped_folds=2)
    assert (settings.protocols, settings.grouped_folds) == (("grouped",), 2)
    # A profile is shared by all runs: what one run asks for must not stay in it.
    assert paper.profiles["quick"].changes == {"protocols": ("published",), "grouped_folds": 3}


def test_a_variant_keeps_what_makes_it_one_against_a_profile_too():
    paper = _longer()
    quick = replace(paper.profiles["quick"], changes={"epochs": 4, "batch_size": 8})
    training = resolve(replace(paper, profiles={"quick": quick})).training
    assert [(one.epochs, one.batch_size) for one in training.values()] == [(4, 8), (30, 8)]


def test_only_other_seeds_phantoms_and_compilers_leave_a_number_comparable():
    harmless = {"jit_compile", "phantoms_per_class", "seeds"}
    changed = [field.name for kind in (Settings, Training) for field in fields(kind)]
    assert set(changed) - set(telling_changes(changed)) == harmless
    assert telling_changes(["epochs", "seeds", "batch_size"]) == ["epochs", "batch_size"]


# Seeds of an author


def test_seeds_follow_from_author_and_assignment_by_the_rule_that_is_written_down():
    # printf 's123\ncnn-1\n0' | sha256sum: the first eight digits, less 2^31 if they are more
    assert assigned_seeds("s123", "cnn-1", 3) == SEEDS
    assert assigned_seeds(" s123 ", "cnn-1", 2) == SEEDS[:2]
    assert not {*SEEDS} & {*assigned_seeds("s124", "cnn-1", 3), *assigned_seeds("s123", "", 3)}


def test_a_class_gets_different_seeds_that_every_run_takes(paper):
    seeds = [seed for n in range(200) for seed in assigned_seeds(f"s{n}", "", 5)]
    assert len({*seeds}) == len(seeds)
    assert resolve(paper, seeds=assigned_seeds("s0", "", 5)).seeds == tuple(seeds[:5])


def test_nobodys_seeds_are_refused():
    with pytest.raises(ValueError, match="`author` should be"):
        assigned_seeds(" ", "cnn-1", 1)


# Settings of a record


def test_recorded_settings_are_those_of_the_run(paper):
    settings = resolve(paper, epochs=3, seeds=[4, 7])
    assert recorded(json.loads(json.dumps(asdict(settings)))) == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seeds", [-1]),
        ("seeds", "0; import os"),
        ("test_share", 2),
        ("image_size", 10**9),
        ("protocols", ["mine"]),
        ("phantoms_per_class", None),
        ("strange", 1),
        ("training", {"net": {}}),
    ],
)
def test_a_recorded_value_is_checked_as_if_it_were_asked_for(paper, name, value):
    values = json.loads(json.dumps(asdict(resolve(paper))))
    with pytest.raises((ValueError, TypeError), match=name):
        recorded({**values, name: value})


def test_the_recipe_of_a_recorded_arm_is_checked_too(paper):
    values = json.loads(json.dumps(asdict(resolve(paper))))
    for training in values["training"].values():
        training["epochs"] = 10**9
    with pytest.raises(ValueError, match="epochs"):
        recorded(values)
