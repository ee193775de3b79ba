"""What a paper states, read from its declaration, each with its place."""

from collections.abc import Collection, Sequence
from typing import Any

from lib.papers.declare import SCORES, Claim, Paper, Setting, Stated
from lib.words import listed

PRINTED_SCORES = (*SCORES, "loss")


def declared_settings(paper: Paper, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Of these settings those that the paper states, with their places, and those that it leaves open.

    Where it states one for some models or classes only, these are named.
    """
    stated, unstated = [], []
    for name in names:
        settings = _settings(paper, name)
        given = {owner: value for owner, value in settings.items() if isinstance(value, Stated)}
        left = [owner for owner in settings if owner not in given]
        words = name.replace("_", " ")
        if given:
            places = "; ".join(dict.fromkeys(value.where for value in given.values()))
            stated.append(f"{words}{_owners(given, settings)} ({places})")
        if left:
            unstated.append(f"{words}{_owners(left, settings)}")
    return stated, unstated


def _settings(paper: Paper, name: str) -> dict[str, Setting[Any]]:
    """Model or class → the setting; "" for what all share."""
    if name in vars(paper.split):
        return {"": getattr(paper.split, name)}
    if name == "images in all":
        return {"": paper.dataset.total}
    if name == "images per class":
        return paper.dataset.counts
    return {arm.name: arm.settings[name] for arm in paper.arms if name in arm.settings}


def _owners(some: Collection[str], settings: dict[str, Setting[Any]]) -> str:
    """Whose the setting is; "" where it is everybody's."""
    return "" if len(some) == len(settings) else f": {listed(some)}"


def reported(paper: Paper, key: str) -> str:
    """What `paper.reporting` has under this key, with its place; "" for nothing."""
    fact = paper.reporting.get(key)
    return f"{fact.value} ({fact.where})" if fact else ""


def metrics(paper: Paper) -> str:
    """The scores that the paper prints, by the first place of each."""
    places: dict[str, str] = {}
    for claim in paper.claims:
        places.setdefault(claim.metric, claim.where)
    names: dict[str, list[str]] = {}
    for name in PRINTED_SCORES:
        if name in places:
            names.setdefault(places[name], []).append(name)
    return "; ".join(f"{listed(of_place)} ({where})" for where, of_place in names.items())


def class_metrics(paper: Paper) -> str:
    """The scores of single classes that the paper prints."""
    claims = [
        claim
        for claim in paper.claims
        if claim.metric in PRINTED_SCORES and claim.of in paper.class_names
    ]
    return _with_places(listed(dict.fromkeys(claim.metric for claim in claims)), claims)


def confusion_matrices(paper: Paper) -> str:
    """The confusion matrices whose numbers the paper prints."""
    cells = [claim for claim in paper.claims if claim.metric == "cell"]
    return _with_places("confusion matrix", cells)


def _with_places(words: str, claims: Sequence[Claim]) -> str:
    """`words` with the first place of every model's claims; "" without a claim."""
    places: dict[str, str] = {}
    for claim in claims:
        places.setdefault(claim.arm, claim.where)
    return f"{words} ({'; '.join(places.values())})" if places else ""
