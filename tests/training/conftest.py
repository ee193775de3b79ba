"""Fixtures that more than one test of training uses."""

from collections.abc import Iterator

import made_up_training as made_up
import pytest

from lib.datasets import ImageSet


@pytest.fixture
def images() -> ImageSet:
    return made_up.image_set()


@pytest.fixture
def taken(monkeypatch) -> list[int]:
    """The rows that are taken from any image set from now on, in order."""
    return made_up.taken(monkeypatch)


@pytest.fixture
def untraced() -> Iterator[None]:
    with made_up.untraced():
        yield
