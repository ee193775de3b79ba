"""Limitations of which images belong together: leaks, unknown groups, classes with few originals."""

from collections.abc import Iterator

from lib.report.facts import Run
from lib.report.gaps import cost_clause
from lib.report.leaks import kept_together, least, unseen
from lib.report.notation import capitalised, protocol_name, with_article
from lib.words import counted, listed, part_of

FEW = 10  # groups of a class, below which one of them is more than a tenth of its score


def shared_groups(run: Run) -> Iterator[str]:
    """Test images of the shown split share their group with a training image."""
    protocol = run.shown_protocol
    shares = [fold.shared_groups for fold in run.results.folds if fold.protocol == protocol]
    known = [share for share in shares if share is not None]
    if any(known):
        noun, grouping = run.results.data.group_noun, run.results.grouping
        yield (
            f"Under the {protocol_name(grouping, protocol)} split {least(grouping)}"
            f"{part_of(sum(known) / len(known), 'test images')} share {with_article(noun)} with the training "
            f"images, so they do not test new {noun}s."
        )


def near_duplicates(run: Run) -> Iterator[str]:
    """Test images of the shown split have a near-duplicate or a look-alike among the training images."""
    protocol = run.shown_protocol
    folds = [fold for fold in run.results.folds if fold.protocol == protocol]
    searched = run.results.look_alikes.pairs is not None
    doubled = sum(fold.look_alikes or 0 if searched else fold.near_duplicates for fold in folds)
    if doubled:
        share = doubled / sum(sum(fold.test.values()) for fold in folds)
        twin = "look-alike or near-duplicate" if searched else "near-duplicate"
        name = protocol_name(run.results.grouping, protocol)
        yield (
            f"Under the {name} split {part_of(share, 'test images')} have a {twin} among the training images: "
            "recognising it is enough."
        )


def protocol_gap(run: Run) -> Iterator[str]:
    """The published split flatters."""
    cost = cost_clause(run.results)
    if cost:
        yield f"The published split flatters: {cost}."


def no_grouped_protocol(run: Run) -> Iterator[str]:
    """There is no grouped protocol to compare with."""
    reason = run.results.grouping.hindrance
    if reason:
        yield (
            f"No grouped split could be made ({reason}), so it stays unknown how much related images on both "
            "sides add to the scores."
        )
    elif "grouped" not in run.protocols:
        kept = kept_together(run.results.grouping)
        name = protocol_name(run.results.grouping, "grouped")
        yield (
            f"The {name} protocol, with {kept} on one side, was not run, so it stays unknown how much related "
            "images on both sides add to the scores."
        )


def unknown_groups(run: Run) -> Iterator[str]:
    """No more is known of what belongs together than what looks alike; intervals take images for cases."""
    results = run.results
    if results.data.groups is None:
        yield (
            f"{unseen(results.data, results.look_alikes)} All intervals treat images as independent; where several "
            f"show one {results.data.group_noun}, the intervals are too narrow."
        )


def ungrouped_images(run: Run) -> Iterator[str]:
    """The group of some images is unknown."""
    data = run.results.data
    if data.ungrouped:
        yield (
            f"The {data.group_noun} of {data.ungrouped:,} of {data.images:,} images is not known: each "
            f"counts as its own, so images of one {data.group_noun} may stand on both sides."
        )


def classes_of_few_groups(run: Run) -> Iterator[str]:
    """Classes with few originals, the fewest first."""
    data = run.results.data
    few = {name: count for name, count in (data.group_counts or {}).items() if count < FEW}
    classes = [
        f"all {data.counts[name]:,} images of {name} come from {counted(few[name], data.group_noun)}"
        for name in sorted(few, key=few.__getitem__)
    ]
    if classes:
        yield f"{capitalised(listed(classes))}: a score of such a class rests on that many cases."


def fewer_groups_than_images(run: Run) -> Iterator[str]:
    """Images are not independent cases; groups are."""
    data = run.results.data
    if data.groups is None or data.groups == data.images:
        return
    images, groups = data.images - data.ungrouped, data.groups - data.ungrouped
    of_known = f" of known {data.group_noun}" if data.ungrouped else ""
    yield (
        f"The {images:,} images{of_known} come from {counted(groups, data.group_noun)}, so at most {groups:,} "
        f"cases are independent."
    )


def found_pairs(run: Run) -> Iterator[str]:
    """One picture in two classes, or in two groups."""
    found, noun = run.results.near_duplicates, run.results.data.group_noun
    if found.between_classes:
        yield (
            f"{_joined(found.between_classes, 'classes')}: either a label is wrong, or the picture shows both."
        )
    if found.between_groups:
        yield f"{_joined(found.between_groups, f'{noun}s')}: the known groups may be incomplete."


def _joined(pairs: int, what: str) -> str:
    """ "2 pairs of near-duplicates join two classes"."""
    verb = "joins" if pairs == 1 else "join"
    return f"{counted(pairs, 'pair')} of near-duplicates {verb} two {what}"
