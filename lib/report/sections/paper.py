"""Tables of what a paper says and leaves unsaid; every entry comes from its declaration."""

from collections.abc import Sequence
from html import escape

from lib.papers.declare import (
    REPORT,
    Assumed,
    Claim,
    Paper,
    Stated,
    cell,
)
from lib.report.blocks import Shown, facts, table
from lib.report.notation import PARTS, metric_name
from lib.results import Results

OVERALL = ("accuracy", "loss", "epoch", "confidence")


def brief(paper: Paper) -> Shown:
    """Who claims what, on what images, with which recipe."""
    pairs = [
        ("Paper", f"{paper.title_english} ({paper.language}: {paper.title})"),
        ("Authors", f"{', '.join(paper.authors)}; {paper.affiliation}"),
        ("Task", paper.task),
        (
            "Images",
            f"{paper.dataset.source}; {paper.dataset.total.value} in {len(paper.classes)} classes",
        ),
        ("Claim", paper.in_brief),
    ]
    return facts(pairs)


def printed(paper: Paper) -> Shown:
    """The paper's main numbers exactly as printed: overall scores, reports, confusion matrices."""
    rows = [
        (one.arm, _quantity(one), PARTS.get(one.part), one.text, one.where)
        for one in paper.claims
        if one.metric in OVERALL and paper.is_final(one)
    ]
    first = table(
        rows,
        ("Model", "Quantity", "Measured on", "As printed", "Where"),
        "The overall results the paper prints, place by place, exactly as printed.",
        numeric=(3,),
    )
    if not rows:
        first = Shown("<p>The paper prints no overall result.</p>")
    classes = paper.class_names
    reports = (_report(one, classes) for one in _tables(paper, REPORT))
    matrices = (_matrix(one, classes) for one in _tables(paper, ("cell",)))
    return Shown("".join(one.html for one in (first, *reports, *matrices)))


def _quantity(claim: Claim) -> str:
    of = f", {claim.of}" if claim.of else ""
    epoch = f", epoch {claim.epoch}" if claim.epoch is not None else ""
    return f"{metric_name(claim.metric)}{of}{epoch}"


def _report(claims: Sequence[Claim], classes: Sequence[str]) -> Shown:
    cells = {(one.of, one.metric): one.text for one in claims}
    told = {of for of, _ in cells}
    averages = dict.fromkeys(of for of, _ in cells if of not in classes)
    names = [*(name for name in classes if name in told), *averages]
    rows = [(of, *(cells.get((of, metric)) for metric in REPORT)) for of in names]
    columns = ("Class", *map(metric_name, REPORT))
    return table(rows, columns, _caption("Scores by class", claims), numeric=(1, 2, 3, 4))


def _matrix(claims: Sequence[Claim], classes: Sequence[str]) -> Shown:
    cells = {one.of: one.printed for one in claims}
    rows = [
        (true, *(cells.get(cell(true, predicted)) for predicted in classes)) for true in classes
    ]
    columns = ("True \\ predicted", *classes)
    numeric = tuple(range(1, len(columns)))
    return table(rows, columns, _caption("Confusion matrix", claims), numeric=numeric)


def _caption(what: str, claims: Sequence[Claim]) -> str:
    places = "; ".join(dict.fromkeys(one.where for one in claims))
    return f"{what} of {claims[0].arm} on {PARTS[claims[0].part]}, as printed. Where: {places}."


def _tables(paper: Paper, metrics: Sequence[str]) -> list[list[Claim]]:
    """The claims with these metrics, table by table.

    What stands in one place is one table; places that tell different numbers of one arm and part
    share one.
    """
    places = {}
    for one in paper.claims:
        if one.metric in metrics and one.epoch is None and one.of:
            places.setdefault((one.arm, one.part, one.where), []).append(one)
    found = []
    for (arm, part, _), claims in places.items():
        same = (one for one in found if (one[0].arm, one[0].part) == (arm, part))
        room = next((one for one in same if not _told(one) & _told(claims)), None)
        if room is None:
            found.append(claims)
        else:
            room += claims
    return found


def _told(claims: Sequence[Claim]) -> set[tuple[str, str]]:
    return {(one.of, one.metric) for one in claims}


def contradictions(paper: Paper) -> Shown:
    """Where the paper says two things, and which of them this study follows."""
    rows = [
        (
            one.topic,
            "; but ".join(f"{reading.value} ({reading.where})" for reading in one.readings),
            f"{one.used}: {one.reason}",
        )
        for one in paper.contradictions
    ]
    return table(
        rows, ("Topic", "The paper says", "Used here, and why"), "Readings that cannot both hold."
    )


def assumptions(paper: Paper, results: Results) -> Shown:
    """What the paper states, what was assumed and why, and what the user changed."""
    declared = _settings(paper, results.settings["training"])
    rows = [_setting_row(name, setting, results) for name, setting in declared.items()]
    columns = ("Setting", "Declared", "Run with", "Stated or assumed", "Where, or why")
    shown = table(
        rows, columns, "Every setting of this run: stated by the paper, assumed, or changed."
    )
    if not paper.unsaid:
        return shown
    unsaid = "".join(f"<li>{escape(one)}</li>" for one in paper.unsaid)
    return shown + Shown(f"<p>Also unsaid:</p><ul>{unsaid}</ul>")


def _settings(paper: Paper, training: dict[str, dict]) -> dict[str, Stated | Assumed]:
    """Every declared value; arm by arm where arms differ in what is declared or in what was run."""
    found = {"seeds": paper.seeds, **vars(paper.split)}
    arms = [arm.settings for arm in paper.arms]
    for name in dict.fromkeys(name for settings in arms for name in settings):
        declared = [settings.get(name) for settings in arms]
        run_with = [training[arm.name].get(name) for arm in paper.arms]
        if all(pair == (declared[0], run_with[0]) for pair in zip(declared, run_with, strict=True)):
            found[name] = declared[0]
        else:  # every arm has its own
            found |= {
                f"{arm.name}: {name}": setting
                for arm, setting in zip(paper.arms, declared, strict=True)
                if setting
            }
    return found


def _setting_row(name: str, setting: Stated | Assumed, results: Results) -> tuple:
    arm, _, plain = name.rpartition(": ")
    training = results.settings["training"]
    of_arm = training[arm or next(iter(training))]
    run_with = (results.settings | of_arm).get(plain, setting.value)
    if isinstance(run_with, list):
        run_with = tuple(run_with)
    source = "stated" if isinstance(setting, Stated) else "assumed"
    if plain in results.changed:
        source = f"{source}, changed for this run"
    why = setting.where if isinstance(setting, Stated) else setting.reason
    return (name.replace("_", " "), _value(setting.value), _value(run_with), source, why)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return (
        {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    )
