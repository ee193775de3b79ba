"""Printed numbers keep their precision, and a declaration with a slip in it does not pass."""

from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from decimal import Decimal
from typing import get_args

import made_up_paper as made_up
import numpy as np
import pytest

from lib.papers import declare
from lib.papers.declare import (
    COUNTED_SHARES,
    COUNTS,
    EXACT,
    NATIVE,
    PIXEL_SCALINGS,
    REPORT,
    SCORES,
    SHARES,
    WHOLE_NUMBERS,
    Arm,
    Assumed,
    Augmentation,
    Brightness,
    Claim,
    ClassName,
    Flip,
    Kind,
    Layer,
    Paper,
    PixelScaling,
    Profile,
    Recipe,
    Rotation,
    Split,
    Stated,
    classification_report,
    in_unit,
    overall_accuracy,
    quoted_number,
    top_k,
)
from lib.papers.declare.claims import Unit

# One or two values read well by place.
BY_PLACE = (Stated, Assumed, Brightness, Flip, Rotation)
KEYWORD_ONLY = [
    kind
    for kind in vars(declare).values()
    if isinstance(kind, type) and is_dataclass(kind) and kind not in BY_PLACE
]


def _claim(printed: str, unit: str = "fraction") -> Claim:
    return Claim(metric="accuracy", printed=printed, where="Table 1", arm="net", unit=unit)


def _recipe(**changes) -> Recipe:
    values = {field.name: Assumed(None, "not needed here") for field in fields(Recipe)}
    return Recipe(**values | changes)


def _arm(name: str = "net", **changes) -> Arm:
    names = ("weights", "trainable", "dense", "activation", "dropout", "pooling")
    values = {field: Assumed(None, "not needed here") for field in names}
    declared = {"name": name, "backbone": "VGG16", "recipe": _recipe()}
    return Arm(**declared | values | changes)


def _paper(*arms: Arm, variants: tuple[Arm, ...] = ()) -> Paper:
    empty = dict.fromkeys((field.name for field in fields(Paper)), ())
    return Paper(**empty | {"arms": arms, "variants": variants})


@pytest.mark.parametrize(
    ("printed", "unit", "decimal", "low", "high"),
    [
        ("0.95", "fraction", "0.95", 0.945, 0.955),
        ("1.00", "fraction", "1.00", 0.995, 1.005),
        ("0.8500", "fraction", "0.8500", 0.84995, 0.85005),
        ("0,948", "fraction", "0.948", 0.9475, 0.9485),
        ("1", "fraction", "1", 0.5, 1.5),
        ("94.8", "percent", "0.948", 0.9475, 0.9485),
        ("94,8", "percent", "0.948", 0.9475, 0.9485),
        ("94.839", "percent", "0.94839", 0.948385, 0.948395),
        ("98.70", "percent", "0.9870", 0.98695, 0.98705),
        ("98.7", "percent", "0.987", 0.9865, 0.9875),
        ("95", "percent", "0.95", 0.945, 0.955),
        ("100", "percent", "1.00", 0.995, 1.005),
        ("0.6925", "loss", "0.6925", 0.69245, 0.69255),
        ("1.5", "loss", "1.5", 1.45, 1.55),
        ("71", "count", "71", 71, 71),
        ("0", "count", "0", 0, 0),
        ("2257984", "count", "2257984", 2257984, 2257984),
        ("2,257,984", "count", "2257984", 2257984, 2257984),
    ],
)
def test_printed_number_stands_for_all_that_round_to_it(printed, unit, decimal, low, high):
    claim = _claim(printed, unit)
    assert str(claim.decimal) == decimal
    assert claim.value == float(decimal)
    assert claim.rounding == (low, high)


def test_last_zero_of_a_percentage_narrows_its_range_tenfold():
    widths = [
        high - low for low, high in (_claim(p, "percent").rounding for p in ("98.7", "98.70"))
    ]
    assert widths[0] == pytest.approx(10 * widths[1])


