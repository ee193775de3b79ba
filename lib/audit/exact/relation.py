"""A relation between printed numbers, as a declaration writes it: "500 + 400 + 100 > 500"."""

import ast
import operator
from fractions import Fraction

ARITHMETIC = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
COMPARISONS = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def holds(text: str) -> bool:
    """Whether one comparison of sums, products and quotients of numbers is true, exactly.

    Raises:
        ValueError: It is not such a comparison.
    """
    try:
        tree = ast.parse(text, mode="eval").body
        if not (isinstance(tree, ast.Compare) and len(tree.ops) == 1):
            raise TypeError
        return COMPARISONS[type(tree.ops[0])](
            _value(tree.left, text), _value(tree.comparators[0], text)
        )
    except (SyntaxError, TypeError, KeyError, ValueError) as error:
        raise ValueError(
            f"a relation should compare two sums of numbers, as in '2 + 2 != 5'; received {text!r}."
        ) from error


def _value(tree: ast.expr, text: str) -> Fraction:
    if isinstance(tree, ast.BinOp):
        return ARITHMETIC[type(tree.op)](_value(tree.left, text), _value(tree.right, text))
    if isinstance(tree, ast.Constant):
        # As written, since a float would not be exact.
        return Fraction(text[tree.col_offset : tree.end_col_offset])
    raise TypeError
