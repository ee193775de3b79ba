"""A package that is installed and, in a block, is not."""

import importlib
import sys

import pytest

from lib.models.not_installed import not_installed


def test_it_is_found_again_after_the_block(tmp_path, monkeypatch):
    (tmp_path / "made_up_package.py").write_text("answer = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    with not_installed("made_up_package"):
        with pytest.raises(ModuleNotFoundError, match="made_up_package"):
            importlib.import_module("made_up_package")
        importlib.import_module("json")
    assert importlib.import_module("made_up_package").answer == 42
    with not_installed("made_up_package"):  # loaded already
        assert importlib.import_module("made_up_package") is sys.modules["made_up_package"]
    monkeypatch.delitem(sys.modules, "made_up_package")
