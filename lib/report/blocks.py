"""Building blocks of a report: a piece of HTML, a table, a figure, and the mark every one carries."""

import base64
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from lib.results import WEIGHTS, Weights

LOOKS = {"impossible": "not reproduced", "undetermined": "inconclusive", "consistent": "reproduced"}

DPI = 144
NONE = "–"
TILT = 16  # degrees, of the mark across a figure
LONG = 40  # characters of a table cell from which on it is prose
KINDS = {
    "exact": "",
    "substitute": "Substitute images, not the paper's",
    "phantom": "Synthetic images (phantoms)",
}
VERDICTS = {  # verdict → its class in style.css
    "reproduced": "yes",
    "not reproduced": "no",
    "inconclusive": "open",
    "not comparable": "mute",
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


def marks(kind: str, weights: Mapping[str, Weights]) -> dict[str, str]:
    """The mark of each arm's figures and tables, and under "" that of those that show all arms.

    Args:
        weights: Of each arm, by its name.
    """
    found = {arm: note(kind, one) for arm, one in weights.items()}
    told = {}
    for arm, one in weights.items():
        words = note("exact", one)
        if words:
            told.setdefault(words, []).append(arm)
    everywhere = len(told) == 1 and len(*told.values()) == len(weights)
    listed = [
        words if everywhere else f"{words} ({', '.join(arms)})" for words, arms in told.items()
    ]
    return found | {"": "; ".join(one for one in (KINDS[kind], *listed) if one)}


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


def badge(verdict: str, text: str = "") -> Markup:
    """A verdict in its colour, or another text in it."""
    return Markup(f'<span class="verdict {VERDICTS[verdict]}">{escape(text or verdict)}</span>')


def each_arm(names: Sequence[str], make: Callable[[str], Shown]) -> Shown:
    """`make(name)` for each arm one after another, under its name where there are several."""
    if len(names) == 1:
        return make(names[0])
    return Shown("".join(f'<h4 class="arm">{escape(one)}</h4>{make(one).html}' for one in names))


def sentence(text: str, mark: str = "") -> Shown:
    """A paragraph; where it stands instead of a figure or table, with the mark that one would have."""
    told = f'<strong class="mark">{escape(mark)}.</strong> ' if mark else ""
    return Shown(f"<p>{told}{escape(text)}</p>")


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
    told = (re.split(r"[,(]", part)[0].strip().upper() for part in mark.split(";"))
    lines = list(dict.fromkeys(told))
    figure.text(
        *(0.5, 0.5),
        "\n".join(lines),
        ha="center",
        va="center",
        fontsize=_fitting(lines, *figure.get_size_inches()),
        color="#b3261e",
        alpha=0.16,
        path_effects=[withStroke(linewidth=2, foreground="#ffffff40")],
        rotation=TILT,
        weight="bold",
        zorder=100,
    )


def _fitting(lines: Sequence[str], width: float, height: float) -> float:
    """The font size in points at which the tilted lines stay inside a figure of so many inches."""
    # In font sizes: a capital letter is 0.8 wide on average, a line 1.25 high.
    long, high = 0.8 * max(map(len, lines)), 1.25 * len(lines)
    cos, sin = math.cos(math.radians(TILT)), math.sin(math.radians(TILT))
    return min(26, 72 * width / (long * cos + high * sin), 72 * height / (long * sin + high * cos))


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
