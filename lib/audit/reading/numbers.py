"""Numbers as people print them: read, missing, or refused in a sentence."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from lib.audit.reading.unreadable import Unreadable

Relation = Literal["", ">", "<", "about"]

MOST_DIGITS = 40  # of a number, with an exponent worked out
MOST_COUNT_DIGITS = 15

MISSING = {
    "",
    "-",
    "--",
    "---",
    "–",
    "—",
    "n/a",
    "na",
    "n.a.",
    "nan",
    "none",
    "null",
    "?",
    "nr",
    "n.r.",
}
ABOUT = {"~", "∼", "≈", "≃", "ca.", "ca", "about", "approx.", "approx"}
# Digits; with thousands in groups of three between spaces or apostrophes; or in any way with points and commas.
DIGITS = r"[+-]?(?:\d{1,3}(?:[ '’]\d{3})+(?![\d.,])|\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][+-]?\d+)?"
NUMBER = re.compile(
    rf"(?P<relation><=|>=|[<>≤≥~∼≈≃]|ca\.?|about|approx\.?)?\s*(?P<value>{DIGITS})\s*(?P<percent>%)?\s*"
    rf"(?:±\s*(?P<spread>{DIGITS})|\(\s*±?\s*(?P<in_brackets>{DIGITS})\s*%?\s*\)"
    rf"|(?P<interval>[(\[][^()\[\]]*\d\s*%?\s*(?:-|–|,|;|to)\s*[^()\[\]]*\d[^()\[\]]*[)\]]))?\s*(?P<percent_after>%)?",
    re.IGNORECASE,
)
GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d*)?|-?\d{1,3}(?:\.\d{3})+(?:,\d*)?")
MARKS = re.compile(r"[*†‡§¶#¹²³⁴ᵃᵇᶜ]+$")  # of footnotes, significance or the best of a column
LATEX_COMMANDS = re.compile(
    r"\\(?:textbf|mathbf|bm|boldsymbol|bfseries|underline|uline|emph|textit|mathrm|text|cellcolor\{[^{}]*\}|num)\b\s*"
)


@dataclass(frozen=True, kw_only=True)
class PrintedNumber:
    """A printed number.

    Attributes:
        digits: With a decimal point and without grouped thousands, every printed decimal kept.
        percent: Whether a percent sign stands beside it.
        spread: What follows "±" or stands in brackets, as `digits`; "" for nothing.
        relation: Whether it is only a bound (">", "<") or "about"; "" for the number itself.
    """

    digits: str
    percent: bool = False
    spread: str = ""
    relation: Relation = ""

    @property
    def value(self) -> Decimal:
        """As printed: 84.5 of "84.5 %"."""
        return Decimal(self.digits)


def read_number(text: str, line: int | None = None) -> PrintedNumber | None:
    """A score, loss or other measure; None for what says that there is none ("-", "n/a", "nan").

    A comma is a decimal mark unless more than one stands there, or a point follows it.

    Raises:
        Unreadable: It is no number, or two that cannot be told apart.
    """
    plain = without_markup(text)
    if plain.lower() in MISSING:
        return None
    match = NUMBER.fullmatch(plain) or NUMBER.fullmatch(MARKS.sub("", plain).strip())
    if not match:
        raise Unreadable(
            "a cell should hold one number, alone or with ±, % or an interval",
            f"“{text.strip()}”",
            "leave one number, or “-” where there is none",
            line,
        )
    return PrintedNumber(
        digits=_decimal(match["value"], line),
        percent=bool(match["percent"] or match["percent_after"]),
        spread=_spread(match, text, line),
        relation=_relation(match["relation"]),
    )


def read_count(text: str, line: int | None = None, *, decimal_comma: bool = False) -> str | None:
    """A number of images as digits alone; None where there is none.

    Args:
        text: As printed.
        line: Where.
        decimal_comma: Whether the text writes 0,91 for 0.91, so that a point groups thousands.

    Raises:
        Unreadable: It is no whole number. 73.3 is not 733, and .95 is not 95.
    """
    plain = MARKS.sub("", without_markup(text)).strip()
    if plain.lower() in MISSING:
        return None
    group, mark = (".", ",") if decimal_comma else (",", ".")
    grouped = rf"[1-9]\d{{0,2}}(?:[{re.escape(group)} '’]\d{{3}})+|\d+"
    whole = re.fullmatch(rf"({grouped})(?:{re.escape(mark)}0*)?", plain)
    if not whole:
        raise Unreadable(
            "a number of images should be a whole number",
            f"“{text.strip()}”",
            "give images, not shares or weights; scores need a column of their own",
            line,
        )
    digits = re.sub(r"\D", "", whole[1])
    if len(digits) > MOST_COUNT_DIGITS:
        raise Unreadable(
            f"a number of images should have at most {MOST_COUNT_DIGITS} digits",
            f"{len(digits):,} of them",
            "correct it",
            line,
        )
    return digits


def writes_decimal_comma(text: str) -> bool:
    """Whether a text writes 0,91 for 0.91 somewhere, and nowhere 0.91."""
    comma = re.search(r"(?<![\d.,])(?:0,\d+|\d+,(?:\d{1,2}|\d{4,}))(?![\d.,])", text)
    point = re.search(r"(?<![\d.,])(?:0?\.\d+|\d+\.(?:\d{1,2}|\d{4,}))(?![\d.,])", text)
    return bool(comma and not point)


def without_markup(text: str) -> str:
    """A cell without the marks of Markdown, LaTeX and HTML, and with ordinary spaces, signs and ±."""
    plain = re.sub(r"</?(?:b|strong|i|em|u|sup|sub|span)\b[^<>]*>", "", text)
    plain = plain.replace(r"\%", "%").replace(r"\pm", "±").replace(r"\,", " ").replace(r"\;", " ")
    plain = re.sub(r"~?\\(?:cite|ref|footnote)\w*\{[^{}]*\}", "", plain)
    plain = re.sub(r"\+\s*/\s*[-−]|\+[-−]", "±", LATEX_COMMANDS.sub("", plain))
    plain = re.sub(r"\^\{?[*\w†‡,]+\}?", "", plain)
    plain = re.sub(r"[${}`_]|\*\*|~~", "", plain)
    plain = re.sub(r"^\*(?=\S)(.*\S)\*$", r"\1", plain.strip())
    plain = re.sub(r"[\u00a0\u2009\u202f\u2007]", " ", plain)
    return plain.replace("−", "-").replace("％", "%").strip()


def _relation(sign: str | None) -> Relation:
    if not sign:
        return ""
    return "about" if sign.lower() in ABOUT else ">" if sign[0] in ">≥" else "<"


def _spread(match: re.Match[str], text: str, line: int | None) -> str:
    if match["spread"]:
        return _decimal(match["spread"], line)
    if not match["in_brackets"]:
        return ""
    spread = _decimal(match["in_brackets"], line)
    if "." in _decimal(match["value"], line) and "." not in spread:
        raise Unreadable(
            "a spread in brackets should have decimals, as in 93.2(1.1)",
            f"“{text.strip()}”",
            "write 93.2 ± 1.1, since (11) may stand for 11 or for 1.1",
            line,
        )
    return spread


def _decimal(text: str, line: int | None) -> str:
    """With a point as decimal mark; an exponent is worked out, all decimals kept.

    Raises:
        Unreadable: It has more than `MOST_DIGITS` digits, or it is several numbers.
    """
    number, _, exponent = text.lower().partition("e")
    number = re.sub(r"[ '’+]", "", number)
    marks = re.findall("[.,]", number)
    if len(marks) > 1 and not GROUPED.fullmatch(number):
        raise Unreadable(
            "a cell should hold one number", f"“{text[:MOST_DIGITS]}”", "leave one of them", line
        )
    if len(set(marks)) == 2:  # the last one is the decimal mark
        number = number.replace(marks[0], "")
    elif len(marks) > 1:  # groups of thousands
        number = re.sub("[.,]", "", number)
    number = number.replace(",", ".")
    # Neither is worked out before it is known to be short.
    if len(exponent) > 3 or len(number) + abs(int(exponent or 0)) > MOST_DIGITS:
        raise Unreadable(
            f"a number should have at most {MOST_DIGITS} digits",
            f"“{text[:20]}…”",
            "leave as many as are printed",
            line,
        )
    return f"{Decimal(number).scaleb(int(exponent)):f}" if exponent else number
