"""Worked examples against arithmetic."""

import pytest
from made_up_paper import paper

from lib.audit.checks.worked_examples import check_worked_examples
from lib.papers.declare import Convolution, Sizes

IMAGE = ((1, 2, 3), (4, 5, 6), (7, 8, 9))
KERNEL = ((0, 0, 0), (0, 1, 0), (0, 0, 0))


def _check(*examples) -> dict:
    findings = check_worked_examples(paper(examples=examples))
    return {finding.topic: finding for finding in findings}


@pytest.mark.parametrize(
    ("output", "outcome"),
    [
        (((5,),), "consistent"),
        (IMAGE, "consistent"),
        (((1, 2, 3), (4, 5, 6), (7, 8, 0)), "impossible"),
    ],
)
def test_a_worked_convolution(output, outcome):
    example = Convolution(where="Fig. 4", image=IMAGE, kernel=KERNEL, output=output)
    (finding,) = _check(example).values()
    assert (finding.topic, finding.outcome) == ("Worked convolution: Fig. 4", outcome)


def test_a_worked_convolution_is_padded_or_not_as_a_whole():
    # With a stride of 2, a kernel that copies the middle takes 1, 3, 5 … padded and 7, 9 … without.
    image = tuple(tuple(range(5 * row + 1, 5 * row + 6)) for row in range(5))
    outputs = {
        "padded": ((1, 3, 5), (11, 13, 15), (21, 23, 25)),
        "unpadded": ((7, 9), (17, 19)),
        "mixed": ((7, 9), (11, 13)),
    }
    outcomes = {}
    for how, output in outputs.items():
        example = Convolution(where=how, image=image, kernel=KERNEL, output=output, stride=2)
        (outcomes[how],) = (finding.outcome for finding in _check(example).values())
    assert outcomes == {"padded": "consistent", "unpadded": "consistent", "mixed": "impossible"}


def test_worked_sizes():
    steps = (("convolution", 64, "§1"), ("pooling", 32, "§1"))
    fits, wrong = (Sizes(where=f"{side}", side=side, steps=steps) for side in (64, 200))
    found = _check(fits, wrong)
    assert found["Worked sizes: 64"].outcome == "consistent"
    assert found["Worked sizes: 200"].outcome == "impossible"
    assert found["Worked sizes: 200"].arithmetic == (
        "convolution of 200: 198 without padding, 200 with; printed 64"
    )


def test_a_long_example_is_told_in_part():
    wrong = Convolution(where="", image=IMAGE, kernel=KERNEL, output=((0, 0, 0),) * 3)
    (finding,) = _check(wrong).values()
    assert finding.arithmetic.count("printed 0") == 2
    assert finding.arithmetic.endswith("; and 7 more")
