"""The verdict on a printed number: the rule at its edges, and what makes a comparison void."""

from dataclasses import fields

import pytest

from lib import verdicts
from lib.paper import Claim, Paper
from lib.results import Model, Score, Weights
from lib.settings import Settings, Training

INSIDE = "our interval lies inside the printed number's range"
OUTSIDE = "our interval lies outside the printed number's range"
ACROSS = "our interval reaches across an edge of the printed number's range"


def _claim(printed: str = "0.95", **other) -> Claim:
    named = {"metric": "accuracy", "where": "Table 1", "arm": "net"}
    return Claim(printed=printed, **named | other)


def _score(low: float, high: float, **other) -> Score:
    named = {"arm": "net", "protocol": "published", "metric": "accuracy", "of": "", "part": "test"}
    mean = (low + high) / 2
    rest = {"epoch": None, "mean": mean, "sd": None, "per_seed": [mean], "method": "by hand"}
    return Score(low=low, high=high, **named | rest | other)


def _model(declared: str = "imagenet", used: str = "imagenet", arm: str = "net") -> Model:
    weights = Weights(declared=declared, used=used, source="", sha256="")
    return Model(arm=arm, variant_of="", layers=[], parameters={}, weights=weights)


def _settings(*changed: str) -> Settings:
    values = dict.fromkeys((field.name for field in fields(Settings)), 1)
    return Settings(**values | {"changed": changed})


def _judge(claims, scores, *, kind="exact", models=None, changed=()):
    paper = Paper(**dict.fromkeys((field.name for field in fields(Paper)), ()) | {"claims": claims})
    models = [_model()] if models is None else models
    return verdicts.judge(paper, scores, kind=kind, models=models, settings=_settings(*changed))


def _verdict(claim: Claim, score: Score | None, **how) -> tuple[str, str]:
    (result,) = _judge([claim], [] if score is None else [score], **how)
    return result.verdict, result.reason


# "0.95" stands for 0.945 … 0.955; with a tolerance of 0.02 for 0.925 … 0.975.
@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.94, 0.96, ("reproduced", INSIDE)),
        (0.926, 0.93, ("reproduced", INSIDE)),
        (0.925, 0.975, ("reproduced", INSIDE)),
        (0.975, 0.975, ("reproduced", INSIDE)),
        (0.9249, 0.96, ("inconclusive", ACROSS)),
        (0.94, 0.9751, ("inconclusive", ACROSS)),
        (0.5, 1.0, ("inconclusive", ACROSS)),
        (0.9, 0.925, ("inconclusive", ACROSS)),
        (0.975, 1.0, ("inconclusive", ACROSS)),
        (0.9, 0.9249, ("not reproduced", OUTSIDE)),
        (0.9751, 1.0, ("not reproduced", OUTSIDE)),
        (0.0, 0.0, ("not reproduced", OUTSIDE)),
    ],
)
def test_interval_inside_outside_or_across_the_widened_range(low, high, expected):
    assert _verdict(_claim("0.95", tolerance=0.02), _score(low, high)) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.945, 0.955, "reproduced"),
        (0.9449, 0.955, "inconclusive"),
        (0.945, 0.9551, "inconclusive"),
        (0.93, 0.945, "inconclusive"),
        (0.955, 0.97, "inconclusive"),
        (0.93, 0.944, "not reproduced"),
        (0.956, 0.97, "not reproduced"),
    ],
)
def test_without_tolerance_the_range_is_what_rounds_to_the_number(low, high, expected):
    assert _verdict(_claim("0.95"), _score(low, high))[0] == expected


