"""What was looked for, what that cannot see, and what the grouped protocol keeps on one side: in words.

No sentence of a report claims that there is no copy or no leak: only that none was found, by what.
"""

from lib.datasets.lookalikes import MEASURED
from lib.results import Grouping, LookAlikes
from lib.words import counted, listed, percent

BLIND = "Hashes see mirrored copies and quarter turns of a picture, but no other turn and no part of it."
NOT_RULED_OUT = "Which images belong together is not known, so a leak cannot be ruled out."

KEPT = {  # basis of the grouping → what stays on one side, `noun` being what a group is
    "known groups": "every {noun}",
    "search": "what looks like one picture",
    "near-duplicates": "near-duplicates",
}
RULES = {
    "known groups": "no {noun} on both sides",
    "search": "groups are not known, so images are split by look: those that the search for look-alikes or "
    "hashes call one picture stay on one side, and copies that both miss may stand on both",
    "near-duplicates": "groups are not known, so images are split by hashes: those that they call one picture "
    "stay on one side, and copies that they miss, turned ones above all, may stand on both",
}
SEEN = {
    "known groups": "test images whose {noun} was trained on",
    "search": "test images that look like one that was trained on",
    "near-duplicates": "test images with a near-duplicate that was trained on",
}


def kept_together(grouping: Grouping) -> str:
    """What the grouped protocol keeps on one side: "every patient", or what was found in its place."""
    return KEPT[grouping.basis].format(noun=grouping.noun)


def grouped_rule(grouping: Grouping) -> str:
    """What "grouped" means in this run, and what it may miss."""
    return RULES[grouping.basis].format(noun=grouping.noun)


def seen_in_training(grouping: Grouping) -> str:
    """Which test images profit where the grouped protocol is not followed."""
    return SEEN[grouping.basis].format(noun=grouping.noun)


def search_sight(look_alikes: LookAlikes) -> str:
    """How many copies the search finds in sets whose originals are known; why there was none."""
    if look_alikes.pairs is None:
        return f"Look-alikes in any turn were not searched for: {look_alikes.hindrance}."
    trials = MEASURED[look_alikes.weights]
    found = listed(
        f"for {percent(trial.found)} of those of {trial.name} ({trial.images:,} images of {trial.originals:,} "
        f"originals; {percent(trial.false / trial.pairs)} of the pairs were false, and {percent(trial.torn)} of "
        f"the images kept some copy outside their set)"
        for trial in trials
        if trial.found is not None
    )
    distinct = listed(
        f"{counted(trial.false, 'false pair')} among {trial.images:,} {trial.name}"
        for trial in trials
        if trial.found is None
    )
    return (
        f"The search does not find all: where originals are known, it found a copy {found}, and {distinct}. "
        f"On other kinds of image it was not tried."
    )
