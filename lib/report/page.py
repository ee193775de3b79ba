"""HTML pages: an executed notebook as one self-contained file, and the index of all of them."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader, select_autoescape
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from lib.report.shown import KINDS, note
from lib.results import Model, Results, Score

TEMPLATES = Path(__file__).parent / "templates"
BANNERS = {
    "exact": "",
    "substitute": (
        "These are real images, but not proven to be the paper's. No number of this report confirms or "
        "refutes the paper."
    ),
    "phantom": (
        "These images were drawn by a program. The report shows that the method runs; its numbers say "
        "nothing about the paper and nothing about real cells."
    ),
}
WEIGHTS_BANNERS = {
    "random": (
        "The backbone's weights are random: {source}. An untrained backbone that stays frozen tells "
        "images hardly apart, so expect an accuracy near chance."
    ),
    "torchvision": "The backbone's weights are torchvision's, not Keras': {source}.",
}
NOTHING_FROM_OUTSIDE = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)


def render(notebook: NotebookNode, results: Results) -> str:
    """One HTML file of an executed notebook that loads nothing from anywhere.

    Code stands folded behind a toggle; headings make the table of contents; `results` also stands
    in the page, in <script type="application/json" id="results">.
    """
    exporter = HTMLExporter(
        template_name="report",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        anchor_link_text="",
    )
    body, _ = exporter.from_notebook_node(notebook)
    weights = [one.weights for one in results.models]
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=results.title,
            mark=note(results.data.kind, *weights),
            banner=BANNERS[results.data.kind],
            weights_banner=_weights_banner(results.models),
            policy=NOTHING_FROM_OUTSIDE,
            contents=_contents(body),
            body=body,
            # "</" would end the script element early; "<\/" is the same string in JSON.
            results=results.model_dump_json(indent=1).replace("</", "<\\/"),
            style=_style(),
        )
    )


def _weights_banner(models: Sequence[Model]) -> str:
    """One sentence for each kind of weights that is not the declared one."""
    other = [one.weights for one in models if one.weights.used != one.weights.declared]
    told = [WEIGHTS_BANNERS[one.used].format(source=one.source) for one in other]
    return " ".join(dict.fromkeys(told))


def embedded_results(html: str) -> Results:
    """The record inside a rendered report.

    Raises:
        ValueError: The page holds none, or one that does not follow the schema.
    """
    element = BeautifulSoup(html, "html.parser").find("script", id="results")
    if element is None:
        raise ValueError(
            'a report should hold <script type="application/json" id="results">; found none.'
        )
    return Results.model_validate_json(element.string)


def index(found: Sequence[Results]) -> str:
    """The page that lists all runs, with the headline accuracy of each arm."""
    rows = [row for results in found for row in summary(results) if not row["variant_of"]]
    return (
        _environment()
        .get_template("index_page.html.j2")
        .render(rows=rows, policy=NOTHING_FROM_OUTSIDE, style=_style())
    )


def summary(results: Results) -> list[dict]:
    """One row an arm or variant: what reports/results.csv shows of a run, and the index of the arms."""
    counts = Counter(one.verdict for one in results.claims)
    models = {one.arm: one for one in results.models}
    return [
        {
            "slug": results.slug,
            "title": results.title,
            "arm": score.arm,
            "variant_of": models[score.arm].variant_of,
            "protocol": score.protocol,
            "kind": results.data.kind,
            "mark": KINDS[results.data.kind],
            "weights": models[score.arm].weights.used,
            "images": results.data.images,
            "seeds": len(score.per_seed),
            "printed": _printed(results, score.arm),
            "accuracy": round(score.mean, 4),
            "low": round(score.low, 4),
            "high": round(score.high, 4),
            "sd": None if score.sd is None else round(score.sd, 4),
            **{verdict: counts.get(verdict, 0) for verdict in _VERDICTS},
            "profile": results.profile,
            "device": results.provenance.device,
            "seconds": results.provenance.seconds,
            "run_key": results.provenance.run_key,
        }
        for score in _headlines(results)
    ]


def results_table(found: Sequence[Results]) -> str:
    """reports/results.csv: `summary` of every run."""
    rows = [row for results in found for row in summary(results)]
    return pd.DataFrame(rows).drop(columns=["title", "mark"], errors="ignore").to_csv(index=False)


_VERDICTS = ("reproduced", "not reproduced", "inconclusive", "not comparable")


def _headlines(results: Results) -> list[Score]:
    return [
        one for one in results.scores if (one.metric, one.of, one.part) == ("accuracy", "", "test")
    ]


def _printed(results: Results, arm: str) -> str:
    for one in results.claims:
        if (one.arm, one.metric, one.of, one.part, one.epoch) == (
            arm,
            "accuracy",
            "",
            "test",
            None,
        ):
            return f"{one.printed} %" if one.unit == "percent" else one.printed
    return ""


def _contents(body: str) -> list[tuple[str, str]]:
    """(anchor, text) of every second-level heading."""
    headings = BeautifulSoup(body, "html.parser").find_all("h2", id=True)
    return [
        (heading["id"], re.sub(r"\s+", " ", heading.get_text()).strip()) for heading in headings
    ]


def _style() -> str:
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html", "html.j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
