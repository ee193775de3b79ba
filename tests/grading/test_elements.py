"""Two pieces of HTML, compared element by element: what a reader could notice is found, white space is not."""

import base64

import pytest

from lib.grading.elements import FEW, SVG, differences, same_drawing

PAGE = (
    '<h2>Results</h2><p class="mark">drawn images</p><table><caption>Scores</caption>'
    '<tr><td>0.81</td><td><span class="verdict no">not reproduced</span></td></tr></table>'
)


def drawing(number: str, text: str) -> str:
    svg = f'<svg><path d="M {number} 7"/><text x="1">{text}</text></svg>'
    return SVG + base64.b64encode(svg.encode()).decode()


def found(stored: str, expected: str = PAGE) -> list:
    return list(differences(stored, expected, "report.html"))


def test_what_is_equal_but_for_white_space_has_no_differences():
    assert found(PAGE) == found(PAGE.replace("><", ">\n <")) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("0.81", "0.91"),
        ("not reproduced", "reproduced"),
        ('"verdict no"', '"verdict yes"'),
        ("drawn images", ""),
        ('<p class="mark">', '<p class="mark" style="display:none">'),
        ("<table>", "<table hidden>"),
        ("</table>", "</table><!-- -->"),
        ("</table>", "</table><style>.mark{display:none}</style>"),
        ("<caption>Scores", "<caption>Better scores"),
    ],
)
def test_what_a_reader_could_notice_is_found(before, after):
    (fault,) = found(PAGE.replace(before, after))
    assert fault.where.startswith("report.html")


def test_a_difference_tells_both_values_and_the_caption_above_it():
    (fault,) = found(PAGE.replace("0.81", "0.91"))
    assert (fault.stored, fault.recomputed, fault.where) == ("0.91", "0.81", "report.html: Scores")


def test_drawings_are_the_same_up_to_the_last_decimal_of_a_line():
    assert same_drawing(drawing("1.01", "a"), drawing("1.02", "a"))
    assert not same_drawing(drawing("1.01", "a"), drawing("1.21", "a"))
    assert not same_drawing(drawing("1.01", "0.81"), drawing("1.01", "0.91"))
    assert not same_drawing("data:image/webp;base64,AA", "data:image/webp;base64,AB")
    assert not same_drawing(SVG + "?", drawing("1", "a"))


def test_a_swapped_figure_is_found_by_its_texts():
    pages = [f'<figure><img src="{drawing("1", text)}"></figure>' for text in ("0.91", "0.81")]
    (fault,) = found(*pages)
    assert "0.91" in fault.stored
    assert "0.81" in fault.recomputed


def test_of_very_many_differences_the_first_is_told_soon():
    many = [f"<p>{number}</p>" for number in range(FEW)]
    (fault,) = found("".join(reversed(many)), "".join(many))
    assert (fault.stored, fault.recomputed) == (str(FEW - 1), "0")
