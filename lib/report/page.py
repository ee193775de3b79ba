"""HTML pages: an executed notebook as one self-contained file, the answer first and the rest folded below it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Tag
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert import HTMLExporter
from nbconvert.filters import Highlight2HTML, markdown2html_mistune
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbconvert.preprocessors import TagRemovePreprocessor
from nbformat import NotebookNode

from lib import NOT_IN_REPORT
from lib.papers.declare import Paper
from lib.report.blocks import without_style
from lib.report.captions import number_captions
from lib.report.frame import NOTHING_FROM_OUTSIDE, TEMPLATES, environment, page_style
from lib.report.leads import lead_sentence
from lib.report.summary import summary_block
from lib.report.typography import typeset
from lib.results import Reference, Results

RESULTS = '<script type="application/json" id="results">'  # as page.html.j2 writes it
# However it is spelt, so that a second one is noticed. It never reads past the next "<", so that the time it
# takes grows with the length of the page alone.
ANY_RESULTS = re.compile(r"<script\b[^<>]*\bid\s*=\s*[\"']?results\b", re.IGNORECASE)
# Characters that mean something to HTML or, of old, to JavaScript. In JSON they stand in strings alone.
ESCAPED = "<>&\u2028\u2029"

# Rows of a table and coloured code, of which nothing is looked at: they are put aside while the rest is parsed,
# which takes a fifth of the time. `++` and `(?>` never go back, however the text ends. What lies around them is put
# aside with them where it is spelt as parsing and writing it would leave it.
_INSIDE = r"(?>[^<]++|</?(?:tr|td|th|span|a|b|br|code|em|small|strong)\b[^<>]*+>)*+"
_HEADS = r'<tr>(?:<th(?: class="number")?>[^<>&\s]*+(?: [^<>&\s]++)*+</th>)*+</tr>'
AREA = '<pre tabindex="0">'  # code scrolls on a phone: with the keyboard, too
CODE = f'<div class="highlight hl-ipython3">{AREA}'
ASIDE = re.compile(
    rf"<(?:(?:thead>{_HEADS}</thead><)?tbody>{_INSIDE}</tbody>|(pre)>{_INSIDE}</pre>"
    rf'|details class="code"><summary>Code</summary>{CODE}{_INSIDE}</pre></div>\n</details>)'
)
PLACE = re.compile(r"<!--aside (\d+)-->")
NOT_DESCRIBED = "No description has been provided for this image"  # as nbconvert says


@dataclass(frozen=True, kw_only=True)
class Section:
    """One of the folded parts of a report.

    Attributes:
        anchor: Of links to it.
        title: Its heading.
        lead: One sentence that says what it comes to; "" where there is none.
        html: What is folded away.
        parts: (anchor, title) of the headings inside it.
    """

    anchor: str
    title: str
    lead: str
    html: str
    parts: Sequence[tuple[str, str]]


def render(
    notebook: NotebookNode,
    paper: Paper,
    results: Results,
    references: Sequence[Reference] = (),
    *,
    colab: str = "",
) -> str:
    """One HTML file of an executed notebook that loads nothing from anywhere.

    The summary stands first; below it one folded section for every second-level heading. `results` also
    stands in the page, in <script type="application/json" id="results">.

    Args:
        notebook: As it was executed; what stands before its first section is left out but for its code.
        paper: The declaration the run was made from.
        references: What was measured on real images, of any paper.
        colab: Where the notebook opens in Colab; "" for nowhere.
    """
    style, cells = _converted(notebook)
    tree = BeautifulSoup("", "html.parser")
    aside: list[str] = []
    top = _part(tree, summary_block(paper, results, references).html, aside)
    rest = _part(tree, cells, aside)
    number_captions(tree)
    html = (
        environment()
        .get_template("page.html.j2")
        .render(
            title=paper.name,
            policy=NOTHING_FROM_OUTSIDE,
            style=style + page_style(),
            script=(TEMPLATES / "page.js").read_text(encoding="utf-8"),
            summary=top.decode_contents(),
            sections=list(_sections(rest, paper, results)),
            files=["notebook.ipynb", "results.json", *results.files],
            colab=colab,
            results=escape_json(results.model_dump_json(indent=1)),
        )
    )
    return PLACE.sub(lambda place: aside[int(place[1])], html)


def _part(tree: BeautifulSoup, html: str, aside: list[str]) -> Tag:
    """A new division of `tree` that holds `html`, whatever element of it is not closed.

    Args:
        aside: Takes what is put aside; a comment stands in its place.
    """

    def put_aside(found: re.Match[str]) -> str:
        text = found[0]
        aside.append(AREA + text.removeprefix("<pre>") if found[1] else text)
        return f"<!--aside {len(aside) - 1}-->"

    part = tree.new_tag("div")
    html = typeset(html).replace("<!--aside", "<!-- aside")  # a stranger's
    html = ASIDE.sub(put_aside, html)
    part.extend(BeautifulSoup(html, "html.parser", store_line_numbers=False).contents)
    tree.append(part)
    for link in part.find_all("a", class_="anchor-link"):  # nbconvert's have no name
        link.decompose()
    for area in part.find_all("pre"):  # as `AREA`
        area["tabindex"] = "0"
    for image in part.find_all("img", alt=False):
        image["alt"] = NOT_DESCRIBED
    return part


def _converted(notebook: NotebookNode) -> tuple[str, str]:
    """The colours of code, and the cells, as HTML."""
    body, _ = _exporter().from_notebook_node(notebook)
    colours, _, cells = without_style(body).partition("</style>")
    return colours.partition("<style>")[2], cells


class _Exporter(HTMLExporter):
    """Leaves out the last step of nbconvert's, which parses the HTML to do a part of what `_part` does."""

    def from_notebook_node(  # type: ignore[override]  # text, as of every exporter to HTML
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        self.register_filter("highlight_code", _highlighted)
        chosen = WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self)
        self.register_filter("filter_data_type", chosen)
        resources = self._init_resources(resources)
        return super(HTMLExporter, self).from_notebook_node(nb, resources, **options)

    def _preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """As nbconvert's, which copies the notebook twice more; what it is given is a copy already."""
        for preprocessor in self._preprocessors:
            nb, resources = preprocessor(nb, resources)
        nbformat.validate(nb, relax_add_props=True)
        return nb, resources

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        """As nbconvert's; images that a cell brings along are part of what it shows."""
        if context["cell"].get("attachments"):
            return str(super().markdown2html(context, source))
        return _prose(source)


