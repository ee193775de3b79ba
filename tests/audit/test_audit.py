"""The audit as a whole: what it finds in the five papers, and that it is quick and needs no Keras."""

import subprocess
import sys
import time
from dataclasses import asdict, replace
from json import dumps

import pytest
from made_up_paper import claim
from made_up_paper import paper as made_up
from made_up_reports import contradiction

from lib import ROOT, audit
from lib.audit import CAVEAT, OUTCOMES, check_paper, slips, summary_text, worst_finding
from lib.papers import load, slugs

CHECKS = {
    *("accuracy", "sample size", "report", "matrix"),
    *("sizes", "architecture", "agreement", "baselines"),
}
# Check, and words of topic and arithmetic, of everything that is impossible.
IMPOSSIBLE = {
    "hulu_breast_mammography": [
        ("agreement", "AlexNet's accuracy on its training images", "“97,57 %” and 98.1 %"),
        ("accuracy", "160 images", "99/160 = 0.61875 and 100/160 = 0.62500"),
        ("matrix", "Misclassified images", "malignant: 3 in words, 4 in the matrix"),
        ("matrix", "Fig. 12 and DISCUSSIONS", "95, 94 and 180; printed supports 95, 93 and 183"),
        ("matrix", "Misclassified images", "normal: 24 in words, 34 in the matrix"),
        ("agreement", "AlexNet's confusion matrix", "369 and 371"),
        ("agreement", "Accuracy implied by Fig. 12", "362 of 371 images right, 0.9757"),
    ],
    "kumar_breakhis": [],
    "kuncoro_white_blood_cells": [
        (
            "sample size",
            "train accuracies of Table 1",
            "up to 3,500 images, all are shares of 2,480",
        ),
        ("sample size", "validation accuracies of Table 1", "620, 1,240, 1,860"),
        ("sizes", "Share of test images", "620/3,500 = 0.1771; 620 are 20 % of 3,100"),
        ("architecture", "Parameters of the layers", "dense_1: 128 × 5 + 5 = 645"),
        ("architecture", "Sums of the parameters", "total: 2,257,984 + 163,968 + 645 = 2,422,597"),
        ("architecture", "Memory of the parameters: trainable", "643.02 KB"),
        (
            "architecture",
            "Parts and total",
            "other parts: 2,422,617; rows: 2,422,595; total: 2,422",
        ),
    ],
    "sulistiana_cat_breeds": [],
    "violina_blood_cancer": [
        ("architecture", "The network called VGG16", "13 convolutions with 64"),
        ("architecture", "Worked convolution: Fig. 4", "printed -12"),
        ("architecture", "200 x 200 x 3", "198 without padding, 200 with; printed 64"),
    ],
}
# How many slips these findings show.
SLIPS = {
    "hulu_breast_mammography": 3,  # AlexNet's matrix, 0.6201, 24 normal images
    "kumar_breakhis": 0,
    "kuncoro_white_blood_cells": 2,  # 3,500 images, the digits of Fig. 5
    "sulistiana_cat_breeds": 2,  # the split, the accuracy of one photograph
    # VGG16, the learning rate, two worked examples, 1000 images, quoted scores
    "violina_blood_cancer": 5,
}
# The same of some that are undetermined or consistent.
OTHERS = {
    "hulu_breast_mammography": [
        ("undetermined", "accuracy", "epoch 40", "345 of 352, whole batches of 32"),
        ("undetermined", "accuracy", "epoch 150", "12 batches of 32"),
        ("undetermined", "matrix", "2 reports for one network", "371"),
        ("undetermined", "agreement", "Training images in the headline", "0.1989"),
        ("undetermined", "agreement", "implied by Fig. 13", "99 of 160"),
        ("undetermined", "agreement", "The two networks", ""),
        ("consistent", "accuracy", "Training accuracy as", "“97,57 %” is 362 of 371"),
        ("consistent", "accuracy", "epoch 40", "0.7812 is 125 of 160"),
        ("consistent", "report", "Fig. 13", "1 set of margins"),
        ("consistent", "baselines", "Fig. 13", "always normal: 0.488; accuracy 0.619"),
    ],
    "kumar_breakhis": [
        ("undetermined", "sample size", "Table 2", "of 642, 1,284"),
        ("undetermined", "baselines", "vgg16 against resnet50v2", "[-0.020, 0.054]"),
        ("consistent", "baselines", "vgg16 against mobilenetv3", "[0.024, 0.104]"),
        ("undetermined", "agreement", "Head of the third network", ""),
        ("undetermined", "agreement", "Losses of vgg16 and resnet50v2", "differ by 2.8e-05"),
        ("undetermined", "agreement", "The best network", ""),
        ("consistent", "baselines", "largest class", "5,429 of all 7,909 images = 0.686"),
    ],
    "kuncoro_white_blood_cells": [
        (
            "undetermined",
            "sizes",
            "Classes among the test images",
            "124 of 620 expected, 71 printed",
        ),
        ("undetermined", "agreement", "Test images that are the validation images", "0.9484"),
        (
            "consistent",
            "report",
            "Fig. 8",
            "1 set of margins gives every number by rounding; 588 of 620",
        ),
        ("consistent", "accuracy", "620 images", "94.839 % is 588 of 620"),
        ("undetermined", "agreement", "The five classes", ""),
        ("undetermined", "agreement", "Course of the loss", ""),
    ],
    "sulistiana_cat_breeds": [
        (
            "consistent",
            "report",
            "Fig. 5",
            "1 set of margins gives every number by rounding; 91 of 100",
        ),
        ("undetermined", "agreement", "Accuracy of the best epoch", "20 accuracies"),
        ("consistent", "architecture", "Memory", "3,538,984 parameters of MobileNetV2"),
    ],
    "violina_blood_cancer": [
        ("undetermined", "agreement", "Accuracy", "“99,85 %”, 99 % and 100 %"),
        ("consistent", "report", "Fig. 6", "25 sets"),
        ("consistent", "accuracy", "2,000 images", "1,997 of 2,000"),
        (
            "consistent",
            "sizes",
            "Classes among the test images",
            "1000 of 2,000 expected, 975 printed",
        ),
    ],
}


