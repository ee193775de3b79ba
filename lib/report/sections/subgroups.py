"""The table of scores of subgroups."""

from collections.abc import Mapping

from lib.evaluation.intervals import TOO_FEW_GROUPS
from lib.evidence.subgroups import Side, is_judged, side_of
from lib.papers.declare import Paper
from lib.report.blocks import Block, paragraph, record_marks, table
from lib.report.learning import left_out
from lib.report.notation import protocol_name, protocol_note, score_interval
from lib.results import Results, Score, Subgroup, headlines
from lib.words import listed

WHAT = "scores of subgroups"
SIGNS: dict[Side, str] = {"lower": " ↓", "higher": " ↑", "": ""}
ByValue = Mapping[tuple[str, str], Mapping[str, Subgroup]]  # attribute and value → arm → subgroup


def subgroup_table(paper: Paper, results: Results) -> Block:
    """Test accuracy of the arms on every subgroup, and which of these lie apart from all images.

    Arms that did not learn are left out.
    """
    accuracies = {score.arm: score for score in headlines(results.scores)}
    scores = {arm: accuracies[arm] for arm in paper.without_variants(accuracies)}
    protocol, mark = next(iter(scores.values())).protocol, record_marks(results)[""]
    by_value: dict[tuple[str, str], dict[str, Subgroup]] = {}
    for subgroup in results.subgroups:
        score = subgroup.accuracy
        if score.protocol == protocol and score.arm in scores:
            by_value.setdefault((subgroup.name, subgroup.value), {})[score.arm] = subgroup
    if not by_value:
        return paragraph(_why_none(paper), mark)
    whole = {arm: score for arm, score in scores.items() if results.learnt(arm, protocol)}
    others = [arm for arm in scores if arm not in whole]
    if not whole:
        return paragraph(left_out(WHAT, others), mark)
    noun = results.data.group_noun
    of_arms = map(score_interval, whole.values())
    rows: list[tuple[object, ...]] = [(None, "all test images", None, None, *of_arms)]
    rows += [_row(key, by_arm, whole) for key, by_arm in by_value.items()]
    if len({name for name, _ in by_value}) == 1:  # the caption names it
        rows = [(None, *row[1:]) for row in rows]
    columns = ("Subgroup", "Value", "Images", f"{noun.capitalize()}s", *whole)
    caption = _caption(paper, by_value, noun) + protocol_note(
        protocol_name(results.grouping, protocol)
    )
    block = table(rows, columns, caption, mark, numeric=range(2, len(columns)))
    sentences = [_meaning(by_value, whole, noun)]
    if others:
        sentences.append(left_out(WHAT, others))
    return block + paragraph(" ".join(sentences))


def _why_none(paper: Paper) -> str:
    names = [attribute.name for attribute in paper.dataset.subgroups]
    if not names:
        return "No subgroups: no file name of this paper's images is known to tell more than the class."
    return (
        f"No subgroups: the paths of these images tell no {listed(names, 'or')} that divides them."
    )


def _row(
    key: tuple[str, str], by_arm: Mapping[str, Subgroup], whole: Mapping[str, Score]
) -> tuple[object, ...]:
    first = next(iter(by_arm.values()))
    cells = (
        f"{score_interval(by_arm[arm].accuracy)}{SIGNS[side_of(by_arm[arm], score)]}"
        for arm, score in whole.items()
    )
    return (*key, first.images, first.groups, *cells)


def _caption(paper: Paper, by_value: ByValue, noun: str) -> str:
    where = {attribute.name: attribute.where for attribute in paper.dataset.subgroups}
    names = dict.fromkeys(name for name, _ in by_value)
    sources = "; ".join(f"{name}: {where[name]}" for name in names)
    return (
        f"Accuracy on the test images of each subgroup: mean over seeds, interval of one run. Images, {noun}s: "
        f"different ones tested, over all seeds. ↓ ↑: the interval lies below or above that of all test images. "
        f"Source: {sources}."
    )


def _meaning(by_value: ByValue, whole: Mapping[str, Score], noun: str) -> str:
    """In a sentence, which subgroups differ from all images; and which are too small to tell."""
    subgroups = [
        (value, arm, subgroup)
        for (_, value), by_arm in by_value.items()
        for arm, subgroup in by_arm.items()
        if arm in whole
    ]
    apart = []
    for arm, score in whole.items():
        for side in ("lower", "higher"):
            values = [
                value
                for value, of_arm, subgroup in subgroups
                if of_arm == arm and side_of(subgroup, score) == side
            ]
            if values:
                apart.append(f"{arm} is {side} on {', '.join(values)}")
    few = (
        ""
        if all(is_judged(subgroup) for *_, subgroup in subgroups)
        else f" Values of fewer than {TOO_FEW_GROUPS} {noun}s are not judged."
    )
    if not apart:
        return f"No subgroup differs from all test images by its interval.{few}"
    return f"Apart from all test images: {'; '.join(apart)}.{few}"
