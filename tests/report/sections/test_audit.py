"""The audit as tables: grave findings open, passed ones folded away."""

import pytest
from bs4 import BeautifulSoup
from made_up_paper import finding

from lib import papers
from lib.audit import CAVEAT, audit
from lib.report import audit as shown


def rows(*findings):
    soup = BeautifulSoup(shown(findings).html, "html.parser")
    return soup, [[cell.get_text() for cell in row.select("td")] for row in soup.select("tbody tr")]


def test_a_finding_is_told_with_words_numbers_places_and_arithmetic():
    _, (row,) = rows(finding(arm="net", weight=3))
    assert row == [
        "impossible",
        "Accuracy of 7 images (net)",
        "No half of seven.",
        "[0, 0.5] (Table 1); 7 (Fig. 2)",
        "3/7 = 0.43",
        "headline",
    ]


def test_a_misprint_is_named_as_likely():
    _, (row,) = rows(finding(misprint="0.5 → 0.4", weight=1))
    assert row[2] == "No half of seven. Likely misprint: 0.5 → 0.4."
    assert row[5] == "slip"


def test_what_passed_is_folded_away_and_counted():
    open_one = finding(outcome="undetermined", topic="open")
    passed = [finding(outcome="consistent", topic=f"passed {number}") for number in range(3)]
    soup, told = rows(finding(), open_one, *passed)
    folded = soup.select_one("details")
    assert folded.summary.get_text() == "The 3 checks that found nothing"
    assert [row[1] for row in told[2:]] == ["passed 0", "passed 1", "passed 2"]
    assert "open" not in folded.get_text()
    caption = soup.select_one("figcaption").get_text()
    assert "5 checks" in caption
    assert "1 impossible, 1 undetermined, 3 consistent" in caption
    assert CAVEAT in caption


def test_without_a_pass_nothing_is_folded():
    assert BeautifulSoup(shown([finding()]).html, "html.parser").details is None


def test_text_of_a_finding_cannot_inject_markup():
    soup, (row,) = rows(finding(topic="<b>x</b>", sentence="a < b"))
    assert row[1] == "<b>x</b>"
    assert soup.select("td b") == []


@pytest.mark.parametrize("slug", papers.slugs())
def test_every_finding_of_every_paper_is_shown_once(slug):
    findings = audit(papers.load(slug))
    _, told = rows(*findings)
    assert len(told) == len(findings) > 0
