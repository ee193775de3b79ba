"""Scores of subgroups in a table; every number stands in results.json."""

from collections.abc import Mapping

from lib.papers.declare import Paper
from lib.report.blocks import Shown, sentence, table
from lib.report.notation import interval, protocol_note
from lib.results import Results, Score, Subgroup, headline

FEW = 5  # groups: an interval that resamples fewer is too narrow to set a subgroup apart
SIDES = {"↓": "lower", "↑": "higher"}
Found = Mapping[tuple[str, str], Mapping[str, Subgroup]]  # attribute and value → arm → its score


def subgroups(paper: Paper, results: Results, mark: str) -> Shown:
    """Test accuracy of the paper's arms on every subgroup, and which of these lie apart from all images."""
    whole = {arm.name: headline(results.scores, arm.name) for arm in paper.arms}
    protocol = next(iter(whole.values())).protocol
    found: dict[tuple[str, str], dict[str, Subgroup]] = {}
    for one in results.subgroups:
        if one.accuracy.protocol == protocol and one.accuracy.arm in whole:
            found.setdefault((one.name, one.value), {})[one.accuracy.arm] = one
    if not found:
        return sentence(_nothing_known(paper), mark)
    noun = results.data.group_noun
    rows = [("all test images", None, None, None, *map(interval, whole.values()))]
    rows += [_line(key, by_arm, whole) for key, by_arm in found.items()]
    columns = ("Subgroup", "Value", "Images", f"{noun.capitalize()}s", *whole)
    caption = _caption(paper, found, noun) + protocol_note(protocol)
    shown = table(rows, columns, caption, mark, numeric=range(2, len(columns)))
    return shown + sentence(_told(found, whole, noun))


def _nothing_known(paper: Paper) -> str:
    names = [one.name for one in paper.dataset.subgroups]
    if not names:
        return "No subgroups: no file name of this paper's images is known to tell more than the class."
    return (
        f"No subgroups: the paths of these images tell no {' or '.join(names)} that divides them."
    )


def _line(
    key: tuple[str, str], by_arm: Mapping[str, Subgroup], whole: Mapping[str, Score]
) -> tuple:
    first = next(iter(by_arm.values()))
    cells = (f"{interval(by_arm[arm].accuracy)} {_side(by_arm[arm], whole[arm])}" for arm in whole)
    return (*key, first.images, first.groups, *map(str.strip, cells))


def _few(one: Subgroup) -> bool:
    return one.groups is not None and one.groups < FEW


def _side(one: Subgroup, whole: Score) -> str:
    """On which side of the accuracy on all images the whole interval lies; "" for neither."""
    if _few(one):
        return ""
    return "↓" if one.accuracy.high < whole.mean else "↑" if one.accuracy.low > whole.mean else ""


def _caption(paper: Paper, found: Found, noun: str) -> str:
    where = {one.name: one.where for one in paper.dataset.subgroups}
    known = "; ".join(f"{name}: {where[name]}" for name in dict.fromkeys(name for name, _ in found))
    methods = {one.accuracy.method for by_arm in found.values() for one in by_arm.values()}
    return (
        f"Accuracy on the test images of each subgroup (mean over seeds, interval of one run: "
        f"{'; '.join(sorted(methods))}). Images, {noun}s: different ones tested, over all seeds. ↓ ↑: the "
        f"interval lies below or above the accuracy on all test images. How it is known: {known}."
    )


def _told(found: Found, whole: Mapping[str, Score], noun: str) -> str:
    """In a sentence, which subgroups differ from all images; and how far that can be trusted."""
    every = [(key[1], arm, one) for key, by_arm in found.items() for arm, one in by_arm.items()]
    judged = [(value, arm, _side(one, whole[arm])) for value, arm, one in every if not _few(one)]
    few = f" Values of fewer than {FEW} {noun}s are not judged." if len(judged) < len(every) else ""
    apart = []
    for arm in whole:
        for side, word in SIDES.items():
            values = [value for value, of, found_side in judged if (of, found_side) == (arm, side)]
            apart += [f"{arm} is {word} on {', '.join(values)}"] * bool(values)
    if not apart:
        return f"No subgroup differs from all test images by its interval.{few}"
    chance = f"Of {len(judged)} intervals about one in twenty lies apart by chance."
    return f"Apart from all test images: {'; '.join(apart)}. {chance}{few}"