@pytest.fixture(scope="module", params=slugs())
def audited(request) -> tuple:
    paper = load(request.param)
    return paper, check_paper(paper)


def _has(finding, check: str, topic: str, arithmetic: str) -> bool:
    return finding.check == check and topic in finding.topic and arithmetic in finding.arithmetic


def test_what_the_five_papers_have_that_is_impossible(audited):
    paper, findings = audited
    # A declared relation repeats what is told of the numbers themselves.
    topics = {contradiction.topic for contradiction in paper.contradictions}
    impossible = [
        finding
        for finding in findings
        if finding.outcome == "impossible" and not (finding.topic in topics and finding.arm == "")
    ]
    expected = IMPOSSIBLE[paper.slug]
    for words in expected:
        assert any(_has(finding, *words) for finding in impossible), words
    for finding in impossible:
        assert any(_has(finding, *words) for words in expected), finding.topic
    assert len(impossible) == len(expected)


def test_a_slip_that_several_checks_notice_is_counted_once(audited):
    paper, findings = audited
    first = slips(findings)
    assert len(first) == SLIPS[paper.slug]
    titles = [finding.title for finding in findings]
    for place, finding in enumerate(findings):
        assert finding.again in ("", *(slip.title for slip in first))
        assert not finding.again or titles.index(finding.again) < place


def test_findings_of_one_slip_name_the_first_of_them():
    claims = [claim("accuracy", "0.98"), claim("accuracy", "0.95", where="Abstract")]
    declared = contradiction("0.98", "0.95")
    apart = made_up(claims=claims, contradictions=(declared,))
    share, told = check_paper(apart)[:2]
    assert (share.outcome, told.outcome) == ("impossible", "impossible")
    assert len(slips([share, told])) == 2
    joined = made_up(claims=claims, contradictions=(replace(declared, shown_in=(share.title,)),))
    findings = check_paper(joined)
    assert [finding.again for finding in findings[:2]] == ["", share.title]
    assert slips(findings) == [share]
    assert summary_text(findings).startswith(
        "2 impossible, 0 undetermined, 2 consistent. The impossible ones show 1 slip. "
    )
    wrong = made_up(claims=claims, contradictions=(replace(declared, shown_in=("Size",)),))
    with pytest.raises(ValueError, match="`shown_in` of 'How good' should name impossible find"):
        check_paper(wrong)


