"""Signs as they are printed: a minus in front of a number is a minus, not a hyphen."""

import re

TAGS = re.compile(r"(<[^>]*>)")
HYPHEN = re.compile(
    r"(?<![\w.,-])-(?=\d)"
)  # in front of a number, not inside a date, a name or "1e-07"
VERBATIM = re.compile(r"<(/?)(pre|code|script|style)\b")  # what is copied stays as it is


def with_minus(html: str) -> str:
    """The same HTML with a true minus in front of every negative number that is read, code left alone."""
    parts, verbatim = TAGS.split(html), 0
    for place, part in enumerate(parts):
        if place % 2:  # a tag
            if element := VERBATIM.match(part):
                verbatim += -1 if element[1] else 1
        elif not verbatim:
            parts[place] = HYPHEN.sub("−", part)
    return "".join(parts)
