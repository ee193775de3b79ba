"""The models of a paper in numbers: built offline, untrained. Needs Keras, no network."""

from types import SimpleNamespace

import pytest

from lib import papers

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def listing():
    from lib.models import listing

    return listing


def lines_by_arm(listing, slug: str) -> dict[str, str]:
    """Name of an arm → all that is said of it."""
    by_arm, name = {}, ""
    for heading, text in listing.lines(papers.load(slug)):
        name = heading or name
        by_arm[name] = f"{by_arm.get(name, '')}{text}\n"
    return by_arm


@pytest.fixture(scope="module")
def violina(listing):
    return lines_by_arm(listing, "violina_blood_cancer")


def test_every_arm_and_variant_is_listed(violina):
    paper = papers.load("violina_blood_cancer")
    assert list(violina) == [arm.name for arm in paper.every_arm]


def test_an_arm_is_described_in_numbers(violina):
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


def test_nothing_is_downloaded(listing, monkeypatch):
    """MobileNetV2 with ImageNet weights is only counted."""

    def refuse(*_, **__):
        raise AssertionError("asked for weights")

    monkeypatch.setattr("lib.models.pretrained._load_candidate", refuse)
    text = lines_by_arm(listing, "kuncoro_white_blood_cells")["mobilenetv2"]
    assert "MobileNetV2, Keras' ImageNet weights, frozen" in text
    assert "2,422,597 parameters, 164,613 of them trained; 300 million multiply-adds" in text


# what is printed


def test_papers_are_printed_in_the_given_order_with_their_arms_in_a_column(
    listing, monkeypatch, capsys
):
    def lines(paper):
        return [("an arm", f"of {paper.slug}"), ("", "more of it"), ("another", "")]

    monkeypatch.setattr(listing, "lines", lines)
    slugs = ["violina_blood_cancer", "kuncoro_white_blood_cells"]
    assert listing.run_command(SimpleNamespace(slugs=slugs)) == 0
    assert capsys.readouterr().out.splitlines() == [
        line
        for slug in slugs
        for line in (
            f"{slug}: {papers.load(slug).title_english}",
            f"  an arm                 of {slug}",
            "                         more of it",
            "  another",
            "",
        )
    ]


def test_the_name_of_every_arm_fits_its_column(listing):
    names = [arm.name for paper in map(papers.load, papers.slugs()) for arm in paper.every_arm]
    assert max(map(len, names)) < listing.NAME_WIDTH
