"""HTML pages: an executed notebook as one self-contained file."""

import re
from collections.abc import Sequence
from pathlib import Path

from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader, select_autoescape
from nbconvert import HTMLExporter
from nbconvert.preprocessors import TagRemovePreprocessor
from nbformat import NotebookNode

from lib import NOT_IN_REPORT
from lib.report.blocks import record_marks
from lib.results import IMAGE_KINDS, Model, Results

TEMPLATES = Path(__file__).parent / "templates"
WEIGHTS_BANNERS = {
    "random": (
        "The backbone's weights are random ({arms}): {source}. An untrained backbone that stays "
        "frozen tells images hardly apart, so expect an accuracy near chance."
    ),
    "torchvision": "The backbone's weights are torchvision's, not Keras' ({arms}): {source}.",
}
NOTHING_FROM_OUTSIDE = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)
RESULTS = '<script type="application/json" id="results">'  # as page.html.j2 writes it
# However it is spelt, so that a second one is noticed. It never reads past the next "<", so that the time it
# takes grows with the length of the page alone.
ANY_RESULTS = re.compile(r"<script\b[^<>]*\bid\s*=\s*[\"']?results\b", re.IGNORECASE)
# Characters that mean something to HTML or, of old, to JavaScript. In JSON they stand in strings alone.
ESCAPES = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


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
    exporter.register_preprocessor(
        TagRemovePreprocessor(remove_cell_tags=[NOT_IN_REPORT]), enabled=True
    )
    body, _ = exporter.from_notebook_node(notebook)
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            title=results.title,
            mark=record_marks(results)[""],
            banner=IMAGE_KINDS[results.data.kind].banner,
            weights_banner=_weights_banner(results.models),
            policy=NOTHING_FROM_OUTSIDE,
            contents=_contents(body),
            body=body,
            results=escape_json(results.model_dump_json(indent=1)),
            style=style(),
        )
    )


def _weights_banner(models: Sequence[Model]) -> str:
    """One sentence for each kind and source of weights that are not the declared ones."""
    arms = {}
    for model in models:
        if model.weights.used != model.weights.declared:
            arms.setdefault((model.weights.used, model.weights.source), []).append(model.arm)
    return " ".join(
        WEIGHTS_BANNERS[used].format(source=source, arms=", ".join(names))
        for (used, source), names in arms.items()
    )


def escape_json(text: str) -> str:
    """The same JSON without a character that could end, or swallow, an element of HTML around it.

    "</script" would end the element early; after "<!--" and "<script", its own end no longer ends it.
    """
    return text.translate(str.maketrans(ESCAPES))


def embedded_json(html: str) -> str:
    """The JSON of the record inside a rendered report, found by its opening tag: no HTML is parsed.

    Raises:
        ValueError: The page holds none, or several.
    """
    elements = len(ANY_RESULTS.findall(html))
    if elements != 1 or RESULTS not in html:
        raise ValueError(f"a report should hold one {RESULTS}; found {elements or 'none'}.")
    return html.partition(RESULTS)[2].partition("</script")[0]


def _contents(body: str) -> list[tuple[str, str]]:
    """(anchor, text) of every second-level heading."""
    headings = BeautifulSoup(body, "html.parser").find_all("h2", id=True)
    return [
        (heading["id"], re.sub(r"\s+", " ", heading.get_text()).strip()) for heading in headings
    ]


def style() -> str:
    """The style sheet of all pages."""
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


def environment() -> Environment:
    """Where the templates of all pages lie."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html", "html.j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
