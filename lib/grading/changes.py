"""What a student changed in a paper's notebook: parameters, code, prose; and which exercises have an answer.

A submitted notebook is text here: nothing in it is executed or rendered. It is held against the notebook of this
checkout, cell by cell. Where its metadata names another version than that one, nothing can be told.
"""

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from functools import cache
from html import escape
from typing import Any, Literal

from lib import papers
from lib.grading.artefacts import parse_json
from lib.runs.badges import IDS

MOST_CELLS = 2000  # ours have some hundred
LONGEST = 50_000  # characters of a cell that are looked at
MOST_LINES = 500  # of a cell that is compared line by line, which takes the square of its lines
EMPTY = ("", "YOUR ANSWER HERE")  # what nobody has answered yet; the second is nbgrader's own
NUMBER = "number"  # the variable that holds the answer to an exercise that asks for one
OPERATIONS: dict[type[ast.operator | ast.unaryop], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


class ChangesError(ValueError):
    """What was given is no notebook; the message is a sentence."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference from the reference notebook.

    Attributes:
        what: The id of the cell, or the name of the parameter.
        before: The source in the reference notebook, "" for what was added; of a parameter, its value.
        after: The source in the submitted notebook, "" for what was removed; likewise.
    """

    what: str
    kind: Literal["changed", "added", "removed", "moved"]
    before: str
    after: str

    def diff(self) -> str:
        """The lines that differ, as a unified diff without its header."""
        before, after = self.before.splitlines(), self.after.splitlines()
        if max(len(before), len(after)) > MOST_LINES:
            return f"{len(before)} and {len(after)} lines: too many to compare line by line"
        lines = unified_diff(before, after, lineterm="", n=2)
        return "\n".join(line for line in lines if not line.startswith(("---", "+++")))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What stands in the answer cell of one exercise.

    Attributes:
        text: As the student left it, "" where nothing was changed.
        number: The answer to an exercise that asks for a number; None where none can be read.
    """

    exercise: str
    points: float
    asks_for: Literal["number", "text"]
    text: str
    number: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the exercise was left unanswered."""
        return self.text == ""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """All differences of a submitted notebook from the reference, and its answers.

    Attributes:
        hindrance: Why the differences cannot be told, "" where they can; then the next three are empty.
        code: Of cells of code, answers left out.
        prose: Of Markdown cells, answers left out.
        answers: One per exercise of the reference, in its order.
        declared: Name → source of the value, in the submitted notebook's cell of parameters.
        injected: Likewise, in the cell that papermill put behind it.
    """

    hindrance: str
    parameters: tuple[Change, ...]
    code: tuple[Change, ...]
    prose: tuple[Change, ...]
    answers: tuple[Answer, ...]
    declared: Mapping[str, str]
    injected: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class _Cell:
    name: str
    kind: str
    source: str
    tags: tuple[str, ...]
    nbgrader: Mapping[str, Any]

    @property
    def is_answer(self) -> bool:
        return bool(self.nbgrader.get("solution"))


@dataclass(frozen=True, kw_only=True)
class _Notebook:
    cells: tuple[_Cell, ...]
    version: str


def find_changes(notebook: bytes, slug: str) -> Changes:
    """What was changed in `notebook` against the notebook of the paper in this checkout.

    Raises:
        ChangesError: `notebook` is no notebook, or larger than any of ours can become.
        LookupError: No paper has that slug.
    """
    submitted = _parse(notebook)
    if slug not in papers.runnable():
        raise LookupError(f"slug should be one of {', '.join(papers.runnable())}; received {slug}.")
    reference = _reference(slug)
    hindrance = _hindrance(reference, submitted)
    changed = [] if hindrance else list(_cell_changes(reference, submitted))
    parameters = () if hindrance else tuple(_parameter_changes(reference, submitted))
    return Changes(
        hindrance=hindrance,
        parameters=parameters,
        code=tuple(change for kind, change in changed if kind == "code"),
        prose=tuple(change for kind, change in changed if kind != "code"),
        answers=tuple(_answers(reference, submitted)),
        declared=_set_in(submitted, "parameters"),
        injected=_set_in(submitted, "injected-parameters"),
    )


def _hindrance(reference: _Notebook, submitted: _Notebook) -> str:
    """Without a version, as some services save notebooks, it is taken for that of this checkout."""
    if submitted.version in ("", reference.version):
        return ""
    return (
        "the notebook was made from another version than that of this checkout. Check out "
        "the version that was handed out"
    )


# Reading


@cache
def _reference(slug: str) -> _Notebook:
    """The notebook of the paper in this checkout."""
    return _parse((papers.NOTEBOOKS / f"{slug}.ipynb").read_bytes())


def _parse(content: bytes) -> _Notebook:
    try:
        document = parse_json(content)
        cells = document["cells"]
        if len(cells) > MOST_CELLS:
            raise ChangesError(
                f"a notebook should have at most {MOST_CELLS:,} cells; it has {len(cells):,}"
            )
        parsed = tuple(_parse_cell(cell, number) for number, cell in enumerate(cells))
        version = document["metadata"].get("reference", {}).get("sha256", "")
    except ChangesError:
        raise
    except UNREADABLE as error:
        raise ChangesError(
            f"it should be a notebook; it cannot be read: {type(error).__name__}"
        ) from error
    return _Notebook(
        cells=tuple(cell for cell in parsed if cell.name not in IDS), version=str(version)
    )


def _parse_cell(cell: Mapping[str, Any], number: int) -> _Cell:
    metadata, source = cell.get("metadata", {}), cell["source"]
    text = source if isinstance(source, str) else "".join(source)
    if len(text) > LONGEST:
        raise ChangesError(
            f"a cell should have at most {LONGEST:,} characters; cell {number + 1} has {len(text):,}"
        )
    name = cell.get("id") or metadata.get("id") or f"cell {number + 1}"  # Colab's is in metadata
    return _Cell(
        name=str(name),
        kind=str(cell["cell_type"]),
        source=text.strip(),
        tags=tuple(map(str, metadata.get("tags", ()))),
        nbgrader=dict(metadata.get("nbgrader", {})),
    )


# Cells


def _cell_changes(reference: _Notebook, submitted: _Notebook) -> Iterator[tuple[str, Change]]:
    """(kind of the cell, change), in the order of the reference; what was added comes last."""
    theirs = [cell for cell in submitted.cells if "injected-parameters" not in cell.tags]
    partners = _partners(reference.cells, theirs)
    moved = _moved(reference.cells, theirs, partners)
    for cell in reference.cells:
        partner = partners.get(cell.name)
        if cell.is_answer or "parameters" in cell.tags:
            continue
        if partner is None:
            yield cell.kind, _change(cell.name, "removed", cell.source, "")
        elif (partner.kind, partner.source) != (cell.kind, cell.source):
            yield cell.kind, _change(cell.name, "changed", cell.source, partner.source)
        elif cell.name in moved:
            yield cell.kind, _change(cell.name, "moved", cell.source, partner.source)
    taken = {id(partner) for partner in partners.values()}
    for cell in theirs:
        if id(cell) not in taken and cell.source:
            yield cell.kind, _change(cell.name, "added", "", cell.source)


def _partners(reference: Sequence[_Cell], theirs: Sequence[_Cell]) -> dict[str, _Cell]:
    """Id of a cell of the reference → the submitted cell of that id, else one of the same source."""
    by_name: dict[str, _Cell] = {}
    for cell in theirs:
        by_name.setdefault(cell.name, cell)
    partners = {cell.name: by_name[cell.name] for cell in reference if cell.name in by_name}
    taken = {id(partner) for partner in partners.values()}
    by_source: dict[tuple[str, str], list[_Cell]] = {}
    for cell in theirs:
        if id(cell) not in taken:
            by_source.setdefault((cell.kind, cell.source), []).append(cell)
    for cell in reference:
        alike = by_source.get((cell.kind, cell.source))
        if cell.name not in partners and alike:
            partners[cell.name] = alike.pop(0)
    return partners


def _moved(
    reference: Sequence[_Cell], theirs: Sequence[_Cell], partners: Mapping[str, _Cell]
) -> set[str]:
    """Ids of the reference's cells that stand in another order among their like."""
    place = {id(cell): number for number, cell in enumerate(theirs)}
    ours = [cell.name for cell in reference if cell.name in partners]
    order = sorted(ours, key=lambda name: place[id(partners[name])])
    blocks = SequenceMatcher(None, ours, order, autojunk=False).get_matching_blocks()
    kept = {name for block in blocks for name in ours[block.a : block.a + block.size]}
    return {*ours} - kept


def _change(what: str, kind: Any, before: str, after: str) -> Change:
    return Change(what=what, kind=kind, before=before, after=after)


# Parameters


def _parameter_changes(reference: _Notebook, submitted: _Notebook) -> Iterator[Change]:
    declared = _set_in(reference, "parameters")
    given = _set_in(submitted, "parameters", "injected-parameters")
    for name in {**declared, **given}:
        before, after = declared.get(name, ""), given.get(name, "")
        if before != after:
            kind = "added" if not before else "changed" if after else "removed"
            yield _change(name, kind, before, after)


def _set_in(notebook: _Notebook, *tags: str) -> dict[str, str]:
    """Name → source of its value, in the cells that have one of these tags."""
    values: dict[str, str] = {}
    for cell in notebook.cells:
        if {*tags} & {*cell.tags}:
            values |= dict(_assignments(cell.source))
    return values


def _assignments(source: str) -> Iterator[tuple[str, str]]:
    """Name → value; what is no assignment stands under the name "other code"."""
    try:
        lines = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield "other code", source
        return
    others, encoded = [], source.encode().splitlines(keepends=True)
    for line in lines:
        target = line.targets[0] if isinstance(line, ast.Assign) else None
        if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(target, ast.Name):
            yield target.id, _segment(encoded, line.value)
        else:
            others.append(_segment(encoded, line))
    if others:
        yield "other code", "\n".join(others)


def _segment(lines: Sequence[bytes], node: ast.expr | ast.stmt) -> str:
    """As `ast.get_source_segment`, which reads all lines again for every node; its places count bytes."""
    last, end = node.end_lineno or node.lineno, node.end_col_offset or 0  # both known once parsed
    text = b"".join(lines[node.lineno - 1 : last])
    left = len(lines[last - 1]) - end
    return text[node.col_offset : len(text) - left].decode()


# Answers


def _answers(reference: _Notebook, submitted: _Notebook) -> Iterator[Answer]:
    by_name: dict[str, _Cell] = {}
    for cell in submitted.cells:
        by_name.setdefault(str(cell.nbgrader.get("grade_id", cell.name)), cell)
        by_name.setdefault(cell.name, cell)
    points: dict[str, Any] = {cell.name: cell.nbgrader.get("points") for cell in reference.cells}
    for cell in reference.cells:
        if cell.is_answer:
            number = cell.name.removeprefix("answer-")
            given = by_name.get(cell.name)
            text = given.source if given and given.source not in (*EMPTY, cell.source) else ""
            is_number = cell.kind == "code"
            yield Answer(
                exercise=f"exercise-{number}",
                points=float(points[f"check-{number}"] if is_number else points[cell.name]),
                asks_for="number" if is_number else "text",
                text=text,
                number=_number(text) if is_number else None,
            )


def _number(source: str) -> float | None:
    """What the last line `number = …` gives, where that is a number or a sum or product of numbers."""
    try:
        values = [
            line.value
            for line in ast.parse(source).body
            if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") == NUMBER
        ]
        value = _computed(values[-1])
    except (SyntaxError, ValueError, ArithmeticError, LookupError, RecursionError, MemoryError):
        return None
    return value if math.isfinite(value) else None


def _computed(node: ast.expr) -> float:
    """Floats alone, so that no number grows beyond bounds. Raises: ValueError for anything else."""
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        return OPERATIONS[type(node.op)](_computed(node.left), _computed(node.right))
    if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATIONS:
        return OPERATIONS[type(node.op)](_computed(node.operand))
    raise ValueError("no number")


# As HTML


def changes_html(changes: Changes) -> str:
    """All of it as HTML: escaped, without scripts, links or styles."""
    parts = (
        [f"<p>Changes cannot be told: {escape(changes.hindrance)}.</p>"]
        if changes.hindrance
        else []
    )
    if changes.parameters:
        rows = "".join(
            f"<li><code>{escape(change.what)}</code>: <del>{escape(change.before) or 'none'}</del> → "
            f"<ins>{escape(change.after) or 'none'}</ins></li>"
            for change in changes.parameters
        )
        parts.append(f"<h4>Parameters</h4><ul>{rows}</ul>")
    for name, group in (("Code", changes.code), ("Prose", changes.prose)):
        if group:
            parts.append(f"<h4>{name}</h4>")
            parts += [
                f"<p><code>{escape(change.what)}</code>: {change.kind}</p>{_diff_html(change)}"
                for change in group
            ]
    return "".join(parts) or "<p>Parameters, code and prose are those of the reference.</p>"


def _diff_html(change: Change) -> str:
    if change.kind == "moved":
        return ""
    tags = {"+": "ins", "-": "del"}
    lines = []
    for line in change.diff().splitlines():
        text, tag = escape(line), tags.get(line[:1])
        lines.append(f"<{tag}>{text}</{tag}>" if tag else text)
    return '<pre class="diff">' + "\n".join(lines) + "</pre>"
