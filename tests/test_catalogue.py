"""The models of a paper in numbers: built offline, untrained. Needs Keras, no network."""

import pytest

from lib import papers

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def catalogue():
    from lib import catalogue

    return catalogue


def shown(catalogue, slug: str) -> dict[str, str]:
    """Name of an arm → all that is said of it."""
    found, name = {}, ""
    for heading, text in catalogue.lines(papers.load(slug)):
        name = heading or name
        found[name] = f"{found.get(name, '')}{text}\n"
    return found


@pytest.fixture(scope="module")
def violina(catalogue):
    return shown(catalogue, "violina_blood_cancer")


def test_every_arm_and_variant_is_listed(violina):
    paper = papers.load("violina_blood_cancer")
    assert list(violina) == [arm.name for arm in paper.every_arm]


def test_an_arm_is_told_in_numbers(violina):
    text = violina["cnn"]
    assert "1,831,106 parameters, 1,831,106 of them trained" in text
    assert "79 million multiply-adds" in text  # 78.8 by hand: five convolutions, two dense layers
    assert "64 pixels, [0, 1], random flip, rotation" in text
    assert "10 epochs, batches of 32, adam at 0.001" in text
    assert "assumed: weights, dense, activation, dropout, filters, batch size, loss" in text


def test_the_network_called_vgg_16_stands_beside_vgg_16(violina):
    rows = [line.split() for line in violina["cnn"].splitlines()]
    assert ["layers", "7", "VGG16", "16"] in rows  # five convolutions and two dense; 13 and three
    assert ["block1_conv", "896", "block1_conv1", "1,792"] in rows
    assert ["predictions", "8,194"] in rows
    assert ["parameters", "1,831,106", "parameters", "39,896,898"] in rows


def test_a_variant_says_what_differs(violina):
    assert "variant: the other input size that the paper states" in violina["cnn-200"]
    assert "200 pixels" in violina["cnn-200"]


def test_nothing_is_downloaded(catalogue, monkeypatch):
    """MobileNetV2 with ImageNet weights is only counted."""

    def refuse(*_, **__):
        raise AssertionError("asked for weights")

    monkeypatch.setattr("lib.pretrained._keras_own", refuse)
    text = shown(catalogue, "kuncoro_white_blood_cells")["mobilenetv2"]
    assert "MobileNetV2, Keras' ImageNet weights, frozen" in text
    assert "2,422,597 parameters, 164,613 of them trained; 300 million multiply-adds" in text
