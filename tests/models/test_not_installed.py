"""A package that is installed and, in a block, is not."""

import importlib
import sys

import pytest

from lib.models.not_installed import not_installed

NAME = "made_up_package"


def test_it_is_found_again_after_the_block(tmp_path, monkeypatch):
    (tmp_path / f"{NAME}.py").write_text("answer = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    with not_installed(NAME):
        with pytest.raises(ModuleNotFoundError, match=NAME):
            importlib.import_module(NAME)
        importlib.import_module("json")
    assert importlib.import_module(NAME).answer == 42
    with not_installed(NAME):  # loaded already
        assert importlib.import_module(NAME) is sys.modules[NAME]
    monkeypatch.delitem(sys.modules, NAME)