@pytest.mark.parametrize(
    ("printed", "unit", "low", "high"),
    [
        ("1.00", "fraction", 0.995, 1),
        ("0.0", "fraction", 0, 0.05),
        ("100", "percent", 0.995, 1),
        ("94.8", "percent", 0.9475, 0.9485),
        ("7", "count", 7, 7),
        ("1.20", "loss", 1.195, 1.205),
    ],
)
def test_no_fraction_above_one_or_below_zero_is_attainable(printed, unit, low, high):
    assert _claim(printed, unit).attainable == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("printed", "unit", "text"),
    [
        ("94,839", "percent", "“94,839 %”"),
        ("0.95", "fraction", "0.95"),
        ("0.1369", "loss", "0.1369"),
        ("2.000", "count", "“2.000”"),
        ("642.50", "KB", "642.50 KB"),
        ("8.61", "MB", "8.61 MB"),
    ],
)
def test_a_number_is_quoted_as_printed_with_its_unit(printed, unit, text):
    assert _claim(printed, unit).text == quoted_number(printed, unit) == text


@pytest.mark.parametrize("unit", get_args(Unit))
def test_a_value_is_shown_in_the_unit_it_was_printed_in(unit):
    claim = _claim("12", unit)
    assert claim.shown(claim.value) == in_unit(claim.value, unit) == pytest.approx(12)


def test_metrics_are_of_one_kind_each():
    kinds = (*SCORES, *COUNTS, *EXACT)
    assert len(set(kinds)) == len(kinds)
    assert set(SHARES) < set(SCORES)
    assert set(COUNTED_SHARES) < set(COUNTS) < set(WHOLE_NUMBERS)
    assert set(REPORT) <= set(kinds)


def test_value_is_exact_where_a_division_would_not_be():
    assert 94.005 / 100 != 0.94005
    assert _claim("94.005", "percent").value == 0.94005
    assert isinstance(_claim("94.005", "percent").decimal, Decimal)


@pytest.mark.parametrize("printed", ["", "about 95", "95 %", "94.8.1"])
def test_text_that_is_no_number_is_an_error(printed):
    with pytest.raises(ArithmeticError):
        _ = _claim(printed).decimal


def test_arm_is_found_by_its_name():
    first, second = _arm("first"), _arm("second")
    assert _paper(first, second).arm("second") is second


def test_a_variant_is_found_by_its_name_too():
    arm = _arm("one")
    variant = arm.variant("other", "in its name alone")
    assert _paper(arm, variants=(variant,)).arm("one-other") is variant


def test_unknown_arm_is_an_error_that_lists_the_known():
    with pytest.raises(ValueError, match="`arm` should be one of one, two; received 'three'"):
        _paper(_arm("one"), _arm("two")).arm("three")
    with pytest.raises(ValueError, match="`arm` should be one of one, one-a; received 'one-b'"):
        _paper(_arm("one"), variants=(_arm("one").variant("a", "why"),)).arm("one-b")


def test_names_of_trained_models_without_those_of_variants():
    first, second = _arm("first"), _arm("second")
    paper = _paper(first, second, variants=(first.variant("a", "in something"),))
    trained = ["second", "first-a", "other_paper/net", "second", "first"]
    assert paper.without_variants(trained) == ["first", "second", "other_paper/net"]
    assert paper.without_variants(["first-a", "second"]) == ["second"]


def _sigmoid_arm() -> Arm:
    """With a printed summary, under the name of another network."""
    return _arm(
        output=Stated("sigmoid", "§2"),
        recipe=_recipe(loss=Stated("binary_crossentropy", "§2"), epochs=Stated(9, "§2")),
        layers=(Layer(name="dense", output="(None, 1)", parameters="7"),),
        layers_where="Fig. 3",
        called="VGG16",
    )


def test_a_borrowed_arm_keeps_the_recipe_of_its_own_paper_and_nothing_that_is_printed_of_it():
    arm = _sigmoid_arm()
    named = {"name": "other_paper/net", "layers": (), "layers_where": "", "called": ""}
    assert arm.borrowed("other_paper", classes=2) == replace(arm, **named)


@pytest.mark.parametrize("classes", [1, 3, 5])
def test_a_borrowed_sigmoid_becomes_a_softmax_for_other_than_two_classes(classes):
    arm = _sigmoid_arm().borrowed("other_paper", classes)
    assert (arm.output.value, arm.recipe.loss.value) == ("softmax", "categorical_crossentropy")
    assert isinstance(arm.output, Assumed)
    assert arm.recipe.epochs == Stated(9, "§2")


def test_a_borrowed_softmax_stays_one_for_two_classes_too():
    assert _arm().borrowed("other_paper", 2) == replace(_arm(), name="other_paper/net")


@pytest.mark.parametrize(("name", "file"), [("net", "net"), ("other_paper/net", "other_paper-net")])
def test_no_slash_stands_in_the_name_of_a_file(name, file):
    assert declare.file_name(name) == file