@pytest.mark.parametrize(
    ("printed", "ours", "expected"),
    [
        ("94.8", (0.9475, 0.9485), "reproduced"),
        ("94,8", (0.9475, 0.9485), "reproduced"),
        ("94.8", (0.94, 0.95), "inconclusive"),
        ("94.80", (0.9475, 0.9485), "inconclusive"),
        ("94.8", (0.9486, 0.95), "not reproduced"),
        ("94.8", (94.75, 94.85), "not reproduced"),
    ],
)
def test_percentages_are_compared_as_fractions(printed, ours, expected):
    assert _verdict(_claim(printed, unit="percent"), _score(*ours))[0] == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (71, 71, "reproduced"),
        (70, 72, "inconclusive"),
        (71, 72, "inconclusive"),
        (72, 75, "not reproduced"),
        (70.9, 70.9, "not reproduced"),
    ],
)
def test_counts_allow_no_rounding(low, high, expected):
    claim = _claim("71", unit="count", metric="support", of="basophil")
    assert _verdict(claim, _score(low, high, metric="support", of="basophil"))[0] == expected


def test_losses_are_compared_as_printed():
    claim = _claim("0.1369", unit="loss", metric="loss", part="train", epoch=15, tolerance=0.05)
    of = {"metric": "loss", "part": "train", "epoch": 15}
    assert _verdict(claim, _score(0.09, 0.18, **of))[0] == "reproduced"
    assert _verdict(claim, _score(0.18, 0.19, **of))[0] == "inconclusive"
    assert _verdict(claim, _score(0.19, 0.25, **of))[0] == "not reproduced"


@pytest.mark.parametrize(("counted", "expected"), [(645, "not reproduced"), (643, "reproduced")])
def test_parameters_are_judged_whatever_images_weights_and_settings(counted, expected):
    claim = _claim("643", unit="count", metric="parameters", of="dense", part="")
    score = _score(counted, counted, metric="parameters", of="dense", part="")
    found = _verdict(
        claim, score, kind="phantom", models=[_model(used="random")], changed=("epochs",)
    )
    assert found[0] == expected


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"kind": "phantom"}, "synthetic images"),
        ({"kind": "substitute"}, "other images than the paper's"),
        (
            {"models": [_model(used="random")]},
            "random weights instead of Keras' ImageNet weights",
        ),
        (
            {"models": [_model("random", "imagenet")]},
            "Keras' ImageNet weights instead of random weights",
        ),
        (
            {"models": [_model(used="torchvision")]},
            "torchvision's ImageNet weights instead of Keras' ImageNet weights",
        ),
        ({"changed": ("epochs",)}, "changed settings: epochs"),
        ({"changed": ("seeds", "epochs", "precision")}, "changed settings: epochs, precision"),
        ({"changed": ("jit_compile", "precision")}, "changed settings: precision"),
        ({"changed": ("pixel_scaling",)}, "changed settings: pixel_scaling"),
    ],
)
@pytest.mark.parametrize("ours", [(0.95, 0.95), (0.1, 0.2)])
def test_other_images_weights_or_settings_are_not_comparable(how, words, ours):
    assert _verdict(_claim(), _score(*ours), **how) == ("not comparable", words)


def test_all_hindrances_are_named():
    verdict, reason = _verdict(
        _claim(),
        _score(0.95, 0.95),
        kind="phantom",
        models=[_model(used="random")],
        changed=("epochs", "image_size"),
    )
    assert verdict == "not comparable"
    assert sorted(reason.split("; ")) == [
        "changed settings: epochs, image_size",
        "random weights instead of Keras' ImageNet weights",
        "synthetic images",
    ]


@pytest.mark.parametrize(
    "changed",
    [
        ("seeds",),
        ("phantoms_per_class",),
        ("jit_compile",),
        ("seeds", "phantoms_per_class", "jit_compile"),
    ],
)
def test_other_seeds_phantoms_or_compilers_do_not_hinder(changed):
    assert _verdict(_claim(), _score(0.95, 0.95), changed=changed) == ("reproduced", INSIDE)


def test_only_seeds_phantoms_and_compilers_are_harmless():
    assert sorted(verdicts.HARMLESS) == ["jit_compile", "phantoms_per_class", "seeds"]
    assert set(verdicts.HARMLESS) <= {
        field.name for one in (Settings, Training) for field in fields(one)
    }


