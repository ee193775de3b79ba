"""The table of what trained models and probes call images of another origin."""

from collections.abc import Sequence
from html import escape

from lib.papers.declare import Control as Declared
from lib.papers.declare import Paper
from lib.report.blocks import Shown, sentence, table
from lib.results import Control, Results, shown_protocol


def controls(paper: Paper, results: Results, mark: str) -> Shown:
    """One table for every control set: how many of its images are called what they are, and what else.

    A sentence where the paper has no control set, or where one is not at hand.
    """
    if not paper.controls:
        return sentence("No control set is declared for this paper.")
    made = {one.name: [] for one in paper.controls}
    for one in results.controls:
        made[one.name].append(one)
    shown = (_control(one, made[one.name], paper, mark) for one in paper.controls)
    return Shown("".join(one.html for one in shown))


def _control(declared: Declared, found: Sequence[Control], paper: Paper, mark: str) -> Shown:
    if not found:
        return Shown(
            f"<p>Not shown: {escape(declared.dataset.source)}. Either it is not in "
            f"<code>data/controls/{declared.name}/</code>, or it shares its photographs with the images "
            f"of this run. To have it: {escape(declared.dataset.sources[0].address)}.</p>"
        )
    protocol = shown_protocol(one.protocol for one in found)
    of_protocol = [one for one in found if one.protocol == protocol]
    rows = [_row(one, paper) for one in of_protocol]
    first = of_protocol[0]
    drawn = ", drawn" if first.kind == "phantom" else ""
    caption = (
        f"{declared.asks} {first.images} images of {declared.dataset.source}{drawn}. Called right: mean "
        f"over seeds and folds, lowest and highest seed. Protocol: {protocol}."
    )
    columns = ("Model or probe", "Called right", "Of all", *paper.class_names)
    return table(rows, columns, caption, mark, numeric=tuple(range(1, len(columns))))


def _row(one: Control, paper: Paper) -> tuple:
    mean = sum(one.right) / len(one.right)
    spread = f" ({min(one.right):.0f} to {max(one.right):.0f})" if len(one.right) > 1 else ""
    shares = (f"{one.called.get(name, 0):.0%}" for name in paper.class_names)
    return (one.by, f"{mean:.0f}{spread} of {one.images}", f"{mean / one.images:.1%}", *shares)
