"""Tables of what a paper says and leaves unsaid; every entry comes from its declaration."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from lib.papers.declare import (
    REPORT,
    SCORES,
    Assumed,
    Claim,
    Contradiction,
    Paper,
    Setting,
    Stated,
    cell,
    quoted_number,
)
from lib.report.blocks import NONE, Block, fact_list, paragraph, stack, table
from lib.report.notation import PART_IMAGES, metric_name
from lib.results import Results
from lib.words import listed

OVERALL = ("accuracy", "loss", "epoch", "confidence")


def paper_facts(paper: Paper) -> Block:
    """Who claims what, on what images, with which recipe."""
    total = quoted_number(paper.dataset.total.value, "count")
    pairs = [
        ("Paper", _title(paper)),
        ("Authors", f"{', '.join(paper.authors)}; {paper.affiliation}"),
        ("Task", paper.task),
        ("Images", f"{paper.dataset.source}; {total} in {len(paper.classes)} classes"),
        ("Claim", paper.in_brief),
    ]
    return fact_list(pairs)


def _title(paper: Paper) -> str:
    """In English, and in its own language if that is another."""
    if paper.title == paper.title_english:
        return paper.title
    return f"{paper.title_english} ({paper.language}: {paper.title})"


def printed_tables(paper: Paper) -> Block:
    """The paper's main numbers exactly as printed: overall scores, reports, confusion matrices."""
    places: dict[tuple[str, str, str], list[str]] = {}
    for claim in paper.claims:
        if claim.metric in OVERALL and paper.is_final(claim):
            key = claim.arm, claim.part, claim.where
            places.setdefault(key, []).append(f"{_quantity(claim)} {claim.text}")
    one = len(paper.arms) == 1
    rows = [
        (None if one else arm, PART_IMAGES.get(part), "; ".join(numbers), where)
        for (arm, part, where), numbers in places.items()
    ]
    overall = table(
        rows,
        ("Model", "Measured on", "As printed", "Where"),
        "The overall results, exactly as printed.",
    )
    if not rows:
        overall = paragraph("The paper prints no overall result.")
    classes = paper.class_names
    reports = (_class_report(claims, classes) for claims in _tables(paper, REPORT))
    matrices = (_confusion_matrix(claims, classes) for claims in _tables(paper, ("cell",)))
    return stack((overall, *reports, *matrices))


def _quantity(claim: Claim) -> str:
    of = f", {claim.of}" if claim.of else ""
    epoch = f", epoch {claim.epoch}" if claim.epoch is not None else ""
    return f"{metric_name(claim.metric)}{of}{epoch}:" if of or epoch else metric_name(claim.metric)


def _class_report(claims: Sequence[Claim], classes: Sequence[str]) -> Block:
    cells = {(claim.of, claim.metric): claim.text for claim in reversed(claims)}
    printed = dict.fromkeys(claim.of for claim in claims)
    averages = (of for of in printed if of not in classes)
    names = [*(name for name in classes if name in printed), *averages]
    rows = [(of, *(cells.get((of, metric)) for metric in REPORT)) for of in names]
    scores = {cells.get((of, metric)) for of in names for metric in SCORES if metric in REPORT}
    score = scores.pop() if len(scores) == 1 else None
    if len(names) > 1 and score is not None:
        return _one_score(score, rows, claims)
    columns = ("Class", *map(metric_name, REPORT))
    return table(rows, columns, _caption("Scores by class", claims), numeric=(1, 2, 3, 4))


def _one_score(score: str, rows: Sequence[tuple[Any, ...]], claims: Sequence[Claim]) -> Block:
    """A report that prints one score throughout, as a sentence."""
    of = [f"{name} ({support} images)" if support else name for name, *_, support in rows]
    return paragraph(
        f"{_caption('Scores by class', claims)} Precision, recall and F1-score are {score} throughout: of "
        f"{listed(of)}."
    )


def _confusion_matrix(claims: Sequence[Claim], classes: Sequence[str]) -> Block:
    cells = {claim.of: claim.printed for claim in claims}
    rows = [
        # A class that nothing printed is called keeps its column.
        (true, *(cells.get(cell(true, predicted), NONE) for predicted in classes))
        for true in classes
    ]
    columns = ("True \\ predicted", *classes)
    numeric = tuple(range(1, len(columns)))
    return table(rows, columns, _caption("Confusion matrix", claims), numeric=numeric)


def _caption(what: str, claims: Sequence[Claim]) -> str:
    """With its places, and in which of them a table in fractions stands in percent."""
    in_fractions = claims[0].unit != "percent"
    percent = {claim.where for claim in claims if in_fractions and claim.unit == "percent"}
    places = "; ".join(
        f"{where}, in percent" if where in percent else where
        for where in dict.fromkeys(claim.where for claim in claims)
    )
    return f"{what} of {claims[0].arm} on {PART_IMAGES[claims[0].part]}, as printed ({places})."


def _tables(paper: Paper, metrics: Sequence[str]) -> list[list[Claim]]:
    """The claims with these metrics, table by table.

    What stands in one place is one table; places that tell different numbers of one arm and part
    share one, and so do places that repeat the whole.
    """
    places: dict[tuple[str, str, str], list[Claim]] = {}
    for claim in paper.claims:
        if claim.metric in metrics and claim.epoch is None and claim.of:
            places.setdefault((claim.arm, claim.part, claim.where), []).append(claim)
    tables: list[list[Claim]] = []
    for (arm, part, _), claims in places.items():
        same = (other for other in tables if (other[0].arm, other[0].part) == (arm, part))
        room = next((other for other in same if _fits_in(other, claims)), None)
        if room is None:
            tables.append(claims)
        else:
            room += claims
    return tables