def test_what_else_is_found_in_the_five_papers(audited):
    paper, findings = audited
    for outcome, *words in OTHERS[paper.slug]:
        assert any(finding.outcome == outcome and _has(finding, *words) for finding in findings), (
            words
        )


def test_no_declared_contradiction_is_lost(audited):
    paper, findings = audited
    assert {contradiction.topic for contradiction in paper.contradictions} <= {
        finding.topic for finding in findings
    }


def test_every_finding_is_told_in_full(audited):
    paper, findings = audited
    arms = {"", *(arm.name for arm in paper.arms)}
    for finding in findings:
        assert finding.check in CHECKS
        assert finding.outcome in OUTCOMES
        assert finding.weight in (1, 2, 3)
        assert finding.arm in arms
        assert finding.topic
        assert finding.printed
        assert finding.sentence.endswith(".")
        assert "  " not in finding.sentence + finding.arithmetic
        assert finding.misprint == "" or finding.outcome == "impossible"
        assert dumps(asdict(finding))
    assert len(
        {(finding.topic, finding.arm, finding.check, finding.printed) for finding in findings}
    ) == len(findings)


def test_findings_are_ranked(audited):
    _, findings = audited
    keys = [(OUTCOMES.index(finding.outcome), -finding.weight) for finding in findings]
    assert keys == sorted(keys)


def test_all_papers_together_have_more_than_twenty_findings_that_are_not_consistent():
    findings = [
        finding
        for slug in slugs()
        for finding in check_paper(load(slug))
        if finding.outcome != "consistent"
    ]
    assert len(findings) > 20
    assert {finding.check for finding in findings} >= {
        "accuracy",
        "matrix",
        "sizes",
        "architecture",
        "agreement",
    }


def test_a_summary_counts_and_warns():
    made = made_up(claims=[claim("accuracy", "0.98"), claim("accuracy", "0.95")])
    text = summary_text(check_paper(made))
    assert text.startswith("2 impossible, 0 undetermined, 2 consistent. ")
    assert text.endswith(CAVEAT)
    assert "A pass proves nothing" in CAVEAT


@pytest.mark.parametrize("slug", slugs())
def test_the_worst_finding_that_is_declared_is_one_of_the_gravest_that_there_are(slug):
    paper = load(slug)
    found = {finding.topic: finding for finding in check_paper(paper)}
    assert found[paper.worst.topic].outcome != "consistent"
    assert found[paper.worst.topic].weight >= 2
    assert worst_finding(paper) == f"{paper.worst.sentence} ({paper.worst.where})."


def test_the_worst_finding_of_a_paper_that_declares_none_is_the_first():
    paper = made_up(claims=[claim("accuracy", "0.98"), claim("accuracy", "0.95")])
    first, *_ = check_paper(paper)
    assert worst_finding(paper) == first.sentence != ""
    assert worst_finding(made_up()) == ""


def test_a_paper_without_claims_is_audited_too():
    assert [finding.outcome for finding in check_paper(made_up())] == ["consistent"]


def test_an_audit_of_all_papers_takes_less_than_a_second_and_loads_neither_keras_nor_pandas():
    code = (
        "import sys, time; start = time.process_time()\n"
        "from lib.audit import check_paper\nfrom lib.papers import load, slugs\n"
        "for slug in slugs(): check_paper(load(slug))\n"
        "print(time.process_time() - start)\n"
        "print(*(name for name in ('keras', 'tensorflow', 'jax', 'pandas', 'scipy') if name in sys.modules))"
    )
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    seconds, loaded = process.stdout.split("\n")[:2]
    assert float(seconds) < 1
    assert loaded == ""


def test_one_paper_is_audited_in_a_fraction_of_a_second(audited):
    paper, _ = audited
    start = time.process_time()
    check_paper(replace(paper))
    assert time.process_time() - start < 0.5


def test_a_declaration_is_audited_once_and_another_of_the_same_paper_anew(monkeypatch):
    audits, solve = [], audit.solve_reports
    monkeypatch.setattr(audit, "solve_reports", lambda of: audits.append(of) or solve(of))
    paper = made_up(claims=[claim("accuracy", "0.98")])
    assert check_paper(paper) == check_paper(paper)
    assert len(audits) == 1
    assert check_paper(replace(paper, claims=[])) != check_paper(paper)
