"""Printed numbers keep their precision, and a declaration with a slip in it does not pass."""

from dataclasses import FrozenInstanceError, fields, is_dataclass
from decimal import Decimal

import pytest

from lib import paper
from lib.paper import Arm, Assumed, Claim, ClassName, Layer, Paper, Profile, Split, Stated

KEYWORD_ONLY = [
    one
    for one in vars(paper).values()
    if is_dataclass(one) and one not in (Stated, Assumed)  # two values read well by place
]


def _claim(printed: str, unit: str = "fraction") -> Claim:
    return Claim(metric="accuracy", printed=printed, where="Table 1", arm="net", unit=unit)


def _arm(name: str) -> Arm:
    setting = Assumed(None, "not needed here")
    return Arm(
        name=name,
        backbone="VGG16",
        weights=setting,
        trainable=setting,
        dense=setting,
        activation=setting,
    )


def _paper(*arms: Arm) -> Paper:
    empty = dict.fromkeys((field.name for field in fields(Paper)), ())
    return Paper(**empty | {"arms": arms})


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


def test_value_is_exact_where_a_division_would_not_be():
    assert 94.005 / 100 != 0.94005
    assert _claim("94.005", "percent").value == 0.94005
    assert isinstance(_claim("94.005", "percent").decimal, Decimal)


@pytest.mark.parametrize("printed", ["", "about 95", "95 %", "94.8.1"])
def test_text_that_is_no_number_is_an_error(printed):
    with pytest.raises(ArithmeticError):
        _ = _claim(printed).decimal


def test_arm_is_found_by_its_name():
    one, two = _arm("one"), _arm("two")
    assert _paper(one, two).arm("two") is two


def test_unknown_arm_is_an_error_that_lists_the_known():
    with pytest.raises(ValueError, match="`arm` should be one of one, two; received 'three'"):
        _paper(_arm("one"), _arm("two")).arm("three")


def test_class_names_stand_in_label_order():
    empty = _paper()
    classes = (ClassName(name="monocyte"), ClassName(name="basophil", aliases=("BA",)))
    values = {field.name: getattr(empty, field.name) for field in fields(Paper)}
    assert Paper(**values | {"classes": classes}).class_names == ("monocyte", "basophil")


def test_every_dataclass_of_the_module_is_covered_below():
    assert {Arm, Claim, ClassName, Layer, Paper, Profile, Split} <= set(KEYWORD_ONLY)


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


@pytest.mark.parametrize("kind", KEYWORD_ONLY, ids=lambda kind: kind.__name__)
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
