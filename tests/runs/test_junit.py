"""JUnit XML of a batch: what CI servers read, whatever a reason holds."""

import re
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from lib.runs.junit import junit

# Of the schema of pytest's and Jenkins' reports (junit-10.xsd): element → its children, and its attributes.
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase", "properties", "system-out", "system-err"},
    "testcase": {"failure", "skipped", "system-out", "system-err"},
    "failure": set(),
    "system-out": set(),
}
REQUIRED = {
    "testsuites": set(),
    "testsuite": {"name", "tests", "failures", "errors"},
    "testcase": {"name"},
    "failure": set(),
    "system-out": set(),
}
OPTIONAL = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"time", "skipped", "timestamp", "hostname"},
    "testcase": {"classname", "time"},
    "failure": {"type", "message"},
    "system-out": set(),
}


def outcome(name, status="done", reason="", seconds=1.0, attempts=1) -> SimpleNamespace:
    common = {"seconds": seconds, "device": "CPU", "attempts": attempts}
    return SimpleNamespace(name=name, status=status, reason=reason, **common)


BATCH = [
    outcome("cats", seconds=83.04),
    outcome("cells", "unchanged", seconds=0.2),
    outcome(
        "leaves", "failed", "In “Training”: ValueError: <b> & \x1b[2J\x00\ud800\nmore", 12.0, 2
    ),
    outcome("mammograms epochs=2", "interrupted"),
]


@pytest.fixture
def suite() -> ElementTree.Element:
    (suite,) = ElementTree.fromstring(junit(BATCH))
    return suite


def test_a_suite_counts_its_runs_and_those_that_failed(suite):
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped", "time")}
    assert counts == {
        "tests": "4",
        "failures": "2",
        "errors": "0",
        "skipped": "0",
        "time": "96.2",  # 83.04 + 0.2 + 12 + 1
    }


def test_each_run_is_a_case_and_a_failed_one_has_its_reason(suite):
    failures = {case.get("name"): case.find("failure") for case in suite}
    assert list(failures) == [outcome.name for outcome in BATCH]
    assert [name for name, failure in failures.items() if failure is not None] == [
        "leaves",
        "mammograms epochs=2",
    ]
    failure = failures["leaves"]
    assert failure.get("message") == "In “Training”: ValueError: <b> & \\x1b[2J\\x00\\ud800"
    assert failure.text.endswith("\nmore")
    assert suite[2].find("system-out").text == "failed, 2 attempts, CPU"


def test_an_unchanged_run_passes_and_says_that_it_was_not_run(suite):
    assert suite[1].find("failure") is None
    assert suite[1].find("system-out").text.startswith("unchanged")


@pytest.mark.parametrize("outcomes", [[], BATCH])
def test_every_element_and_attribute_is_one_that_the_schema_knows(outcomes):
    for element in ElementTree.fromstring(junit(outcomes)).iter():
        assert {child.tag for child in element} <= CHILDREN[element.tag]
        assert REQUIRED[element.tag] <= set(element.keys())
        assert set(element.keys()) <= REQUIRED[element.tag] | OPTIONAL[element.tag]
        assert re.fullmatch(r"\d+\.\d", element.get("time", "0.0"))
