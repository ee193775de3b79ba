"""How a batch ended as JUnit XML, which CI servers show: a test case per run.

Elements and attributes are those that pytest's reports of the family "xunit2" have, which every server knows.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from lib.words import printable, printable_lines

if TYPE_CHECKING:
    from lib.runs.task import Outcome

SUITE = "run_all"


def junit(outcomes: Sequence["Outcome"]) -> str:
    """The report. A run that was interrupted counts as failed; one that is unchanged passes and says so."""
    facts = {
        "name": SUITE,
        "skipped": "0",
        "tests": str(len(outcomes)),
        "failures": str(sum(map(_has_failed, outcomes))),
        "errors": "0",
        "time": _seconds(sum(outcome.seconds for outcome in outcomes)),
    }
    root = ElementTree.Element("testsuites", name=SUITE)
    suite = ElementTree.SubElement(root, "testsuite", facts)
    for outcome in outcomes:
        _add_case(suite, outcome)
    ElementTree.indent(root)
    # By hand: ElementTree would name the encoding of this machine, whatever the file is written in.
    declaration = '<?xml version="1.0" encoding="UTF-8"?>'
    return f"{declaration}\n{ElementTree.tostring(root, encoding='unicode')}\n"


def _add_case(suite: ElementTree.Element, outcome: "Outcome") -> None:
    names = {"classname": SUITE, "name": printable(outcome.name)}
    case = ElementTree.SubElement(suite, "testcase", names, time=_seconds(outcome.seconds))
    # XML has no way to write control characters: they are escaped as for a terminal.
    reason = printable_lines(outcome.reason)
    if _has_failed(outcome):
        message = reason.partition("\n")[0] or outcome.status
        failure = ElementTree.SubElement(case, "failure", type=outcome.status, message=message)
        failure.text = reason
    told = ElementTree.SubElement(case, "system-out")
    told.text = ", ".join(filter(None, (outcome.status, _attempts(outcome), outcome.device)))
    if reason and not _has_failed(outcome):
        told.text += f"\n{reason}"


def _has_failed(outcome: "Outcome") -> bool:
    return outcome.status in ("failed", "interrupted")


def _attempts(outcome: "Outcome") -> str:
    return f"{outcome.attempts} attempts" if outcome.attempts > 1 else ""


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}"
