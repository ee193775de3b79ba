"""Every arm learns: in quick settings, on drawn images, with one seed of three. Needs Keras and trained weights."""

import pytest

from lib import machine, papers, phantoms
from lib.datasets import load, split_published
from lib.evaluation.metrics import wilson
from lib.settings import resolve

pytestmark = pytest.mark.slow

# The next where one fails. The blood-cancer network starts from random weights: seed 0 learnt on one processor and not
# on another, where only the rounding differs; seed 1 learnt there.
SEEDS = (0, 1, 2)
ARMS = [(slug, arm.name) for slug in papers.slugs() for arm in papers.load(slug).arms]


@pytest.fixture
def trained_weights(request, shared, monkeypatch):
    """Weights of ../shared for this arm's backbone; skips where there are none for it."""
    monkeypatch.setenv("LIB_WEIGHTS", str(shared / "weights"))
    slug, name = request.getfixturevalue("slug"), request.getfixturevalue("name")
    arm = papers.load(slug).arm(name)
    present = [place for place in machine.weight_candidates(arm.backbone) if place.path.is_file()]
    if arm.weights.value != "random" and not present:
        pytest.skip(
            f"needs ImageNet weights of {arm.backbone}, which ../shared does not have: a frozen "
            f"backbone with random ones learns next to nothing"
        )
    # Nothing is downloaded: what Keras could reach differs from machine to machine.
    monkeypatch.setattr("lib.models.pretrained.answers", lambda _: False)


@pytest.mark.parametrize(("slug", "name"), ARMS)
@pytest.mark.usefixtures("trained_weights")
def test_an_arm_learns_drawn_images_well_above_chance(slug, name):
    assert any(learns(slug, name, seed) for seed in SEEDS)


def learns(slug: str, name: str, seed: int) -> bool:
    """On new images, with the whole Wilson interval above the share of the most frequent class."""
    from lib import models, training

    paper = papers.load(slug)
    settings = resolve(paper, seeds=[seed])
    images = load(paper, phantoms.folder(paper, settings.phantoms_per_class), settings.image_size)
    (fold,) = split_published(
        images, test_share=settings.test_share, stratified=settings.stratified, seeds=(seed,)
    )
    arm = paper.arm(name)
    backbone = models.load_backbone(arm, settings.training[name])
    (fit,) = training.train_arm(paper, arm, backbone, images, [fold], settings).fits
    right = int((fit.probabilities.argmax(1) == images.labels[fold.test]).sum())
    most_frequent = max(images.count(fold.test).values()) / len(fold.test)
    return wilson(right, len(fold.test))[0] > most_frequent
