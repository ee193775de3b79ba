"""Claims in TOML."""

import pytest
from claims_in_toml import CLAIMS

from lib.audit.reading import Unreadable, read
from lib.audit.reading.kinds import read_kind
from lib.papers.declare import Kind


def test_every_field_of_a_claim_is_read():
    reading = read(CLAIMS)
    accuracy, f1, support = reading.entries
    assert reading.classes == ("a", "b")
    assert (accuracy.metric, accuracy.number.digits, accuracy.number.percent) == (
        "accuracy",
        "98.1",
        True,
    )
    assert (accuracy.where, accuracy.arm, accuracy.n, accuracy.line) == (
        "Table 2",
        "ResNet50",
        160,
        4,
    )
    assert (f1.metric, f1.of, f1.number.spread, f1.n, f1.kind) == (
        "f1",
        "macro avg",
        "0.01",
        200,
        "mean over 5 folds",
    )
    assert (support.metric, support.of, support.number.digits) == ("support", "a", "95")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"98.1 %"',
            "98.1",
            "line 4: a claim should have `printed`, a text in quotation marks; received 98.1",
        ),
        ('"accuracy"', '"acuracy"', "line 4: `metric` should be one of accuracy"),
        ("n = 200", "n = 0", "line 10: `n` should be a whole number of images from 1; received 0"),
        ("n = 200", 'colour = "red"', "line 10: fields should be among metric, printed"),
        ('"95"', '"95.5"', "line 16: a number of images should be a whole number"),
        ('"accuracy"', "accuracy", "line 5: the text should be TOML"),
        ('["a", "b"]', "2", "`classes` should be a list of names; received 2"),
        ("n = 200", f"n = {10**15}", "`n` should be a whole number of images from 1"),
        ('["a", "b"]', "9" * 5000, "the text should be TOML; received Exceeds the limit"),
        ('["a", "b"]', "[" * 5000, "the text should be TOML; received lists within lists"),
        ('["a", "b"]', '["""\n[[claims]]"""]', "[[claims]] should stand before every claim"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(old, new, said):
    with pytest.raises(Unreadable) as refused:
        read(CLAIMS.replace(old, new, 1))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("one evaluation", Kind()),
        ("mean over 3 seeds", Kind(mean_over="seeds", times=3)),
        ("Mean over batches", Kind(mean_over="batches")),
        ("multi-label", Kind(labels="several")),
        ("mean over 5 even folds", Kind.even_folds(5, 102)),
    ],
)
def test_a_kind_in_words(text, kind):
    assert read_kind(text, 1, images=102) == kind


@pytest.mark.parametrize("text", ["average", "mean over 5 even folds", "mean over 5 even seeds"])
def test_a_kind_that_is_not_known_or_lacks_its_images_is_refused(text):
    with pytest.raises(Unreadable, match="line 3: "):
        read_kind(text, 3)
