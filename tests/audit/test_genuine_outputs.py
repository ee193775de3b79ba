"""No genuine output of software is called impossible, of whatever kind; none crashes."""

import time

import pytest
from genuine_outputs import OUTPUTS

from lib.audit import table


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_genuine_output_is_never_impossible(name):
    text, options = OUTPUTS[name]()
    start = time.process_time()  # other work on the machine does not count
    audit = table(text, **options)
    assert time.process_time() - start < 5
    assert audit.claims
    wrong = [
        f"{finding.title}: {finding.arithmetic}"
        for finding in audit.findings
        if finding.outcome == "impossible"
    ]
    assert wrong == [], text


def test_there_are_at_least_sixty_kinds():
    assert len(OUTPUTS) >= 60
