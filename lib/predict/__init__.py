"""A kept model asked: what do these images show? One path for a photograph, thousands of them and an external test."""

from typing import TYPE_CHECKING

from lib import names_when_asked

if TYPE_CHECKING:
    from lib.predict.asking import Asked, ask

__getattr__, __dir__ = names_when_asked(__name__)