# part, epoch → whether the paper evaluates its trained model on training images
@pytest.mark.parametrize(
    ("part", "epoch", "expected"),
    [
        ("train", None, ("test", "train")),
        ("train", 3, ("test",)),  # of the curve
        ("test", None, ("test",)),
        ("validation", None, ("test",)),
        ("", None, ("test",)),
    ],
)
def test_an_arm_is_evaluated_on_training_images_where_the_paper_did_that(part, epoch, expected):
    arm, other = _arm("net"), _arm("other")
    variant = arm.variant("a", "in something")
    claim = replace(_claim("0.95"), part=part, epoch=epoch)
    paper = replace(_paper(arm, other, variants=(variant,)), claims=(claim,))
    assert paper.parts(arm) == paper.parts(variant) == expected
    assert paper.parts(other) == ("test",)


def test_an_arm_without_claims_is_evaluated_on_test_images():
    assert _paper(_arm()).parts(_arm()) == ("test",)


# What it prints of an arm


def _with_claims(*claims: Claim, **changes) -> Paper:
    return made_up.paper(made_up.arm(epochs=3), claims=claims, **changes)


def test_a_claim_is_final_without_an_epoch_or_in_the_last_one():
    claims = [made_up.claim("accuracy", "0.9", epoch=epoch) for epoch in (None, 1, 2, 3)]
    paper = _with_claims(*claims)
    assert [paper.is_final(claim) for claim in claims] == [True, False, False, True]


CURVE = tuple(
    made_up.claim("accuracy", f"0.{epoch}", part="validation", epoch=epoch) for epoch in (1, 3, 2)
)
TRAINED = made_up.claim("accuracy", "0.8")
VALIDATED = made_up.claim("accuracy", "0.7", part="validation")


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ((), None),
        ((*CURVE, VALIDATED, TRAINED), TRAINED),
        ((*CURVE, VALIDATED), VALIDATED),
        (CURVE, CURVE[1]),
        ((TRAINED, replace(TRAINED, printed="0.82")), TRAINED),
        ((CURVE[1], replace(CURVE[1], where="Abstract")), CURVE[1]),
        ((replace(TRAINED, part="train"), CURVE[0]), CURVE[0]),
        ((replace(TRAINED, of="cat"), replace(TRAINED, arm="other")), None),
        ((replace(VALIDATED, of="best epoch"), made_up.claim("recall", "0.9")), None),
    ],
)
def test_the_printed_accuracy_is_that_of_the_trained_model_else_of_the_last_epoch(claims, expected):
    assert _with_claims(*claims).printed_accuracy("net") is expected
    assert overall_accuracy(iter(claims), "net") is expected


def test_the_printed_accuracy_of_some_parts_is_of_no_other():
    paper = _with_claims(*CURVE, TRAINED, replace(TRAINED, part="train"))
    assert paper.printed_accuracy("net", ("validation",)) is CURVE[1]
    assert paper.printed_accuracy("net", ("train",)).part == "train"
    assert paper.printed_accuracy("net", ("validation", "test")) is TRAINED


def _supports(**changes) -> tuple[Claim, ...]:
    rows = {
        "cat": ("0.80", "0.60", "0.69", "40"),
        "dog": ("0.79", "0.91", "0.85", "67"),
        "macro avg": ("0.80", "0.76", "0.77", "999"),
    }
    return classification_report(rows, where="Table 1", arm="net", **changes)


TOTAL = made_up.claim("support", "105", unit="count")
TESTED = Assumed(100, "as it prints no support")


def test_all_images_of_a_part_are_the_sum_of_the_classes_rather_than_a_printed_total():
    assert _with_claims(TOTAL, *_supports()).support("net", "test") == 40 + 67
    assert _with_claims(TOTAL).support("net", "test") == 105
    assert _with_claims(TOTAL, test_images=TESTED).support("net", "test") == 105
    assert _with_claims(test_images=TESTED).support("net", "test") == 100
    assert _with_claims().support("net", "test") is None


def test_training_images_are_what_the_share_leaves_where_none_are_printed():
    """A fifth is 100 images, so 400 are trained on."""
    assert _with_claims(test_images=TESTED).support("net", "train") == 400
    printed = _supports(part="train")
    assert _with_claims(*printed, test_images=TESTED).support("net", "train") == 107
    assert _with_claims().support("net", "train") is None


