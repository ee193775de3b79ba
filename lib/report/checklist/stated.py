"""What a paper states, read from its declaration, each with its place."""

from collections.abc import Sequence

from lib.papers.declare import SCORES, Claim, Paper, Setting, Stated
from lib.words import listed

PRINTED_SCORES = (*SCORES, "loss")


def settings(paper: Paper, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Of these settings those that the paper states, with their places, and those that it leaves open.

    Where it states one of some models or classes only, these are named.
    """
    told, open_ones = [], []
    for name in names:
        found = _settings(paper, name)
        given = {who: one for who, one in found.items() if isinstance(one, Stated)}
        left = [who for who in found if who not in given]
        words = name.replace("_", " ")
        if given:
            places = "; ".join(dict.fromkeys(one.where for one in given.values()))
            told.append(f"{words}{_of(given, found)} ({places})")
        if left:
            open_ones.append(f"{words}{_of(left, found)}")
    return told, open_ones


def _settings(paper: Paper, name: str) -> dict[str, Setting]:
    """Model or class → the setting; "" for what all share."""
    if name in vars(paper.split):
        return {"": getattr(paper.split, name)}
    if name == "images in all":
        return {"": paper.dataset.total}
    if name == "images of a class":
        return paper.dataset.counts
    return {arm.name: arm.settings[name] for arm in paper.arms if name in arm.settings}


def _of(some: Sequence[str] | dict, found: dict) -> str:
    return "" if len(some) == len(found) else f": {listed(some)}"


def reported(paper: Paper, key: str) -> str:
    """What `paper.reporting` has under this key, with its place; "" for nothing."""
    told = paper.reporting.get(key)
    return f"{told.value} ({told.where})" if told else ""


def metrics(paper: Paper) -> str:
    """The scores it prints, each with the first place."""
    found = {
        one: [claim for claim in paper.claims if claim.metric == one] for one in PRINTED_SCORES
    }
    return ", ".join(f"{name} ({told[0].where})" for name, told in found.items() if told)


def by_class(paper: Paper) -> str:
    """The scores of single classes it prints."""
    told = [
        one for one in paper.claims if one.metric in PRINTED_SCORES and one.of in paper.class_names
    ]
    return _named(told, listed(dict.fromkeys(one.metric for one in told)))


def confusion(paper: Paper) -> str:
    """The confusion matrices whose numbers it prints."""
    return _named([one for one in paper.claims if one.metric == "cell"], "confusion matrix")


def _named(claims: Sequence[Claim], words: str) -> str:
    """`words` with the first place of every model's claims."""
    places = {}
    for claim in claims:
        places.setdefault(claim.arm, claim.where)
    return f"{words} ({'; '.join(places.values())})" if places else ""
