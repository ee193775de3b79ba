"""Scores that mean less than they seem to: of training images, of the best epoch, of images used before."""

from collections.abc import Iterator

from lib.audit.claims import CLAIM_PARTS, final_accuracies
from lib.audit.findings import Finding, quoted, weigh
from lib.audit.rounding import bounds, common
from lib.papers.declare import Paper


def check_protocol(paper: Paper) -> Iterator[Finding]:
    """The headline's images, the choice of an epoch, and test images that served as validation images."""
    yield from _headline(paper)
    yield from _best_epoch(paper)
    yield from _test_is_validation(paper)


def _headline(paper: Paper) -> Iterator[Finding]:
    if not paper.claims or paper.claims[0].part != "train":
        return
    first = paper.claims[0]
    tested = [
        claim
        for claim in paper.claims
        if (claim.metric, claim.arm, claim.of) == (first.metric, first.arm, "")
        and claim.part in CLAIM_PARTS["test"]
    ]
    yield Finding(
        check="agreement",
        topic="Training images in the headline",
        outcome="undetermined",
        printed=quoted([first, *tested]),
        arithmetic="".join(
            f"{first.value:.4f} - {claim.value:.4f} = {first.value - claim.value:.4f}"
            for claim in tested[:1]
        ),
        sentence=(
            f"The first {first.metric} that the paper gives, {first.text}, was measured on the training images: it "
            "tells how well these were learnt by heart"
            f"{f'; on others the paper prints {tested[0].text}' if tested else ''}."
        ),
        weight=3,
        arm=first.arm,
    )


def _best_epoch(paper: Paper) -> Iterator[Finding]:
    best = [
        claim for claim in paper.claims if (claim.of, claim.metric) == ("best epoch", "accuracy")
    ]
    for accuracy in best:
        epochs = paper.arm(accuracy.arm).recipe.epochs.value
        epoch = [
            claim
            for claim in paper.claims
            if (claim.metric, claim.of, claim.arm) == ("epoch", accuracy.of, accuracy.arm)
        ]
        yield Finding(
            check="agreement",
            topic="Accuracy of the best epoch",
            outcome="undetermined",
            printed=quoted([accuracy, *epoch]),
            arithmetic=f"{accuracy.text} is the highest of {epochs} accuracies on the same images",
            sentence=(
                "An epoch chosen by its accuracy on some images looks better on them than on new ones."
            ),
            weight=weigh(paper, [accuracy]),
            arm=accuracy.arm,
        )


def _test_is_validation(paper: Paper) -> Iterator[Finding]:
    for arm in paper.arms:
        final = final_accuracies(paper, arm.name, "test")
        tested = [claim for claim in final if claim.epoch is None and claim.part == "test"]
        last = [claim for claim in final if claim.epoch is not None and claim.part == "validation"]
        both = [*tested[:1], *last[:1]]
        if len(both) == 2 and common(bounds(claim, digits="mixed") for claim in both):
            yield Finding(
                check="agreement",
                topic="Test images that are the validation images",
                outcome="undetermined",
                printed=quoted(both),
                arithmetic=f"{both[0].text} and {both[1].text} are one number",
                sentence=(
                    "The test accuracy is the last validation accuracy: these are probably the same images, so "
                    "whatever was chosen by them was not tested on new ones."
                ),
                weight=2,
                arm=arm.name,
            )
