"""The paper's models that a run does not train: said in one sentence, since nothing is judged of them."""

from lib.report.facts import Run
from lib.words import counted, listed


def untrained_sentence(run: Run) -> str:
    """ "2 of the paper's 3 models were not trained here (a and b): their 4 printed numbers are not judged."

    "" where all were trained.
    """
    names = run.left_out
    if not names:
        return ""
    claims = sum(claim.arm in names for claim in run.paper.claims)
    whose, are = "its" if len(names) == 1 else "their", "is" if claims == 1 else "are"
    judged = f": {whose} {counted(claims, 'printed number')} {are} not judged" if claims else ""
    return f"{_beginning(len(names), len(run.paper.arms))} trained here ({listed(names)}){judged}."


def _beginning(untrained: int, models: int) -> str:
    if models == 1:
        return "The paper's model was not"
    if untrained == models:
        return f"None of the paper's {models} models was"
    was = "was" if untrained == 1 else "were"
    return f"{untrained} of the paper's {models} models {was} not"