@lru_cache(1000)
def _code(source: str) -> str:
    """Coloured, as HTML: most cells of a paper's notebook are the same in every run."""
    html = Highlight2HTML(pygments_lexer="ipython3")(source)
    return html.replace('<div class=" highlight hl-ipython3"><pre>', CODE, 1)


@lru_cache(1000)
def _prose(source: str) -> str:
    """Markdown as HTML: most of it, too, is the same in every run."""
    return str(markdown2html_mistune(source))


def _highlighted(source: str, **_: object) -> str:
    """As nbconvert's filter of the same use, which is also given the metadata of the cell."""
    return _code(source)


@cache
def _exporter() -> HTMLExporter:
    """One for all pages: reading its templates takes longer than filling them."""
    exporter = _Exporter(
        template_name="report",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    exporter.register_preprocessor(
        TagRemovePreprocessor(remove_cell_tags=[NOT_IN_REPORT]), enabled=True
    )
    return exporter


def _sections(cells: Tag, paper: Paper, results: Results) -> Iterator[Section]:
    """The cells below each second-level heading; the code before the first one goes into the last."""
    groups = _by_heading(cells.find_all("section", recursive=False))
    if not groups:
        return
    before = [cell for cell in groups.pop("", []) if "code-cell" in cell["class"]]
    *_, last = groups
    groups[last] += before
    for title, group in groups.items():
        heading = next(filter(None, (cell.find("h2") for cell in group)))
        anchor = str(heading["id"])
        heading.decompose()
        parts = [_with_permalink(part) for cell in group for part in cell.find_all("h3", id=True)]
        yield Section(
            anchor=anchor,
            title=title,
            lead=typeset(lead_sentence(title, paper, results)),
            html="".join(map(str, group)),
            parts=parts,
        )


def _by_heading(cells: Sequence[Tag]) -> dict[str, list[Tag]]:
    """Second-level heading → its own cell and those that follow; under "" what stands before the first."""
    groups: dict[str, list[Tag]] = {}
    current = ""
    for cell in cells:
        heading = cell.find("h2")
        current = _text(heading) if heading else current
        groups.setdefault(current, []).append(cell)
    return groups


def _with_permalink(heading: Tag) -> tuple[str, str]:
    """The heading's anchor and text; behind the heading a link to it is put."""
    anchor, text = str(heading["id"]), _text(heading)
    looks = {"class": "permalink", "aria-label": f"Link to “{text}”"}
    link = Tag(name="a", attrs={"href": f"#{anchor}", **looks})
    link.string = "#"
    heading.append(link)
    return anchor, text


def _text(heading: Tag) -> str:
    return re.sub(r"\s+", " ", heading.get_text()).strip()


def escape_json(text: str) -> str:
    """The same JSON without a character that could end, or swallow, an element of HTML around it.

    "</script" would end the element early; after "<!--" and "<script", its own end no longer ends it.
    """
    for character in ESCAPED:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def embedded_json(html: str) -> str:
    """The JSON of the record inside a rendered report, found by its opening tag: no HTML is parsed.

    Raises:
        ValueError: The page holds none, or several.
    """
    elements = len(ANY_RESULTS.findall(html))
    if elements != 1 or RESULTS not in html:
        raise ValueError(f"a report should hold one {RESULTS}; found {elements or 'none'}.")
    return html.partition(RESULTS)[2].partition("</script")[0]
