"""Test images that resemble training images: how many, how much easier they are, and what was not looked at."""

from collections.abc import Sequence

from lib.evidence.leaks import ease, is_easier
from lib.report.blocks import Block, paragraph, record_marks, table
from lib.report.leaks import least, unseen
from lib.report.notation import (
    capitalised,
    difference_interval,
    protocol_name,
    score_interval,
    with_article,
)
from lib.results import Leak, Results
from lib.words import listed, part_of, percent

SHARED = {  # what a test image shares with a training image → in words; a group goes by its noun
    "identical pixels": "the same pixels",
    "near-duplicate": "the same picture",
    "look-alike": "the same look",
}


def leak_table(results: Results) -> Block:
    """How many test images resemble a training image, and the accuracy on those and on the rest.

    Of arms that learnt; below it, what was not looked at.
    """
    if not results.leaks:
        return Block("")
    sharing = [leak for leak in results.leaks if leak.sharing is not None]
    told = [leak for leak in sharing if results.learnt(leak.arm, leak.protocol)]
    sentence = _leak_sentence(told, results) if told else _share_sentence(sharing, results)
    below = paragraph(f"{sentence} {unseen(results.data, results.look_alikes)}".strip())
    if not any(leak.others for leak in told):
        return below  # the accuracy on all test images stands elsewhere
    rows = [
        (
            leak.arm,
            protocol_name(results.grouping, leak.protocol),
            leak.by,
            percent(leak.share),
            score_interval(leak.sharing),
            leak.others and score_interval(leak.others),
            (apart := ease(leak)) and difference_interval(apart),
        )
        for leak in told
        if leak.sharing is not None and leak.share is not None
    ]
    columns = (
        *("Model", "Protocol", "Shared", "Test images"),
        *("Accuracy on them", "On the rest", "Difference"),
    )
    caption = (
        f"Test images found to share something with a training image: identical pixels, a near-duplicate "
        f"(identical ones included), a look-alike (both included) or the group ({results.data.group_noun}). Mean over "
        f"seeds, interval of one run; the difference treats both sides as independent."
    )
    mark = record_marks(results)[""]
    return table(rows, columns, caption, mark, numeric=(3, 4, 5, 6)) + below


def _share_sentence(sharing: Sequence[Leak], results: Results) -> str:
    """How many test images share something, without an accuracy: no model learnt that has one."""
    if not sharing:
        return "No test image was found to share anything with a training image."
    shares = {
        f"{least(results.grouping)}{part_of(leak.share, 'test images')} "
        f"({protocol_name(results.grouping, leak.protocol)}) share {_shared(leak, results)} with a training image": None
        for leak in sharing
        if leak.share is not None
    }
    return f"{capitalised(listed(shares))}."


def _leak_sentence(told: Sequence[Leak], results: Results) -> str:
    """Whether test images that share something with a training image are easier than the rest."""
    easier = [leak for leak in told if is_easier(leak)]
    arms: dict[tuple[str, str], list[str]] = {}
    for leak in easier or told:
        split = protocol_name(results.grouping, leak.protocol)
        arms.setdefault((split, _shared(leak, results)), []).append(leak.arm)
    places = listed(
        f"{listed(names)} ({split}) on those that share {shared}"
        for (split, shared), names in arms.items()
    )
    if easier:
        return (
            f"The accuracy is higher, by an interval above 0, for {places}: there the model may recognise a training "
            f"image instead of the class."
        )
    if not any(leak.others for leak in told):
        return f"All test images share something, so there is no rest to compare with: {places}."
    return f"The accuracy is not shown to be higher for {places}."


def _shared(leak: Leak, results: Results) -> str:
    return SHARED.get(leak.by, with_article(results.data.group_noun))
