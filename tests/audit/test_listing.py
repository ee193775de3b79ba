"""The audit in the terminal: one row a finding, none of its text lost or taken for markup."""

import io

from made_up_paper import finding
from rich.console import Console

from lib import papers
from lib.audit import check_paper, summary_text
from lib.audit.listing import findings_table


def printed(paper, findings, width=200):
    stream = io.StringIO()
    Console(file=stream, width=width).print(findings_table(paper, findings))
    return stream.getvalue()


def test_a_row_tells_outcome_topic_words_numbers_and_arithmetic(paper):
    text = printed(paper, [finding(arm="net", misprint="0.5 → 0.4", again="Size")])
    for part in (
        *("impossible", "Accuracy of 7 images (net)", "No half of seven."),
        *("Printed: [0, 0.5] (Table 1); 7 (Fig. 2)", "Computed: 3/7 = 0.43"),
        *("Likely misprint: 0.5 → 0.4", "The same slip as: Size", paper.slug),
    ):
        assert part in text, part


def test_what_is_not_known_has_no_line(paper):
    text = printed(paper, [finding(arithmetic="")])
    assert "Computed" not in text
    assert "misprint" not in text
    assert "same slip" not in text


def test_the_totals_stand_below(paper):
    findings = check_paper(papers.load("sulistiana_cat_breeds"))
    text = " ".join(printed(paper, findings).split())
    assert summary_text(findings).split(". ")[0] in text


def test_a_narrow_terminal_loses_no_word(paper):
    text = printed(paper, [finding(sentence="abcdefghij " * 20)], width=60)
    assert text.count("abcdefghij") == 20
