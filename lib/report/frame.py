"""What all pages have in common: templates, style, and that they load nothing from anywhere."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

TEMPLATES = Path(__file__).parent / "templates"
NOTHING_FROM_OUTSIDE = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)


def page_style() -> str:
    """The style sheet of all pages: of their blocks, then of the rest."""
    sheets = ("blocks.css", "style.css")
    return "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in sheets)


@cache
def environment() -> Environment:
    """Where the templates of all pages lie; each is compiled once."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html", "html.j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
