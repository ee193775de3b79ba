"""Layers, sums, memory and names against arithmetic."""

import pytest
from made_up_paper import arm, claim, paper

from lib.audit.checks.architecture import (
    check_architecture,
    is_memory_of,
    layer_parameters,
    parameter_sums,
)
from lib.papers.declare import Assumed, Layer, Stated

LAYERS = (
    Layer(name="mobilenetv2", output="(None, 1, 1, 1280)", parameters="2257984"),
    Layer(name="global_average_pooling2d", output="(None, 1280)", parameters="0"),
    Layer(name="dense", output="(None, 128)", parameters="163968"),
    Layer(name="dense_1", output="(None, 5)", parameters="645"),
)
TOTALS = {"total": "2422597", "trainable": "164613", "non-trainable": "2257984"}


def _claims(**changed: str):
    """Every row of the summary, some of them changed."""
    rows = {layer.name: layer.parameters for layer in LAYERS} | TOTALS | changed
    return [claim("parameters", count, of=of, unit="count", part="") for of, count in rows.items()]


def _check(*claims, layers=LAYERS, **changes) -> dict:
    made = arm(layers=layers, layers_where="Fig. 5", **changes)
    findings = check_architecture(paper(made, claims=claims))
    return {finding.topic: finding for finding in findings}


def test_the_arithmetic_of_every_layer():
    found = layer_parameters(arm(layers=LAYERS))
    assert [count for count, _ in found.values()] == [2_257_984, 0, 163_968, 645]
    assert found["dense_1"][1] == "128 × 5 + 5"
    assert layer_parameters(arm()) == {}


def test_sums_of_what_is_trained_and_what_is_not():
    made = arm(layers=LAYERS)
    assert {
        of: count for of, (count, _) in parameter_sums(made, layer_parameters(made)).items()
    } == {of: int(count) for of, count in TOTALS.items()}
    tuned = arm(layers=LAYERS, trainable=Stated(True, "§2"))
    assert parameter_sums(tuned, layer_parameters(tuned))["trainable"][0] == 2_422_597
    strange = (*LAYERS, Layer(name="attention", output="(None, 5)", parameters="7"))
    made = arm(layers=strange)
    assert parameter_sums(made, layer_parameters(made)) == {}


def test_a_flattened_map_is_counted_whole():
    layers = (
        Layer(name="vgg16", output="(None, 2, 2, 512)", parameters="14714688"),
        Layer(name="flatten", output="(None, 2048)", parameters="0"),
        Layer(name="dense", output="(None, 10)", parameters="20490"),
    )
    found = layer_parameters(arm(backbone="VGG16", layers=layers))
    assert [count for count, _ in found.values()] == [14_714_688, 0, 20_490]


def test_a_summary_that_adds_up_is_consistent():
    found = _check(*_claims())
    assert {topic: finding.outcome for topic, finding in found.items()} == {
        "Parameters of the layers": "consistent",
        "Sums of the parameters": "consistent",
        "Parts and total of the parameters": "consistent",
        "Feature maps of the backbone": "consistent",
    }


def test_a_wrong_layer_and_wrong_sums_are_named_with_their_misprints():
    found = _check(*_claims(dense_1="643", total="2422957", trainable="164633"))
    layers, added = found["Parameters of the layers"], found["Sums of the parameters"]
    assert (layers.outcome, layers.misprint) == ("impossible", "643 → 645 (Table 1)")
    assert (added.outcome, added.misprint) == (
        "impossible",
        "2422957 → 2422597 (Table 1); 164633 → 164613 (Table 1)",
    )
    assert added.arithmetic.endswith("the printed layers add up to 2,422,595")


def test_a_feature_map_of_another_size_is_impossible():
    layers = (Layer(name="mobilenetv2", output="(None, 7, 7, 1280)", parameters="2257984"),)
    assert _check(layers=layers)["Feature maps of the backbone"].outcome == "impossible"


@pytest.mark.parametrize(
    ("printed", "unit", "count", "expected"),
    [
        ("643.02", "KB", 164_613, True),
        ("643.82", "KB", 164_613, False),
        ("9.24", "MB", 2_422_597, True),
        ("8.61", "MB", 2_257_984, True),
        ("658.45", "KB", 164_613, True),  # kilobytes of 1,000 bytes
        ("14", "MB", 3_538_984, True),
        ("12", "MB", 3_538_984, False),
    ],
)
def test_memory_is_four_bytes_a_parameter(printed, unit, count, expected):
    assert is_memory_of(claim("memory", printed, unit=unit), count) is expected


def test_memory_is_held_against_arithmetic_then_against_print():
    memory = claim("memory", "643.82", unit="KB", of="trainable", part="")
    found = _check(*_claims(), memory)["Memory of the parameters: trainable"]
    assert (found.outcome, found.misprint) == ("impossible", "643.82 → 643.02 (Table 1)")
    assert found.arithmetic == "164,613 parameters by arithmetic × 4 bytes = 643.02 KB"
    found = _check(*_claims(), memory, layers=())["Memory of the parameters: trainable"]
    assert found.arithmetic.startswith("164613 parameters as printed")
    assert "Memory of the parameters: trainable" not in _check(memory, layers=())


def test_memory_of_the_published_network_includes_its_classifier():
    memory = claim(
        "memory", "14", unit="MB", of="total", part="", incomparable="of the published one"
    )
    found = _check(memory, layers=())["Memory of the parameters: total"]
    assert found.outcome == "consistent"
    assert "3,538,984 parameters of MobileNetV2 with its classifier" in found.arithmetic


@pytest.mark.parametrize(
    ("filters", "outcome"),
    [
        ((32, 64), "impossible"),
        ((64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512), "consistent"),
    ],
)
def test_a_name_stands_for_its_convolutions(filters, outcome):
    found = _check(called="VGG16", filters=Assumed(filters, ""), layers=())
    assert found["The network called VGG16"].outcome == outcome


def test_a_name_that_is_right_or_unknown_is_not_checked():
    assert _check(layers=()) == {}
    assert _check(called="MobileNetV2", filters=Assumed((32,), ""), layers=()) == {}
    assert _check(called="VGG16", layers=()) == {}
