"""The audit in the terminal: one row a finding, none of its text lost or taken for markup."""

import argparse
import io
import json

import pytest
from made_up_paper import finding
from rich.console import Console

from lib import papers
from lib.__main__ import main
from lib.audit import check_paper, summary_text
from lib.audit.listing import add_arguments, findings_table


def printed(paper, findings, width=200):
    stream = io.StringIO()
    Console(file=stream, width=width).print(findings_table(f"{paper.slug}: a title", findings))
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


# Files


REPORT = """
              precision    recall  f1-score   support
         cat       0.67      0.75      0.71         8
         dog       0.82      0.75      0.78        12
"""


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text(REPORT, encoding="utf-8")
    return path


def test_the_exit_status_tells_consistent_impossible_and_unreadable(saved, capsys):
    assert main(["audit", str(saved)]) == 0
    assert "hits and calls" in " ".join(capsys.readouterr().out.split())
    saved.write_text(REPORT.replace("0.71", "0.91"), encoding="utf-8")
    assert main(["audit", str(saved)]) == 1
    assert "0.91 → 0.71" in capsys.readouterr().out
    saved.write_text(REPORT.replace("  8", "8.5"), encoding="utf-8")
    assert main(["audit", str(saved)]) == 2
    assert capsys.readouterr().err.startswith(f"{saved}: line 3: a number of images should be")


def test_one_file_that_cannot_be_read_does_not_keep_the_others_from_being_audited(saved, capsys):
    other = saved.with_name("other.txt")
    other.write_text("hello\n", encoding="utf-8")
    assert main(["audit", str(other), str(saved), "--json"]) == 2
    shown = capsys.readouterr()
    assert [*json.loads(shown.out)] == [str(saved)]
    assert "other.txt: line 1" in shown.err


def test_what_is_pasted_comes_from_the_standard_input(monkeypatch, capsys):
    monkeypatch.setattr(
        "sys.stdin", io.StringIO("Model,Accuracy,Sensitivity,Specificity\nA,0.9567,0.8545,0.9734\n")
    )
    assert main(["audit", "-", "--classes", "ill=100,well=200", "--letter"]) == 1
    assert capsys.readouterr().out.startswith("Arithmetic alone shows 1 contradiction")


def test_a_slug_that_is_also_a_file_is_the_paper_and_that_is_said(tmp_path, monkeypatch, capsys):
    slug = papers.slugs()[0]
    monkeypatch.chdir(tmp_path)
    (tmp_path / slug).write_text(REPORT, encoding="utf-8")
    assert main(["audit", slug, "--json"]) == 0
    shown = capsys.readouterr()
    assert "taken for the paper" in shown.err
    assert isinstance(json.loads(shown.out)[slug], list)
    assert main(["audit", f"./{slug}", "--json"]) == 0
    assert "source" in json.loads(capsys.readouterr().out)[f"./{slug}"]


@pytest.mark.parametrize(
    ("text", "classes"), [("2", 2), ("a,b b", ("a", "b b")), ("a=10, b=20", {"a": 10, "b": 20})]
)
def test_classes_are_a_number_names_or_images(text, classes):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert parser.parse_args(["--classes", text]).classes == classes


def test_nothing_of_a_strangers_table_reaches_the_terminal_raw(saved, capsys):
    saved.write_text(REPORT.replace("cat", "[red]c\x07t"), encoding="utf-8")
    main(["audit", str(saved)])
    main(["audit", str(saved), "--letter"])
    text = capsys.readouterr().out
    assert "\x07" not in text
    assert "[red]c" in text