@pytest.mark.parametrize("weights", ["imagenet", "torchvision", "random"])
def test_weights_are_comparable_where_the_paper_used_them(weights):
    models = [_model(weights, weights)]
    assert _verdict(_claim(), _score(0.95, 0.95), models=models) == ("reproduced", INSIDE)


def test_memory_is_judged_whatever_images_weights_and_settings():
    """9.24 MB are 9,683,599.36 … 9,694,085.12 bytes; 4 a parameter."""
    claim = _claim("9.24", unit="MB", metric="memory", of="total", part="")
    how = {"kind": "phantom", "models": [_model(used="random")], "changed": ("epochs",)}
    for bytes_, expected in (
        (9_683_600, "reproduced"),
        (9_694_084, "reproduced"),
        (9_683_596, "not reproduced"),
        (9_694_088, "not reproduced"),
    ):
        score = _score(bytes_, bytes_, metric="memory", of="total", part="")
        assert _verdict(claim, score, **how)[0] == expected


@pytest.mark.parametrize("printed", ["0.95", "0.10"])
@pytest.mark.parametrize("how", [{}, {"kind": "phantom"}, {"changed": ("epochs",)}])
def test_what_no_rerun_can_give_is_not_comparable_for_its_own_reason(printed, how):
    claim = _claim(printed, incomparable="of one photograph that is not published")
    expected = ("not comparable", "of one photograph that is not published")
    assert _verdict(claim, _score(0.95, 0.95), **how) == expected
    assert _verdict(claim, None, **how) == expected


def test_our_number_stands_beside_one_that_cannot_be_compared():
    claim = _claim(incomparable="rounded by hand")
    (result,) = _judge([claim], [_score(0.94, 0.96)])
    assert (result.reproduced, result.low, result.high) == (pytest.approx(0.95), 0.94, 0.96)


def test_training_and_test_images_are_judged_each_by_their_own_score():
    claims = [_claim("0.95"), _claim("0.95", part="train")]
    scores = [_score(0.95, 0.95, part="train"), _score(0.5, 0.5)]
    verdicts_found = [one.verdict for one in _judge(claims, scores)]
    assert verdicts_found == ["not reproduced", "reproduced"]
    # The curve of the training images is another thing than their accuracy after training.
    (result,) = _judge(claims[1:], [_score(0.95, 0.95, part="train", epoch=15)])
    assert result.reason == "not computed in this run"


@pytest.mark.parametrize(
    ("metric", "of"), [("correct", ""), ("misclassified", "a"), ("cell", "a → b")]
)
def test_counts_of_hits_and_misses_need_images_weights_and_settings(metric, of):
    claim = _claim("3", unit="count", metric=metric, of=of)
    score = _score(3, 3, metric=metric, of=of)
    assert _verdict(claim, score) == ("reproduced", INSIDE)
    models = [_model(used="random")]
    assert _verdict(claim, score, models=models)[0] == "not comparable"
    assert _verdict(claim, score, kind="substitute")[0] == "not comparable"
    assert _verdict(claim, score, changed=("test_share",))[0] == "not comparable"


def test_supports_need_the_papers_images_but_not_its_weights():
    claim = _claim("71", unit="count", metric="support", of="basophil")
    score = _score(71, 71, metric="support", of="basophil")
    random = [_model(used="random")]
    assert _verdict(claim, score, models=random) == ("reproduced", INSIDE)
    assert _verdict(claim, score, kind="phantom") == ("not comparable", "synthetic images")


def test_a_claim_about_the_best_epoch_is_judged_by_its_own_score():
    best = {"of": "best epoch", "part": "validation"}
    assert _verdict(_claim("0.91", **best), _score(0.91, 0.91, **best)) == ("reproduced", INSIDE)
    assert _verdict(_claim("0.91", **best), _score(0.91, 0.91))[1] == "not computed in this run"


