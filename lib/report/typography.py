"""Signs as they are printed: a true minus in front of a number, and no line break in front of a percent sign."""

import re

TAGS = re.compile(r"(<[^>]*>)")
HYPHEN = re.compile(
    r"(?<![\w.,-])-(?=\d)"
)  # in front of a number, not inside a date, a name or "1e-07"
PERCENT = re.compile(r"(?<=\d) (?=%)")
VERBATIM = re.compile(r"<(/?)(pre|code|script|style)\b")  # what is copied stays as it is


def typeset(html: str) -> str:
    """The same HTML as it is read: a true minus, and a no-break space in "81.2 %"; code is left alone."""
    parts, verbatim = TAGS.split(html), 0
    for place, part in enumerate(parts):
        if place % 2:  # a tag
            if element := VERBATIM.match(part):
                verbatim += -1 if element[1] else 1
        elif not verbatim and ("-" in part or "%" in part):
            parts[place] = PERCENT.sub("\u00a0", HYPHEN.sub("−", part))
    return "".join(parts)
