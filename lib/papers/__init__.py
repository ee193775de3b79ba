"""The papers, one module each, found by looking into this folder: a sixth is one more file."""

import pkgutil
from importlib import import_module

from lib import ROOT
from lib.paper import Paper

NOTEBOOKS = ROOT / "notebooks"


def slugs() -> list[str]:
    """The slugs of all papers, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def runnable() -> list[str]:
    """The slugs of the papers that have a notebook."""
    return [slug for slug in slugs() if (NOTEBOOKS / f"{slug}.ipynb").is_file()]


def load(slug: str) -> Paper:
    """The paper declared in `lib/papers/<slug>.py`.

    Raises:
        ValueError: No such paper (the message lists the known ones), or its `PAPER.slug` differs.
    """
    if slug not in slugs():
        raise ValueError(f"`slug` should be one of {', '.join(slugs())}; received {slug!r}.")
    paper = import_module(f"{__name__}.{slug}").PAPER
    if paper.slug != slug:
        raise ValueError(
            f"`PAPER.slug` in lib/papers/{slug}.py should be {slug!r}; is {paper.slug!r}."
        )
    return paper
