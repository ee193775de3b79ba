"""Settings: the paper's declaration, what the user changed, and every refusal in plain words."""

from dataclasses import FrozenInstanceError, fields

import pytest

from lib.paper import Assumed, Paper, Profile, Recipe, Split, Stated
from lib.settings import Settings, resolve

DECLARED = {
    "image_size": 64,
    "pixel_scaling": "[0, 1]",
    "optimizer": "adam",
    "learning_rate": 0.001,
    "batch_size": 32,
    "epochs": 15,
    "loss": "categorical_crossentropy",
    "seeds": (0, 1, 2),
    "test_share": 0.2,
    "stratified": False,
}


def _paper(**declared) -> Paper:
    stated = {name: Stated(value, "Table 1") for name, value in (DECLARED | declared).items()}
    stated["seeds"] = Assumed(DECLARED["seeds"], "three runs show the spread")
    split = Split(test_share=stated.pop("test_share"), stratified=stated.pop("stratified"))
    empty = dict.fromkeys((field.name for field in fields(Paper)), ())
    profiles = {
        "quick": Profile(phantoms_per_class=20, summary="little"),
        "paper": Profile(phantoms_per_class=700, summary="all"),
    }
    return Paper(**empty | {"recipe": Recipe(**stated), "split": split, "profiles": profiles})


def test_without_changes_everything_is_as_declared():
    assert resolve(_paper()) == Settings(
        profile="quick", phantoms_per_class=20, changed=(), **DECLARED
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
        ("phantoms_per_class", 5, 5),
        ("seeds", [7], (7,)),
        ("seeds", (2, 1, 0), (2, 1, 0)),
        ("seeds", [2**31 - 1], (2**31 - 1,)),
    ],
)
def test_a_change_replaces_one_value_and_is_listed(name, value, expected):
    settings = resolve(_paper(), **{name: value})
    found = getattr(settings, name)
    assert found == expected
    assert type(found) is type(expected)
    assert settings.changed == (name,)
    before = resolve(_paper())
    others = {field.name for field in fields(Settings)} - {name, "changed"}
    assert all(getattr(settings, other) == getattr(before, other) for other in others)


def test_none_leaves_a_value_as_it_is():
    assert resolve(_paper(), epochs=None, seeds=None, stratified=None) == resolve(_paper())


def test_false_and_none_are_told_apart():
    paper = _paper(stratified=True)
    assert resolve(paper, stratified=None).stratified is True
    assert resolve(paper, stratified=False).stratified is False
    assert resolve(paper, stratified=False).changed == ("stratified",)


@pytest.mark.parametrize(
    "same",
    [{"epochs": 15}, {"seeds": [0, 1, 2]}, {"learning_rate": 1e-3}, {"phantoms_per_class": 20}],
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
        settings.epochs = 99


def test_unknown_profile_lists_the_known():
    with pytest.raises(
        ValueError, match="`profile` should be one of quick, paper; received 'full'"
    ):
        resolve(_paper(), "full")


@pytest.mark.parametrize(
    ("changes", "received"),
    [({"epoch": 3}, "epoch"), ({"lr": 1, "batch": 2}, "batch, lr"), ({"changed": ()}, "changed")],
)
def test_unknown_setting_lists_the_known(changes, received):
    with pytest.raises(ValueError, match=f"received {received}\\.$") as error:
        resolve(_paper(), **changes)
    known = str(error.value).removeprefix("settings should be among ").split("; ")[0].split(", ")
    assert sorted(known) == sorted([*DECLARED, "phantoms_per_class"])


@pytest.mark.parametrize("name", ["epochs", "batch_size", "image_size", "phantoms_per_class"])
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
        ("phantoms_per_class", 4, "from 5 to 100000; received 4"),
        ("learning_rate", 0, "between 0 and 100; received 0"),
        ("learning_rate", float("nan"), "between 0 and 100; received nan"),
        ("learning_rate", float("inf"), "between 0 and 100; received inf"),
        ("test_share", 0.0, "between 0 and 1; received 0.0"),
        ("test_share", 1, "between 0 and 1; received 1"),
        ("optimizer", "adamw", "one of 'adam', 'sgd', 'rmsprop'; received 'adamw'"),
        ("optimizer", "Adam", "one of 'adam', 'sgd', 'rmsprop'; received 'Adam'"),
        ("loss", "mse", "one of 'categorical_crossentropy'; received 'mse'"),
        (
            "pixel_scaling",
            "[0,1]",
            r"one of '\[0, 1\]', '\[-1, 1\]', '\[0, 255\]'; received '\[0,1\]'",
        ),
        ("seeds", [], "different whole numbers, at least one; received"),
        ("seeds", [1, 2, 1], r"different whole numbers, at least one; received \[1, 2, 1\]"),
        ("seeds", [-1], "from 0 to 2147483647; received -1"),
        ("seeds", [2**31], "from 0 to 2147483647; received 2147483648"),
    ],
)
def test_a_value_out_of_range_is_refused_in_words(name, value, expected):
    with pytest.raises(ValueError, match=f"^`{name}` should (be|lie) {expected}"):
        resolve(_paper(), **{name: value})


@pytest.mark.parametrize("value", [3, "012", {1, 2}, range(3)])
def test_seeds_are_a_list(value):
    with pytest.raises(TypeError, match="`seeds` should be a list of whole numbers; received"):
        resolve(_paper(), seeds=value)


@pytest.mark.parametrize("value", [[0.0], ["1"], [True], [0, None]])
def test_every_seed_is_a_whole_number(value):
    with pytest.raises(TypeError, match="`seeds` should be a whole number; received"):
        resolve(_paper(), seeds=value)
