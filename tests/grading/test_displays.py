"""Every display of every notebook is built again, or is known to need more than record and tables."""

import pytest

from lib import papers
from lib.grading.displays import FROM_PAPER, FROM_RECORD, FROM_TABLES, WITHOUT_PIXELS
from lib.grading.pages import expected_displays

BUILT = {**FROM_PAPER, **FROM_RECORD, **FROM_TABLES, **WITHOUT_PIXELS}
NEED_MORE = {"keras_code", "photo_figure", "colour_table"}  # Keras, trained models, pixels


@pytest.mark.parametrize("slug", papers.runnable())
def test_every_display_of_a_notebook_is_known(slug):
    displays = set(expected_displays(slug).values())
    assert len(displays) > 35
    assert displays - set(BUILT) <= NEED_MORE


def test_no_display_is_listed_twice():
    lists = (FROM_PAPER, FROM_RECORD, FROM_TABLES, WITHOUT_PIXELS)
    assert len(BUILT) == sum(map(len, lists))
