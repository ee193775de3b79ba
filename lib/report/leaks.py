"""What was looked for, what that cannot see, and what the grouped protocol keeps on one side: in words.

No sentence of a report claims that there is no copy or no leak: only that none was found, by what.
"""

from collections.abc import Sequence

from lib.datasets.lookalikes import MEASURED, Trial
from lib.results import Data, Grouping, ImageFacts, LookAlikes, Results
from lib.words import counted, listed, percent

BLIND = "Hashes recognise mirrored copies and quarter turns, but no other turn and no part of a picture."
NOT_RULED_OUT = "Which images belong together is not known, so a leak cannot be ruled out."

KEPT = {  # basis of the grouping → what stays on one side, `noun` being what a group is
    "known groups": "every {noun}",
    "partly known groups": "every known {noun}",
    "search": "what looks like one picture",
    "near-duplicates": "near-duplicates",
}
RULES = {
    "known groups": "no {noun} on both sides",
    "partly known groups": "no known {noun} on both sides; images of unknown {noun} fall anywhere",
    "search": "groups are not known, so images that the search or hashes call one picture stay on one side; copies "
    "that both miss may stand on both",
    "near-duplicates": "groups are not known, so images that hashes call one picture stay on one side; copies that "
    "they miss, above all turned ones, may stand on both",
}
SEEN = {
    "known groups": "test images whose {noun} was trained on",
    "partly known groups": "test images whose known {noun} was trained on",
    "search": "test images that look like a training image",
    "near-duplicates": "test images with a near-duplicate in training",
}


def known_groups(data: ImageFacts) -> str:
    """ "12 patients", or "12 patients and 5 images of unknown patient"; "" if no group is known."""
    if data.groups is None:
        return ""
    # An image of unknown group counts as a group of its own in the record, but it is none that is known.
    known = counted(data.groups - data.ungrouped, data.group_noun)
    if not data.ungrouped:
        return known
    return f"{known} and {counted(data.ungrouped, 'image')} of unknown {data.group_noun}"


def kept_together(grouping: Grouping) -> str:
    """What the grouped protocol keeps on one side: "every patient", or what was found in its place."""
    return KEPT[grouping.basis].format(noun=grouping.noun)


def grouped_rule(grouping: Grouping) -> str:
    """What the grouped protocol means in this run, and what it may miss."""
    return RULES[grouping.basis].format(noun=grouping.noun)


def seen_in_training(grouping: Grouping) -> str:
    """Which test images profit where the grouped protocol is not followed."""
    return SEEN[grouping.basis].format(noun=grouping.noun)


def least(grouping: Grouping) -> str:
    """What stands before the number of a leak of which only a part may be seen: "at least "; else ""."""
    return "" if grouping.is_complete else "at least "


def missed_copies(results: Results) -> str:
    """Why a leak is seen in part only, and how large that part may be; "" where every group is known."""
    basis, weights = results.grouping.basis, results.look_alikes.weights
    if basis == "search" and weights:
        return _measured_sight(MEASURED[weights])
    return BLIND if basis == "near-duplicates" else not_ruled_out(results.data)


def _measured_sight(trials: Sequence[Trial]) -> str:
    """The recall of the search in sets whose copies are known, in short."""
    found = sorted(trial.found for trial in trials if trial.found is not None)
    torn = max(trial.torn for trial in trials if trial.torn is not None)
    return (
        f"Only copies that the search finds are kept together. In sets with known copies, it finds one for "
        f"{percent(found[0])} to {percent(found[-1])} of the images that have one, but misses another for up to "
        f"{percent(torn)}."
    )


def search_sight(look_alikes: LookAlikes) -> str:
    """How many copies the search finds in sets whose originals are known; why there was none."""
    if look_alikes.pairs is None or look_alikes.weights is None:
        return _not_searched(look_alikes)
    trials = MEASURED[look_alikes.weights]
    found = listed(
        f"for {percent(trial.found)} of the images in {trial.name} ({trial.images:,} images of "
        f"{trial.originals:,} originals; {percent(trial.false / trial.pairs)} of the pairs were false, and "
        f"{percent(trial.torn)} of the images missed some copy)"
        for trial in trials
        if trial.found is not None and trial.torn is not None
    )
    distinct = listed(
        f"{counted(trial.false, 'pair')} among {trial.images:,} {trial.name}"
        for trial in trials
        if trial.found is None
    )
    return (
        f"The search is not perfect. Where copies are known, it found one {found}. Where there are none, it found "
        f"{distinct}. Its threshold was chosen on these sets; other kinds of image were not tried."
    )


def _not_searched(look_alikes: LookAlikes) -> str:
    return f"Look-alikes were not searched for: {look_alikes.hindrance}."


def unseen(data: Data, look_alikes: LookAlikes) -> str:
    """What may be shared unseen, in short: how well the searches see stands beside what they found."""
    sentences = [not_ruled_out(data)]
    if look_alikes.pairs is None:
        known = data.groups is not None and not data.ungrouped
        sentences += [
            BLIND if data.groups is None else "",
            "" if known else _not_searched(look_alikes),
        ]
    else:
        sentences.append("The search for look-alikes misses some copies.")
    return " ".join(filter(None, sentences))


def not_ruled_out(data: Data) -> str:
    """That there may be a leak all the same, where the group of an image is unknown; "" where all are known."""
    if data.groups is None:
        return NOT_RULED_OUT
    if data.ungrouped:
        return (
            f"The {data.group_noun} of {counted(data.ungrouped, 'image')} is not known, so a leak among these "
            f"cannot be ruled out."
        )
    return ""