def _fits_in(table_claims: Sequence[Claim], claims: Sequence[Claim]) -> bool:
    """Whether claims fill other cells of a table, or repeat the whole of it: "95 %" is 0.95."""
    cells, own = _cells(table_claims), _cells(claims)
    return not cells.keys() & own.keys() or cells == own


def _cells(claims: Sequence[Claim]) -> dict[tuple[str, str], tuple[float, float]]:
    """(class or average, metric) of each claim, its cell in a printed table → what rounds to its number."""
    return {(claim.of, claim.metric): claim.rounding for claim in claims}


def contradiction_table(paper: Paper) -> Block:
    """Where the paper says two things, and which of them this study follows."""
    if not paper.contradictions:
        return paragraph("No contradiction was found in reading the paper.")
    rows = [
        (
            contradiction.topic,
            _readings(contradiction),
            f"{contradiction.used}: {contradiction.reason}",
        )
        for contradiction in paper.contradictions
    ]
    columns = ("Topic", "The paper says", "Used here, and why")
    return table(rows, columns, "Where the paper contradicts itself.")


def _readings(contradiction: Contradiction) -> str:
    """What the paper says, each with its place; then the arithmetic by which not all of it can hold."""
    texts = (f"{reading.value} ({reading.where})" for reading in contradiction.readings)
    relation = contradiction.excludes.replace("!=", "≠").replace("*", "×")
    return "; but ".join(texts) + (f": {relation}" if relation else "")


def assumption_table(paper: Paper, results: Results) -> Block:
    """What the paper states in a sentence; what was assumed, and why, in a table; what it leaves unsaid."""
    declared = _declared_settings(paper, results)
    stated = _stated_settings(declared, results)
    assumed = {name: setting for name, setting in declared.items() if isinstance(setting, Assumed)}
    shown = paragraph(
        f"The paper states: {'; '.join(stated)}." if stated else "The paper states no setting."
    )
    if assumed:
        shown += _assumed_table(assumed, results)
    if not paper.unsaid:
        return shown
    unsaid = "".join(f"<li>{escape(gap)}</li>" for gap in paper.unsaid)
    return shown + Block(f"<p>Also unsaid:</p><ul>{unsaid}</ul>")


def _stated_settings(declared: Mapping[str, Setting[Any]], results: Results) -> list[str]:
    """Each with its place; those that several models share, once: "vgg16 and resnet50: dropout 0.4 (§2)"."""
    arms: dict[tuple[str, str], list[str]] = {}
    for name, setting in declared.items():
        if isinstance(setting, Stated):
            arm = name.rpartition(": ")[0]
            text = _setting_text(name, setting, results).removeprefix(f"{arm}: ")
            arms.setdefault((text, setting.where), []).extend(filter(None, [arm]))
    return [
        f"{listed(names)}: {text} ({where})" if names else f"{text} ({where})"
        for (text, where), names in arms.items()
    ]


def _assumed_table(assumed: Mapping[str, Assumed[Any]], results: Results) -> Block:
    """One row for the settings of one model that have the same reason."""
    names: dict[tuple[str, str], list[str]] = {}
    for name, setting in assumed.items():
        arm = name.rpartition(": ")[0]
        text = _setting_text(name, setting, results).removeprefix(f"{arm}: ")
        names.setdefault((arm, setting.reason), []).append(text)
    rows = [(arm or None, "; ".join(texts), reason) for (arm, reason), texts in names.items()]
    caption = "What this study assumes where the paper says nothing."
    return table(rows, ("Model", "Setting", "Why"), caption)


def _declared_settings(paper: Paper, results: Results) -> dict[str, Setting[Any]]:
    """Every declared value; arm by arm where arms differ in what is declared or in what was run."""
    settings: dict[str, Any] = {"seeds": paper.seeds, **vars(paper.split)}
    training = results.settings["training"]
    arms = [arm for arm in paper.arms if arm.name in results.arms]
    by_arm = [arm.settings for arm in arms]
    for name in dict.fromkeys(name for of_arm in by_arm for name in of_arm):
        declared = [of_arm.get(name) for of_arm in by_arm]
        run_with = [training[arm.name].get(name) for arm in arms]
        if all(pair == (declared[0], run_with[0]) for pair in zip(declared, run_with, strict=True)):
            settings[name] = declared[0]
        else:  # every arm has its own
            settings |= {
                f"{arm.name}: {name}": setting
                for arm, setting in zip(arms, declared, strict=True)
                if setting
            }
    return settings


def _setting_text(name: str, setting: Setting[Any], results: Results) -> str:
    """ "alexnet: epochs 40, here 4"."""
    arm, _, plain = name.rpartition(": ")
    training = results.settings["training"]
    of_arm = training[arm or results.arms[0]]
    run_with = (results.settings | of_arm).get(plain, setting.value)
    if plain == "augmentation":  # a run has all of it or none
        run_with = setting.value if of_arm["augmentation"] else ()
    if isinstance(run_with, list):
        run_with = tuple(run_with)
    declared, used = _value(setting.value), _value(run_with)
    here = f", here {used}" if used != declared else ""
    return f"{name.replace('_', ' ')} {declared}{here}"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
