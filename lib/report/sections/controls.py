"""The tables of what trained models and probes call images of another origin."""

from collections.abc import Sequence
from html import escape

from lib.papers.declare import Control as Declared
from lib.papers.declare import Paper
from lib.report.blocks import Block, paragraph, record_marks, stack, table
from lib.results import Control, Results, shown_protocol


def control_table(paper: Paper, results: Results) -> Block:
    """One table for every control set: how many of its images are called what they are, and what else.

    A sentence where the paper has no control set, or where one is not at hand.
    """
    if not paper.controls:
        return paragraph("No control set is declared for this paper.")
    return stack(_control_block(declared, paper, results) for declared in paper.controls)


def _control_block(declared: Declared, paper: Paper, results: Results) -> Block:
    controls = [control for control in results.controls if control.name == declared.name]
    if not controls:
        return _missing(declared)
    return _table(declared, controls, paper, record_marks(results)[""])


def _missing(declared: Declared) -> Block:
    return Block(
        f"<p>Not shown: {escape(declared.dataset.source)}. Either it is not in "
        f"<code>data/controls/{declared.name}/</code>, or it shares its photographs with the images "
        f"of this run. To have it: {escape(declared.dataset.sources[0].address)}.</p>"
    )


def _table(declared: Declared, controls: Sequence[Control], paper: Paper, mark: str) -> Block:
    protocol = shown_protocol(control.protocol for control in controls)
    controls = [control for control in controls if control.protocol == protocol]
    first = controls[0]
    drawn = ", drawn" if first.kind == "phantom" else ""
    caption = (
        f"{declared.asks} {first.images} images of {declared.dataset.source}{drawn}. Called right: mean "
        f"over seeds and folds, lowest and highest seed. Protocol: {protocol}."
    )
    rows = [_row(control, paper.class_names) for control in controls]
    columns = ("Model or probe", "Called right", "Of all", *paper.class_names)
    return table(rows, columns, caption, mark, numeric=tuple(range(1, len(columns))))


def _row(control: Control, class_names: Sequence[str]) -> tuple:
    right = control.right
    mean = sum(right) / len(right)
    spread = f" ({min(right):.0f} to {max(right):.0f})" if len(right) > 1 else ""
    shares = (f"{control.called.get(name, 0):.0%}" for name in class_names)
    return (
        control.by,
        f"{mean:.0f}{spread} of {control.images}",
        f"{mean / control.images:.1%}",
        *shares,
    )
