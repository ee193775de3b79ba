"""Scores of images that a network has seen before."""

from made_up_paper import arm, claim, paper

from lib.audit.checks.protocol import check_protocol


def _check(*claims) -> dict:
    return {
        finding.topic: finding for finding in check_protocol(paper(arm(epochs=3), claims=claims))
    }


def test_a_headline_of_training_images_is_told_with_the_others():
    first = claim("accuracy", "0.98", part="train", epoch=3)
    other = claim("accuracy", "0.78", part="validation", epoch=3)
    found = _check(first, other)["Training images in the headline"]
    assert (found.outcome, found.weight) == ("undetermined", 3)
    assert found.arithmetic == "0.9800 - 0.7800 = 0.2000"
    assert found.sentence.endswith("on others the paper prints 0.78.")
    alone = _check(first)["Training images in the headline"]
    assert alone.arithmetic == ""
    assert "on others" not in alone.sentence
    assert "Training images in the headline" not in _check(other, first)


def test_the_accuracy_of_the_best_epoch_was_chosen():
    best = {"of": "best epoch", "part": "validation"}
    found = _check(claim("accuracy", "0.91", **best), claim("epoch", "17", unit="count", **best))
    (finding,) = found.values()
    assert finding.topic == "Accuracy of the best epoch"
    assert finding.arithmetic == "0.91 is the highest of 3 accuracies on the same images"
    assert finding.printed == ("best epoch: 0.91 (Table 1)", "best epoch: 17 (Table 1)")


def test_a_test_accuracy_that_is_the_last_validation_accuracy_is_of_the_same_images():
    topic = "Test images that are the validation images"
    last = {"part": "validation", "epoch": 3}
    assert topic in _check(claim("accuracy", "0.94839"), claim("accuracy", "0.9484", **last))
    assert topic not in _check(claim("accuracy", "0.94839"), claim("accuracy", "0.9486", **last))
    assert topic not in _check(
        claim("accuracy", "0.94839"), claim("accuracy", "0.9484", part="validation", epoch=2)
    )