def test_the_images_of_a_class_are_its_first_printed_support_or_not_known():
    again = made_up.claim("support", "41", unit="count", of="cat", where="Fig. 2")
    paper = _with_claims(*_supports(), again, test_images=TESTED)
    assert paper.support("net", "test", "cat") == 40
    assert paper.support("net", "test", "bird") is None
    assert paper.support("net", "train", "cat") is None
    assert paper.support("other", "test", "cat") is None


def test_only_test_and_training_images_follow_from_the_number_of_test_images():
    assert _with_claims(test_images=TESTED).support("net", "validation") is None
    assert _with_claims(test_images=TESTED).support("net", "") is None


def test_class_names_stand_in_label_order():
    empty = _paper()
    classes = (ClassName(name="monocyte"), ClassName(name="basophil", aliases=("BA",)))
    values = {field.name: getattr(empty, field.name) for field in fields(Paper)}
    assert Paper(**values | {"classes": classes}).class_names == ("monocyte", "basophil")


def test_every_dataclass_of_the_module_is_covered_below():
    expected = {Arm, Claim, ClassName, Layer, Paper, PixelScaling, Profile, Recipe, Split}
    assert expected <= set(KEYWORD_ONLY)


@pytest.mark.parametrize("kind", KEYWORD_ONLY, ids=lambda kind: kind.__name__)
def test_declarations_are_keyword_only_and_frozen(kind):
    values = dict.fromkeys((field.name for field in fields(kind)), ())
    with pytest.raises(TypeError, match="positional argument"):
        kind(*values.values())
    with pytest.raises(TypeError, match="unexpected keyword argument 'tollerance'"):
        kind(**values, tollerance=0.1)
    first = fields(kind)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(kind(**values), first, "changed")


# Of one evaluation a `Kind` need say nothing.
@pytest.mark.parametrize(
    "kind", sorted({*KEYWORD_ONLY} - {Kind}, key=str), ids=lambda kind: kind.__name__
)
def test_a_forgotten_field_is_an_error(kind):
    with pytest.raises(TypeError, match="missing"):
        kind()


@pytest.mark.parametrize("kind", [Stated, Assumed])
def test_a_value_needs_its_place_or_reason(kind):
    assert kind(3, "§II").value == 3
    with pytest.raises(TypeError, match="missing"):
        kind(3)
    with pytest.raises(FrozenInstanceError):
        kind(3, "§II").value = 4


# Variants


def test_a_variant_is_its_arm_but_for_what_is_changed():
    trainable, epochs = Assumed(True, "fine-tuned"), Assumed(3, "shorter")
    arm = _arm("net")
    variant = arm.variant("tuned", "trains all layers", trainable=trainable, epochs=epochs)
    assert (variant.name, variant.variant_of) == ("net-tuned", "net")
    assert variant.differs == "trains all layers"
    assert variant.trainable is trainable
    assert variant.recipe.epochs is epochs
    same = {field.name for field in fields(Arm)}
    same -= {"name", "variant_of", "differs", "trainable", "recipe"}
    assert all(getattr(variant, name) == getattr(arm, name) for name in same)
    others = {field.name for field in fields(Recipe)} - {"epochs"}
    assert all(getattr(variant.recipe, name) is getattr(arm.recipe, name) for name in others)
    assert arm == _arm("net")


def test_a_printed_summary_is_that_of_the_arm_alone():
    layer = Layer(name="dense", output="(None, 5)", parameters="645")
    arm = _arm(layers=(layer,), layers_where="Fig. 5", called="VGG16")
    variant = arm.variant("other", "in something", dense=Assumed((1,), "not needed here"))
    assert (variant.layers, variant.layers_where, variant.called) == ((), "", "")


@pytest.mark.parametrize("name", ["epoch", "seeds", "where"])
def test_a_variant_in_what_is_no_field_is_an_error(name):
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        _arm().variant("other", "in nothing", **{name: Assumed(1, "not needed here")})


@pytest.mark.parametrize(("backbone", "scaling"), NATIVE.items())
def test_the_native_variant_feeds_what_the_weights_were_trained_with(backbone, scaling):
    given = Assumed("[0, 1]", "what tutorials do")
    arm = _arm(backbone=backbone, recipe=_recipe(pixel_scaling=given))
    variant = arm.native()
    assert (variant.name, variant.variant_of) == ("net-native", "net")
    assert variant.recipe.pixel_scaling.value == scaling
    assert backbone in variant.recipe.pixel_scaling.reason
    assert scaling in variant.differs
    assert "[0, 1]" in variant.differs