def test_weights_hinder_only_their_own_arm():
    claims = [_claim(arm="one"), _claim(arm="two")]
    scores = [_score(0.95, 0.95, arm="one"), _score(0.95, 0.95, arm="two")]
    models = [_model(used="random", arm="one"), _model(arm="two")]
    found = [result.verdict for result in _judge(claims, scores, models=models)]
    assert found == ["not comparable", "reproduced"]


@pytest.mark.parametrize("how", [{}, {"kind": "phantom"}])
def test_claim_without_a_score_is_not_comparable(how):
    (result,) = _judge([_claim()], [], **how)
    assert (result.verdict, result.reason) == ("not comparable", "not computed in this run")
    assert result.reproduced is result.low is result.high is None


def test_an_epoch_that_was_not_reached_is_told_apart_from_what_was_not_computed():
    curve = {"metric": "loss", "part": "train"}
    claim = _claim("0.1369", unit="loss", epoch=15, **curve)
    short = [_score(0.2, 0.3, epoch=number, **curve) for number in (1, 2)]
    (result,) = _judge([claim], short, kind="phantom")
    assert (result.verdict, result.reason) == ("not comparable", "this run has fewer epochs")
    assert result.reproduced is None


@pytest.mark.parametrize(
    "other",
    [
        {"protocol": "grouped", "epoch": 3},
        {"arm": "another", "epoch": 3},
        {"metric": "loss", "epoch": 3},
        {"part": "validation", "epoch": 3},
        {"of": "best epoch", "epoch": 3},
        {"epoch": None},
    ],
)
def test_an_epoch_of_which_there_is_no_curve_was_not_computed(other):
    """A run of the grouped protocol alone may have as many epochs as the paper."""
    claim = _claim(part="train", epoch=15)
    stray = _score(0.9, 0.9, **{"part": "train"} | other)
    assert _verdict(claim, stray)[1] == "not computed in this run"


def test_a_score_of_zero_counts_as_computed():
    (result,) = _judge([_claim("0.00")], [_score(0, 0)])
    assert (result.verdict, result.reproduced, result.low) == ("reproduced", 0, 0)


@pytest.mark.parametrize(
    "other",
    [
        {"arm": "another"},
        {"protocol": "grouped"},
        {"metric": "f1"},
        {"of": "macro avg"},
        {"part": "validation"},
        {"epoch": 15},
    ],
)
def test_scores_of_something_else_are_left_alone(other):
    stray = _score(0.95, 0.95, **other)
    assert _verdict(_claim(), stray)[1] == "not computed in this run"
    (result,) = _judge([_claim()], [stray, _score(0.5, 0.5), stray])
    assert result.verdict == "not reproduced"


def test_results_come_in_the_papers_order_with_claim_and_score_on_them():
    second = {"metric": "loss", "of": "", "part": "train", "epoch": 3}
    claims = [_claim("94.8", unit="percent", tolerance=0.02), _claim("0.2", unit="loss", **second)]
    results = _judge(claims, [_score(0.1, 0.3, **second), _score(0.94, 0.96)])
    for result, claim in zip(results, claims, strict=True):
        for name in (
            "arm",
            "metric",
            "of",
            "part",
            "epoch",
            "unit",
            "printed",
            "where",
            "tolerance",
        ):
            assert getattr(result, name) == getattr(claim, name)
    assert [(one.low, one.high) for one in results] == [(0.94, 0.96), (0.1, 0.3)]
    assert [one.reproduced for one in results] == pytest.approx([0.95, 0.2])


def test_several_printings_of_one_number_are_judged_each_by_its_own_precision():
    claims = [_claim("0.95"), _claim("94.839", unit="percent")]
    found = [result.verdict for result in _judge(claims, [_score(0.946, 0.95)])]
    assert found == ["reproduced", "inconclusive"]
