"""The papers, one module each, found by looking into this folder: a sixth is one more file."""

import pkgutil
from importlib import import_module

from lib.paper import Paper


def slugs() -> list[str]:
    """The slugs of all papers, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def runnable() -> list[str]:
    """The slugs of the papers whose recipe is declared; of the others only the images are."""
    return [slug for slug in slugs() if load(slug).recipe is not None]


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
