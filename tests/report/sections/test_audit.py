"""Findings, the grave ones open and the passed ones folded away; worked examples beside the computed numbers."""

import made_up_paper as made_up
import pytest
from report_html import caption, captions, cells, columns, figures_of, page

from lib import papers
from lib.audit import CAVEAT, check_paper
from lib.papers.declare import Convolution, Sizes
from lib.report import example_tables, finding_table


def test_a_finding_is_told_with_words_numbers_places_and_arithmetic():
    (row,) = cells(finding_table([made_up.finding(arm="net", weight=3)]))
    assert row == [
        "impossible",
        "Accuracy of 7 images (net)",
        "No half of seven.",
        "Table 1; Fig. 2",
        "3/7 = 0.43",
    ]


def test_a_misprint_is_named_as_likely():
    (row,) = cells(finding_table([made_up.finding(misprint="0.5 → 0.4", weight=1)]))
    assert row[2] == "No half of seven. Likely misprint: 0.5 → 0.4."


def test_a_slip_that_is_shown_again_names_its_first_finding():
    (row,) = cells(finding_table([made_up.finding(again="Size (net)")]))
    assert row[2] == "No half of seven. The same slip as: Size (net)."


def test_what_passed_is_counted_by_what_was_looked_at():
    undetermined = made_up.finding(outcome="undetermined", topic="open")
    checks = ("accuracy", "report", "accuracy")
    passed = [made_up.finding(outcome="consistent", check=check) for check in checks]
    shown = finding_table([made_up.finding(), undetermined, *passed])
    assert (
        page(shown)
        .p.get_text()
        .startswith(
            "3 checks found nothing: 2 of accuracies as shares of images and 1 of classification reports."
        )
    )
    text = captions(shown)[0]
    assert "5 checks" in text
    assert "1 impossible, 1 undetermined, 3 consistent" in text
    assert CAVEAT in text


def test_without_a_pass_nothing_is_counted():
    assert page(finding_table([made_up.finding()])).p is None


def test_text_of_a_finding_cannot_inject_markup():
    shown = finding_table([made_up.finding(topic="<b>x</b>", sentence="a < b")])
    assert cells(shown)[0][1] == "<b>x</b>"
    assert page(shown).select("td b") == []


def test_a_declared_contradiction_is_counted_but_not_told_again():
    shown = finding_table([made_up.finding(), made_up.finding(topic="told", declared=True)])
    assert [row[1] for row in cells(shown)] == ["Accuracy of 7 images"]
    assert "2 checks" in captions(shown)[0]
    assert "1 contradiction above is among them." in captions(shown)[0]
    alone = finding_table([made_up.finding(declared=True)])
    assert cells(alone) == []
    assert "1 impossible" in page(alone).get_text()


def test_every_place_is_named_once():
    printed = ("0.1 (Table 1 (twice))", "0.2 (Table 1 (twice))", "7 (§3)", "VGG16, as it is called")
    (row,) = cells(finding_table([made_up.finding(printed=printed)]))
    assert row[3] == "Table 1 (twice); §3"


@pytest.mark.parametrize("slug", papers.slugs())
def test_every_finding_of_every_paper_is_shown_once_or_is_a_contradiction(slug):
    paper = papers.load(slug)
    findings = check_paper(paper)
    told = {contradiction.topic for contradiction in paper.contradictions}
    declared = [finding.topic for finding in findings if finding.declared]
    assert set(declared) <= told
    shown = finding_table(findings)
    passed = [finding for finding in findings if finding.outcome == "consistent"]
    assert len(cells(shown)) == len(findings) - len(declared) - len(passed)
    assert f"{len(passed)} checks found nothing" in page(shown).find_all("p")[-1].get_text()


# Worked examples

# 2 · 1 + 3 · 1 in the first window without padding; the kernel's other numbers are 0.
CONVOLUTION = Convolution(
    where="Fig. <4>",
    image=((2, 0, 1), (0, 3, 0), (4, 0, 5)),
    kernel=((1, 0), (0, 1)),
    output=((5, 0), (0, 9)),
)
SIZES = Sizes(where="§3", side=8, steps=(("convolution", 8, "§3.1"), ("pooling", 3, "§3.2")))


def test_a_paper_without_examples_shows_nothing():
    assert example_tables(made_up.paper()).html == ""


def test_image_and_kernel_stand_as_printed_with_rows_and_columns_named():
    image, kernel, _ = figures_of(example_tables(made_up.paper(examples=(CONVOLUTION,))))
    assert columns(image) == ["", "column 1", "column 2", "column 3"]
    assert cells(image) == [
        ["row 1", "2", "0", "1"],
        ["row 2", "0", "3", "0"],
        ["row 3", "4", "0", "5"],
    ]
    assert cells(kernel) == [["row 1", "1", "0"], ["row 2", "0", "1"]]
    assert [caption(matrix) for matrix in (image, kernel)] == [
        "Input (Fig. <4>).",
        "Kernel (Fig. <4>).",
    ]
    assert len(image.select("td.number")) == 9


def test_every_output_of_a_convolution_stands_beside_both_ways_to_compute_it():
    output = figures_of(example_tables(made_up.paper(examples=(CONVOLUTION,))))[2]
    assert columns(output) == [
        *("Number", "Printed", "Without padding", "With padding", "Agrees"),
    ]
    rows = cells(output)
    # Without padding: 2 + 3, 0 + 0, 0 + 0, 3 + 5; the paper prints 9 for the last.
    assert [row[:3] for row in rows] == [
        ["row 1, column 1", "5", "5"],
        ["row 1, column 2", "0", "0"],
        ["row 2, column 1", "0", "0"],
        ["row 2, column 2", "9", "8"],
    ]
    assert [row[4] for row in rows] == ["yes", "yes", "yes", "no"]
    assert len(output.select("td.number")) == 12


def test_a_number_that_cannot_be_computed_is_a_dash():
    larger = Convolution(
        where="x", image=((1, 2), (3, 4)), kernel=((1, 1), (1, 1)), output=((1, 2, 3),) * 3
    )
    output = figures_of(example_tables(made_up.paper(examples=(larger,))))[2]
    # Without padding there is one number, 10; it lies on the middle of the printed nine.
    assert [row[2] for row in cells(output)] == ["–"] * 4 + ["10"] + ["–"] * 4


def test_sizes_start_each_step_from_the_printed_size_before_it():
    shown = example_tables(made_up.paper(examples=(SIZES,)))
    assert cells(shown) == [
        ["convolution of 8", "8", "6", "8", "yes", "§3.1"],
        ["pooling of 8", "3", "4", "4", "no", "§3.2"],
    ]
    assert "from 8 pixels (§3)" in caption(shown)


def test_examples_follow_one_another_as_in_the_paper():
    shown = example_tables(made_up.paper(examples=(SIZES, CONVOLUTION)))
    starts = [text.split()[0] for text in captions(shown)]
    assert starts == ["Sides", "Input", "Kernel", "The"]
