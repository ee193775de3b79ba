"""Packages that are not there for a while: what is loaded meanwhile goes on without them, and loads sooner."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder


class _Finder(MetaPathFinder):
    # None in `sys.modules` would not do: Keras takes whatever has a name there for loaded, and asks it.
    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def find_spec(self, fullname: str, *_: object) -> None:
        """Nothing, so that the next finder looks for it; an error for what is not installed."""
        if fullname in self._names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


@contextmanager
def not_installed(*names: str) -> Iterator[None]:
    """In this block these packages are not installed, unless they are loaded already."""
    finder = _Finder(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
