"""Building blocks of a report: a piece of HTML, a table, a figure, and the mark every one carries."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from lib.report.typography import typeset
from lib.results import IMAGE_KINDS, WEIGHTS, Model, Results, Weights

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NONE = "–"
INSTEAD_OF = re.compile(r", not [^;(]*?(?= \(|;|$)")  # in a mark: what the paper used
TEMPLATES = Path(__file__).parent / "templates"
STYLE_TAG = '<style class="lib-block-style">'
LONG = 40  # characters of a table cell from which on it is prose
OUTCOME_VERDICTS = {  # outcome of a check of printed numbers → the verdict whose colour it has
    "impossible": "not reproduced",
    "undetermined": "inconclusive",
    "consistent": "reproduced",
}
VERDICT_CLASSES = {  # verdict → its class in style.css
    "reproduced": "yes",
    "not reproduced": "no",
    "inconclusive": "open",
    "not comparable": "mute",
}


class Block:
    """A piece of HTML that Jupyter and nbconvert display as it is."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_html_(self) -> str:
        """What a notebook shows: the block with its style, which a page takes out again (`without_style`)."""
        return f'{style_element()}<div class="lib-block">{typeset(self.html)}</div>'

    def __repr__(self) -> str:
        return f"<HTML, {len(self.html)} characters>"

    def __add__(self, other: "Block") -> "Block":
        return Block(self.html + other.html)


@cache
def style_element() -> str:
    """The style of blocks inside notebooks: with every output, since Colab frames each by itself."""
    rules = (TEMPLATES / "blocks.css").read_text(encoding="utf-8")
    around = (TEMPLATES / "notebook.css").read_text(encoding="utf-8")
    sheet = (
        f"{around}.lib-block.lib-block {{ {rules} }}"  # twice: before JupyterLab's rules for tables
    )
    comments_and_indents = re.compile(r"/\*.*?\*/|\n\s*", re.S)
    return f"{STYLE_TAG}{comments_and_indents.sub('', sheet)}</style>"


def without_style(html: str) -> str:
    """`html` without the styles that blocks bring along in a notebook: a page has its own."""
    # By hand: a pattern looks at every character of pictures that are nearly all of it.
    kept, done, end = [], 0, "</style>"
    while (start := html.find(STYLE_TAG, done)) >= 0 and (stop := html.find(end, start)) >= 0:
        kept.append(html[done:start])
        done = stop + len(end)
    return "".join([*kept, html[done:]])


class Markup(str):
    """A table cell that is HTML already."""


def provenance_mark(kind: str, *weights: Weights) -> str:
    """What a reader must know before taking a number for the paper's; "" for the exact set-up.

    Args:
        kind: Of the images.
        weights: Of the models that the number comes from.
    """
    remarks = [IMAGE_KINDS[kind].mark]
    for start in weights:
        if start.used != start.declared:
            remarks.append(f"{WEIGHTS[start.used]}, not {WEIGHTS[start.declared]}")
    return "; ".join(remark for remark in dict.fromkeys(remarks) if remark)


def arm_marks(kind: str, models: Sequence[Model]) -> dict[str, str]:
    """The mark of each arm's figures and tables, and under "" that of those that show all arms.

    Args:
        kind: Of the images.
        models: One for each arm and variant.
    """
    by_arm = {model.arm: provenance_mark(kind, model.weights) for model in models}
    arms_of_remark: dict[str, list[str]] = {}
    for model in models:
        remark = provenance_mark("exact", model.weights)
        if remark:
            arms_of_remark.setdefault(remark, []).append(model.arm)
    # What holds for every arm need not name them.
    same = len(arms_of_remark) == 1 and len(*arms_of_remark.values()) == len(models)
    remarks = [
        remark if same else f"{remark} ({', '.join(arms)})"
        for remark, arms in arms_of_remark.items()
    ]
    together = (IMAGE_KINDS[kind].mark, *remarks)
    return by_arm | {"": "; ".join(remark for remark in together if remark)}


def record_marks(results: Results) -> dict[str, str]:
    """`arm_marks` of a run that is recorded: its images and the weights of its models."""
    return arm_marks(results.data.kind, results.models)