def test_settings_are_all_declared_values_of_arm_and_recipe_by_name():
    output, epochs = Stated("sigmoid", "Fig. 1"), Stated(7, "Table 1")
    settings = _arm(output=output, recipe=_recipe(epochs=epochs)).settings
    assert settings["output"] is output
    assert settings["epochs"] is epochs
    text = {"name", "backbone", "layers", "layers_where", "called", "variant_of", "differs"}
    of_arm = {field.name for field in fields(Arm)} - text - {"recipe", "filters"}
    assert set(settings) == of_arm | {field.name for field in fields(Recipe)}
    filters = Assumed((32, 64), "not needed here")
    assert _arm(filters=filters).settings["filters"] is filters


def test_an_arm_has_no_augmentation_and_a_softmax_unless_it_says_otherwise():
    assert (_arm().augmentation.value, _arm().output.value) == ((), "softmax")


# Pixels


def _scaled(name: str, *pixels: float) -> np.ndarray:
    """A red, green and blue pixel as it reaches the network, by the definition."""
    how = PIXEL_SCALINGS[name]
    assert len(how.factor) in (1, 3)
    assert len(how.offset) in (1, 3)
    given = np.array(pixels[::-1] if how.bgr else pixels)
    return given * how.factor + how.offset


@pytest.mark.parametrize("name", ["[0, 1]", "[-1, 1]", "[0, 255]"])
def test_a_range_is_what_its_name_says(name):
    low, high = map(float, name.strip("[]").split(","))
    assert _scaled(name, 0, 127.5, 255) == pytest.approx([low, (low + high) / 2, high])


def test_imagenets_means_become_zero_and_one_deviation_above_them_one():
    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    pixels = [255 * level for level in mean]
    assert _scaled("(RGB - mean) / sd", *pixels) == pytest.approx([0, 0, 0], abs=1e-12)
    above = [255 * (level + sd) for level, sd in zip(mean, deviation, strict=True)]
    assert _scaled("(RGB - mean) / sd", *above) == pytest.approx([1, 1, 1])


def test_caffes_range_reverses_the_channels_and_takes_their_means_away():
    red, green, blue = 123.68, 116.779, 103.939
    assert _scaled("BGR - mean", red, green, blue) == pytest.approx([0, 0, 0])
    assert _scaled("BGR - mean", red + 1, green + 2, blue + 3) == pytest.approx([3, 2, 1])


def test_every_native_range_is_a_known_one():
    assert set(NATIVE.values()) <= set(PIXEL_SCALINGS)
    assert all(isinstance(scaling, PixelScaling) for scaling in PIXEL_SCALINGS.values())


# Augmentation


def test_random_changes_hold_their_values_and_cannot_change():
    changes = (Brightness(0.2), Flip("horizontal"), Rotation(0.125, "nearest"))
    assert set(map(type, changes)) == set(get_args(Augmentation))
    assert changes == (Brightness(0.2), Flip("horizontal"), Rotation(0.125, "nearest"))
    for change in changes:
        with pytest.raises(FrozenInstanceError):
            setattr(change, fields(change)[0].name, "changed")


@pytest.mark.parametrize("kind", get_args(Augmentation))
def test_a_random_change_without_its_values_is_an_error(kind):
    with pytest.raises(TypeError, match="missing"):
        kind()


def test_a_profile_changes_nothing_unless_it_says_so():
    assert Profile(phantoms_per_class=5, summary="little").changes == {}


def test_even_folds_differ_by_one_image_at_most():
    assert Kind.even_folds(5, 152).sizes == (30, 30, 30, 31, 31)
    assert Kind.even_folds(2, 2).times == 2
    for folds, images in ((1, 10), (11, 10)):
        with pytest.raises(ValueError, match="`folds` should be in 2"):
            Kind.even_folds(folds, images)


def test_only_one_evaluation_of_single_labels_is_single():
    assert Kind().single
    assert not Kind(mean_over="folds").single
    assert not Kind(labels="several").single


@pytest.mark.parametrize(
    ("metric", "k"),
    [("accuracy", 1), ("top-5 accuracy", 5), ("top-k accuracy", None), ("f1", None)],
)
def test_the_k_of_an_accuracy(metric, k):
    assert top_k(metric) == k
