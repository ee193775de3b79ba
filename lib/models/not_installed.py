"""Packages that are not there for a while: what is loaded meanwhile goes on without them, and loads sooner."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def not_installed(*names: str) -> Iterator[None]:
    """In this block these packages are not installed, unless they are loaded already."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: no import
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
