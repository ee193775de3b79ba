"""Limitations of which images belong together: leaks, unknown groups, classes with few originals."""

from collections.abc import Iterator

from lib.report.facts import Run
from lib.words import counted, listed, signed

FEW = 10  # groups of a class, below which one of them is more than a tenth of its score


def siblings(run: Run) -> Iterator[str]:
    """Test images of the published split have a sibling among the training images."""
    shares = [one.shared_groups for one in run.results.folds if one.protocol == "published"]
    known = [share for share in shares if share is not None]
    if any(known):
        noun = run.results.data.group_noun
        yield (
            f"Under the published split {sum(known) / len(known):.1%} of the test images have another "
            f"image of the same {noun} among the training images: their scores are not of new {noun}s."
        )


def twins(run: Run) -> Iterator[str]:
    """Test images of the published split have a near-duplicate among the training images."""
    found = [one for one in run.results.folds if one.protocol == "published"]
    doubled = sum(one.near_duplicates for one in found)
    if doubled:
        share = doubled / sum(sum(one.test.values()) for one in found)
        yield (
            f"Under the published split {share:.1%} of the test images have a near-duplicate among the "
            "training images: recognising that one is enough."
        )


def gap(run: Run) -> Iterator[str]:
    """The published split flatters."""
    told = [
        f"{one.arm} {signed(one.mean, one.low, one.high)}"
        for one in run.results.gaps
        if one.arm in run.arms and one.low > 0
    ]
    if told:
        yield (
            f"The published split flatters: accuracy under it less that with every "
            f"{run.results.grouping.noun} on one side is {listed(told)}."
        )


def hindrance(run: Run) -> Iterator[str]:
    """There is no grouped protocol to compare with."""
    reason = run.results.grouping.hindrance
    if reason:
        yield (
            f"No grouped split could be made: {reason}. What images that belong together add to the "
            "scores stays unknown."
        )
    elif "grouped" not in run.protocols:
        yield (
            f"The grouped protocol, with every {run.results.grouping.noun} on one side, was not run: what "
            "images that belong together add to the scores stays unknown."
        )


def pictures(run: Run) -> Iterator[str]:
    """Only near-duplicates tell what belongs together."""
    if run.results.data.groups is None and not run.results.grouping.hindrance:
        yield (
            f"Which images are of one {run.results.data.group_noun} is not known: only the "
            f"{run.results.near_duplicates.images:,} images with a near-duplicate are kept together."
        )


def ungrouped(run: Run) -> Iterator[str]:
    """Some images' group is unknown."""
    data = run.results.data
    if data.ungrouped:
        yield (
            f"The {data.group_noun} of {data.ungrouped:,} of {data.images:,} images is not known: each "
            "counts as one of its own, so that images of one may stand on both sides."
        )


def classes(run: Run) -> Iterator[str]:
    """Classes with few originals."""
    data = run.results.data
    few = {name: count for name, count in (data.group_counts or {}).items() if count < FEW}
    told = [
        f"all {data.counts[name]:,} images of {name} come from {counted(count, data.group_noun)}"
        for name, count in sorted(few.items(), key=lambda one: one[1])
    ]
    if told:
        text = listed(told)
        yield f"{text[0].upper()}{text[1:]}: a score of such a class is one of so many cases."


def cases(run: Run) -> Iterator[str]:
    """Fewer groups than images."""
    data = run.results.data
    if data.groups is not None and data.groups < data.images:
        yield (
            f"The {data.images:,} images come from {counted(data.groups, data.group_noun)}: the scores "
            f"rest on {data.groups:,} independent cases, not on {data.images:,}."
        )


def labels(run: Run) -> Iterator[str]:
    """One picture in two classes."""
    pairs = run.results.near_duplicates.between_classes
    if pairs:
        yield (
            f"Near-duplicates of two classes: {counted(pairs, 'pair')}. Either a label is wrong there, or "
            "the picture shows both."
        )


def doubled(run: Run) -> Iterator[str]:
    """One picture in two groups."""
    pairs = run.results.near_duplicates.between_groups
    if pairs:
        yield (
            f"Near-duplicates of two {run.results.data.group_noun}s: {counted(pairs, 'pair')}. The groups do "
            "not tell all that belongs together."
        )
