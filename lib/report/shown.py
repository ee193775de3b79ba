"""Building blocks of a report: a piece of HTML, a table, a figure, and the mark every one carries."""

import base64
import io
import re
from collections.abc import Sequence
from html import escape

from matplotlib.figure import Figure

from lib.results import WEIGHTS, Weights

DPI = 144
NONE = "–"
LONG = 40  # characters of a table cell from which on it is prose
KINDS = {
    "exact": "",
    "substitute": "Substitute images, not the paper's",
    "phantom": "Synthetic images (phantoms)",
}


class Shown:
    """A piece of HTML that Jupyter and nbconvert display as it is."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<HTML, {len(self.html)} characters>"

    def __add__(self, other: "Shown") -> "Shown":
        return Shown(self.html + other.html)


class Markup(str):
    """A table cell that is HTML already."""


def note(kind: str, *weights: Weights) -> str:
    """What a reader must know before taking a number for the paper's; "" for the exact set-up.

    Args:
        weights: Of the models that the number comes from.
    """
    marks = [KINDS[kind]]
    for one in weights:
        if one.used != one.declared:
            marks.append(f"{WEIGHTS[one.used]}, not {WEIGHTS[one.declared]}")
    return "; ".join(mark for mark in dict.fromkeys(marks) if mark)


def table(
    rows: Sequence[Sequence],
    columns: Sequence[str],
    caption: str,
    mark: str = "",
    numeric: Sequence[int] = (),
) -> Shown:
    """An HTML table with a caption.

    Args:
        rows: Cells as shown; str are escaped, `Markup` is not, None becomes a dash.
        mark: From `note`; put in front of the caption.
        numeric: Columns (from 0) set flush right.
    """
    head = "".join(_th(name, i in numeric) for i, name in enumerate(columns))
    body = "".join(
        f"<tr>{''.join(_td(cell, i in numeric) for i, cell in enumerate(row))}</tr>" for row in rows
    )
    return Shown(
        f'<figure class="table"><figcaption>{_caption(caption, mark)}</figcaption><div class="scroll">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></figure>"
    )


def facts(pairs: Sequence[tuple[str, object]]) -> Shown:
    """A list of names and what they are."""
    body = "".join(f"<dt>{escape(name)}</dt><dd>{_cell(value)}</dd>" for name, value in pairs)
    return Shown(f'<dl class="facts">{body}</dl>')


def fold_away(title: str, content: Shown) -> Shown:
    """`content` behind a line that opens it; print shows it open."""
    return Shown(f"<details><summary>{escape(title)}</summary>{content.html}</details>")


def picture(figure: Figure, caption: str, alt: str, mark: str = "") -> Shown:
    """A figure as an embedded PNG, its mark written across it and in front of its caption."""
    if mark:
        _watermark(figure, mark)
    stream = io.BytesIO()
    # No software or date in the file: the same numbers give the same bytes.
    figure.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
    data = base64.b64encode(stream.getvalue()).decode()
    return Shown(
        f'<figure><div class="scroll"><img alt="{escape(alt)}" src="data:image/png;base64,{data}"></div>'
        f"<figcaption>{_caption(caption, mark)}</figcaption></figure>"
    )


def _watermark(figure: Figure, mark: str) -> None:
    """Across the picture itself: a figure that is copied out of the report keeps its mark."""
    lines = [re.split(r"[,(]", part)[0].strip().upper() for part in mark.split(";")]
    figure.text(
        *(0.5, 0.5),
        "\n".join(lines),
        ha="center",
        va="center",
        fontsize=26,
        color="#b3261e",
        alpha=0.22,
        rotation=16,
        weight="bold",
        zorder=100,
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


def _caption(text: str, mark: str) -> str:
    return f'<strong class="mark">{escape(mark)}.</strong> {escape(text)}' if mark else escape(text)
