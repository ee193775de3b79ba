"""A relation between printed numbers, as a declaration writes it: "500 + 400 + 100 > 500"."""

import ast
import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import product

from lib.audit.rounding import Bounds

# Each holds only if it does for all values that print like the numbers.
COMPARISONS: dict[type[ast.cmpop], Callable[[Bounds, Bounds], bool]] = {
    ast.NotEq: lambda left, right: left[1] < right[0] or right[1] < left[0],
    ast.Lt: lambda left, right: left[1] < right[0],
    ast.Gt: lambda left, right: left[0] > right[1],
}
ARITHMETIC: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
}
CONSTANTS = {Fraction(1), Fraction(2)}  # of formulae; nobody has to print them


def holds(text: str) -> bool:
    """Whether one comparison of sums, products and quotients is true, however its decimals were made.

    A whole number stands for itself, a decimal one for what rounds or is cut off to it.

    Raises:
        ValueError: It is not such a comparison.
    """
    tree = _comparison(text)
    left, right = (_bounds(side, text) for side in (tree.left, tree.comparators[0]))
    return COMPARISONS[type(tree.ops[0])](left, right)


def unprinted(text: str, readings: Iterable[str]) -> list[str]:
    """The numbers of a relation that stand in none of the readings, as such or in per cent.

    Raises:
        ValueError: As `holds`.
    """
    printed = {number for reading in readings for number in _numbers(reading)} | CONSTANTS
    literals = [
        _literal(node, text)
        for node in ast.walk(_comparison(text))
        if isinstance(node, ast.Constant)
    ]
    return sorted(
        literal
        for literal in literals
        if not {Fraction(literal), 100 * Fraction(literal)} & printed
    )


def _numbers(reading: str) -> set[Fraction]:
    """Every number of a text; a comma or point is taken for either of its two meanings."""
    texts = re.findall(r"\d+(?:[.,]\d+)*", reading)
    numbers = {Fraction(re.sub("[.,]", "", text)) for text in texts}
    decimal = (text.replace(",", ".") for text in texts)
    return numbers | {Fraction(text) for text in decimal if text.count(".") <= 1}


def _comparison(text: str) -> ast.Compare:
    """The parsed relation. Raises: ValueError as `holds`."""
    try:
        tree = ast.parse(text, mode="eval").body
        if (
            isinstance(tree, ast.Compare)
            and len(tree.ops) == 1
            and type(tree.ops[0]) in COMPARISONS
        ):
            _bounds(tree.left, text), _bounds(tree.comparators[0], text)
            return tree
    except (SyntaxError, ValueError, TypeError, KeyError, ZeroDivisionError):
        pass
    raise ValueError(
        "a relation should compare two sums of numbers by !=, < or >, as in '2 + 2 != 5'; "
        f"received {text!r}."
    )


def _bounds(tree: ast.expr, text: str) -> Bounds:
    if isinstance(tree, ast.BinOp):
        sides = (_bounds(tree.left, text), _bounds(tree.right, text))
        values = [ARITHMETIC[type(tree.op)](left, right) for left, right in product(*sides)]
        return min(values), max(values)
    literal = _literal(tree, text)
    decimals = len(literal.partition(".")[2])
    place = Fraction(1, 10**decimals) if decimals else Fraction(0)
    return Fraction(literal) - place / 2, Fraction(literal) + place


def _literal(tree: ast.expr, text: str) -> str:
    """A number as written, since a float would not be exact. Raises: TypeError for anything else."""
    if not isinstance(tree, ast.Constant) or type(tree.value) not in (int, float):
        raise TypeError
    return text[tree.col_offset : tree.end_col_offset]
