"""The papers, one module each, found by looking into this folder: a sixth is one more file."""

import argparse
import pkgutil
from collections.abc import Iterable, Sequence
from importlib import import_module

from lib import ROOT
from lib.papers.declare import Arm, Paper

NOTEBOOKS = ROOT / "notebooks"


def slugs() -> list[str]:
    """The slugs of all papers, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)


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
    paper: Paper = import_module(f"{__name__}.{slug}").PAPER
    if paper.slug != slug:
        raise ValueError(
            f"`PAPER.slug` in lib/papers/{slug}.py should be {slug!r}; is {paper.slug!r}."
        )
    return paper


def every_arm_name(slug: str) -> list[str]:
    """The names of all arms that can be trained on this paper's images: its own, then those of other papers.

    Raises:
        ValueError: As `load`.
    """
    return [*(arm.name for arm in load(slug).arms), *arms_elsewhere(slug)]


def find_arms(paper: Paper, names: Iterable[str]) -> list[Arm]:
    """The arms and variants with these names. Raises: ValueError as `find_arm`."""
    return [find_arm(paper, name) for name in names]


def find_arm(paper: Paper, name: str) -> Arm:
    """The paper's arm or variant of that name, or, as "slug/arm", one that is borrowed from another paper.

    Raises:
        ValueError: There is none; the message lists the known names.
    """
    if "/" not in name:
        return paper.arm(name)
    elsewhere = arms_elsewhere(paper.slug)
    if name not in elsewhere:
        raise ValueError(f"`arm` should be one of {', '.join(elsewhere)}; received {name!r}.")
    slug, _, own_name = name.partition("/")
    return load(slug).arm(own_name).borrowed(slug, len(paper.classes))


def lender(arm: str) -> Paper | None:
    """The paper that an arm of this name is borrowed from: of "slug/arm"; None for a paper's own arm."""
    slug, slash, _ = arm.partition("/")
    return load(slug) if slash else None


def arms_elsewhere(slug: str) -> list[str]:
    """The arms of all papers but this one, as "slug/arm"."""
    others = (load(other) for other in slugs() if other != slug)
    return [f"{other.slug}/{arm.name}" for other in others for arm in other.arms]


def add_slug_argument(parser: argparse.ArgumentParser) -> None:
    """Adds SLUG, one paper, to a command's arguments."""
    parser.add_argument("slug", metavar="SLUG", choices=slugs(), help=", ".join(slugs()))


def add_slugs_argument(parser: argparse.ArgumentParser) -> None:
    """Adds [SLUG ...], some papers or none for all: `load_all(options.slugs)`."""
    known = ", ".join(slugs())
    parser.add_argument(
        "slugs", metavar="SLUG", nargs="*", type=_known_slug, help=f"default: all of {known}"
    )


def load_all(chosen: Sequence[str] = ()) -> list[Paper]:
    """The papers with these slugs; all papers for none. Raises: ValueError as `load`."""
    return [load(slug) for slug in chosen or slugs()]


def _known_slug(text: str) -> str:
    if text not in slugs():
        raise argparse.ArgumentTypeError(f"unknown paper {text}; known: {', '.join(slugs())}")
    return text
