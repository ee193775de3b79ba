"""What the tests of sections share."""

import made_up_paper as made_up
import pytest


@pytest.fixture
def figures(monkeypatch):
    """The figures that are saved from now on, in order."""
    return made_up.drawn(monkeypatch)
