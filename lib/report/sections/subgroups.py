"""The table of scores of subgroups."""

from collections.abc import Mapping

from lib.papers.declare import Paper
from lib.report.blocks import Block, paragraph, record_marks, table
from lib.report.notation import protocol_note, score_interval
from lib.results import Results, Score, Subgroup, headline
from lib.words import listed

FEW = 5  # groups: an interval that resamples fewer is too narrow to set a subgroup apart
SIDES = {"↓": "lower", "↑": "higher"}
ByValue = Mapping[tuple[str, str], Mapping[str, Subgroup]]  # attribute and value → arm → subgroup


def subgroup_table(paper: Paper, results: Results) -> Block:
    """Test accuracy of the paper's arms on every subgroup, and which of these lie apart from all images."""
    whole = {arm.name: headline(results.scores, arm.name) for arm in paper.arms}
    protocol, mark = next(iter(whole.values())).protocol, record_marks(results)[""]
    by_value: dict[tuple[str, str], dict[str, Subgroup]] = {}
    for subgroup in results.subgroups:
        score = subgroup.accuracy
        if score.protocol == protocol and score.arm in whole:
            by_value.setdefault((subgroup.name, subgroup.value), {})[score.arm] = subgroup
    if not by_value:
        return paragraph(_why_none(paper), mark)
    noun = results.data.group_noun
    rows = [("all test images", None, None, None, *map(score_interval, whole.values()))]
    rows += [_row(key, by_arm, whole) for key, by_arm in by_value.items()]
    columns = ("Subgroup", "Value", "Images", f"{noun.capitalize()}s", *whole)
    caption = _caption(paper, by_value, noun) + protocol_note(protocol)
    block = table(rows, columns, caption, mark, numeric=range(2, len(columns)))
    return block + paragraph(_meaning(by_value, whole, noun))


def _why_none(paper: Paper) -> str:
    names = [attribute.name for attribute in paper.dataset.subgroups]
    if not names:
        return "No subgroups: no file name of this paper's images is known to tell more than the class."
    return (
        f"No subgroups: the paths of these images tell no {listed(names, 'or')} that divides them."
    )


def _row(key: tuple[str, str], by_arm: Mapping[str, Subgroup], whole: Mapping[str, Score]) -> tuple:
    first = next(iter(by_arm.values()))
    cells = (
        f"{score_interval(by_arm[arm].accuracy)} {_side(by_arm[arm], score)}".strip()
        for arm, score in whole.items()
    )
    return (*key, first.images, first.groups, *cells)


def _is_judged(subgroup: Subgroup) -> bool:
    return subgroup.groups is None or subgroup.groups >= FEW


def _side(subgroup: Subgroup, whole: Score) -> str:
    """On which side of the accuracy on all images the whole interval lies; "" for neither."""
    if not _is_judged(subgroup):
        return ""
    if subgroup.accuracy.high < whole.mean:
        return "↓"
    return "↑" if subgroup.accuracy.low > whole.mean else ""


def _caption(paper: Paper, by_value: ByValue, noun: str) -> str:
    where = {attribute.name: attribute.where for attribute in paper.dataset.subgroups}
    names = dict.fromkeys(name for name, _ in by_value)
    sources = "; ".join(f"{name}: {where[name]}" for name in names)
    methods = {
        subgroup.accuracy.method for by_arm in by_value.values() for subgroup in by_arm.values()
    }
    return (
        f"Accuracy on the test images of each subgroup (mean over seeds, interval of one run: "
        f"{'; '.join(sorted(methods))}). Images, {noun}s: different ones tested, over all seeds. ↓ ↑: the "
        f"interval lies below or above the accuracy on all test images. How it is known: {sources}."
    )


def _meaning(by_value: ByValue, whole: Mapping[str, Score], noun: str) -> str:
    """In a sentence, which subgroups differ from all images; and how far that can be trusted."""
    subgroups = [
        (value, arm, subgroup)
        for (_, value), by_arm in by_value.items()
        for arm, subgroup in by_arm.items()
    ]
    judged = [
        (value, arm, _side(subgroup, whole[arm]))
        for value, arm, subgroup in subgroups
        if _is_judged(subgroup)
    ]
    all_judged = len(judged) == len(subgroups)
    few = "" if all_judged else f" Values of fewer than {FEW} {noun}s are not judged."
    apart = []
    for arm in whole:
        for side, word in SIDES.items():
            values = [value for value, *place in judged if place == [arm, side]]
            if values:
                apart.append(f"{arm} is {word} on {', '.join(values)}")
    if not apart:
        return f"No subgroup differs from all test images by its interval.{few}"
    chance = f"Of {len(judged)} intervals about one in twenty lies apart by chance."
    return f"Apart from all test images: {'; '.join(apart)}. {chance}{few}"
