"""Tables of what a paper says and leaves unsaid; every entry comes from its declaration."""

from collections.abc import Sequence

from lib.paper import Assumed, Claim, Paper, Stated
from lib.report.shown import Shown, facts, table
from lib.report.words import REPORT_METRICS, as_printed, metric_name
from lib.results import Results


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
    """The paper's main numbers exactly as printed: overall accuracy and classification report."""
    overall = [
        claim for claim in paper.claims if claim.metric == "accuracy" and claim.epoch is None
    ]
    first = table(
        [(claim.arm, as_printed(claim), claim.where) for claim in overall],
        ("Model", "Accuracy as printed", "Where"),
        "The accuracy the paper prints, place by place.",
        numeric=(1,),
    )
    cells = {(claim.of, claim.metric): claim for claim in _report_claims(paper.claims)}
    rows = [
        (of, *(cells[of, metric].printed for metric in REPORT_METRICS))
        for of in dict.fromkeys(of for of, _ in cells)
    ]
    where = ", ".join(dict.fromkeys(claim.where for claim in cells.values()))
    second = table(
        rows,
        ("Class", *map(metric_name, REPORT_METRICS)),
        f"The classification report as printed ({where}).",
        numeric=(1, 2, 3, 4),
    )
    return first + second


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
    unsaid = "".join(f"<li>{one}</li>" for one in paper.unsaid)
    return shown + Shown(f"<p>Also unsaid:</p><ul>{unsaid}</ul>")


def _report_claims(claims: Sequence[Claim]) -> list[Claim]:
    return [one for one in claims if one.metric in REPORT_METRICS and one.epoch is None]


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