def table(
    rows: Sequence[Sequence[object]],
    columns: Sequence[str],
    caption: str,
    mark: str = "",
    numeric: Sequence[int] = (),
) -> Block:
    """An HTML table with a caption; a column that is empty in every row is left out.

    Args:
        rows: Cells as shown; str are escaped, `Markup` is not, None becomes a dash.
        mark: From `provenance_mark`; put in front of the caption.
        numeric: Columns (from 0) set flush right.
    """
    told = [i for i in range(len(columns)) if not rows or any(row[i] is not None for row in rows)]
    head = "".join(_th(columns[i], i in numeric) for i in told)
    body = "".join(f"<tr>{''.join(_td(row[i], i in numeric) for i in told)}</tr>" for row in rows)
    return Block(
        '<figure class="table"><div class="scroll"><table>'
        f"<caption><span>{_marked(caption, mark)}</span></caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></figure>"
    )


def stacking_table(columns: Sequence[str], rows: Sequence[Sequence[Markup]], caption: str) -> str:
    """A table whose rows become cards on a phone, every cell under the name of its column.

    A column that is a dash in every row is left out.

    Args:
        caption: As HTML.
    """
    told = [i for i in range(len(columns)) if any(row[i] != NONE for row in rows)]
    columns, rows = [columns[i] for i in told], [[row[i] for i in told] for row in rows]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(
        "<tr>"
        + f'<th scope="row">{row[0]}</th>'
        + "".join(
            f'<td data-column="{escape(name)}">{cell}</td>'
            for name, cell in zip(columns[1:], row[1:], strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        '<figure class="table"><table class="stack">'
        f"<caption><span>{caption}</span></caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></figure>"
    )


def fact_list(pairs: Sequence[tuple[str, object]]) -> Block:
    """A list of names and what they are."""
    body = "".join(f"<dt>{escape(name)}</dt><dd>{_cell(value)}</dd>" for name, value in pairs)
    return Block(f'<dl class="facts">{body}</dl>')


def badge(verdict: str, text: str = "") -> Markup:
    """A verdict in its colour, or another text in it."""
    return Markup(
        f'<span class="verdict {VERDICT_CLASSES[verdict]}">{escape(text or verdict)}</span>'
    )


def stack(blocks: Iterable[Block]) -> Block:
    """The blocks one below another."""
    return Block("".join(block.html for block in blocks))


def each_arm(names: Sequence[str], make: Callable[[str], Block]) -> Block:
    """`make(name)` for each arm one after another, under its name where there are several."""
    if len(names) == 1:
        return make(names[0])
    return stack(Block(f'<h4 class="arm">{escape(name)}</h4>') + make(name) for name in names)


def paragraph(text: str, mark: str = "") -> Block:
    """A paragraph; where it stands instead of a figure or table, with the mark that one would have."""
    return Block(f"<p>{_marked(text, mark)}</p>")


def fold_away(title: str, content: Block) -> Block:
    """`content` behind a line that opens it; print shows it open."""
    return Block(f"<details><summary>{escape(title)}</summary>{content.html}</details>")


def picture(
    figure: "Figure | Callable[[], Figure]", caption: str, alt: str, mark: str = ""
) -> Block:
    """A figure with its caption; the mark stands in a strip at its margin and in front of its caption."""
    from lib.report.embedding import embed  # a page without figures does not wait for matplotlib

    image = embed(figure, mark)
    return Block(
        f'<figure class="fig"><div class="scroll"><img alt="{escape(alt)}" width="{image.width}" '
        f'height="{image.height}" src="{image.address}"></div>'
        f"<figcaption>{_marked(caption, mark)}</figcaption></figure>"
    )


def _th(name: str, number: bool) -> str:
    return f'<th class="number">{escape(name)}</th>' if number else f"<th>{escape(name)}</th>"


def _td(cell: object, number: bool) -> str:
    if number:
        return f'<td class="number">{_cell(cell)}</td>'
    # On a phone, long text keeps a readable width and the table scrolls.
    long = len(str(cell)) > LONG and not isinstance(cell, Markup)
    return f'<td class="long">{_cell(cell)}</td>' if long else f"<td>{_cell(cell)}</td>"


def _cell(value: object) -> str:
    if isinstance(value, Markup):
        return value
    return NONE if value is None else escape(str(value))


def _marked(text: str, mark: str) -> str:
    """The text, escaped, behind its mark if it has one: a tag in short, with the whole as its title."""
    if not mark:
        return escape(text)
    short = INSTEAD_OF.sub("", mark).replace("ImageNet ", "")
    return f'<strong class="mark" title="{escape(mark)}">{escape(short)}.</strong> {escape(text)}'
