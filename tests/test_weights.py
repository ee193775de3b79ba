"""Where weight files are looked for, in which order, and what identifies them."""

import hashlib
import os
from pathlib import Path

import pytest

from lib import weights

BACKBONE = "MobileNetV2"
IN_CACHE, IN_FOLDER = weights.FILES[BACKBONE]


def _put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _put_in_cache(content: bytes = b"cached") -> Path:
    return _put(Path(os.environ["KERAS_HOME"]) / "models" / IN_CACHE, content)


@pytest.fixture
def offline(tmp_path, monkeypatch) -> Path:
    """The file in the folder that LIB_WEIGHTS names."""
    monkeypatch.setenv("LIB_WEIGHTS", str(tmp_path / "offline"))
    return _put(tmp_path / "offline" / IN_FOLDER, b"offline")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_without_any_file_there_is_none_and_no_fingerprint():
    assert weights.cached(BACKBONE) is None
    assert weights.offline(BACKBONE) is None
    assert weights.fingerprint(BACKBONE) == ""


def test_the_cache_is_found_and_named():
    path = _put_in_cache()
    assert weights.cached(BACKBONE) == weights.WeightFile(path, "Keras' cache")


def test_the_cache_is_in_the_home_folder_without_keras_home(tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    path = _put(tmp_path / ".keras" / "models" / IN_CACHE, b"at home")
    assert weights.cached(BACKBONE).path == path


def test_the_offline_folder_is_found_and_named(offline):
    assert weights.offline(BACKBONE) == weights.WeightFile(offline, "the folder in LIB_WEIGHTS")


def test_the_offline_folder_may_start_at_home(offline, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LIB_WEIGHTS", "~/offline")
    assert weights.offline(BACKBONE).path == offline


def test_each_place_has_its_own_file_name(tmp_path, monkeypatch):
    monkeypatch.setenv("LIB_WEIGHTS", str(tmp_path))
    _put(tmp_path / IN_CACHE, b"misplaced")
    _put(Path(os.environ["KERAS_HOME"]) / "models" / IN_FOLDER, b"misplaced")
    assert weights.cached(BACKBONE) is None
    assert weights.offline(BACKBONE) is None


def test_a_folder_of_the_files_name_is_no_weight_file():
    (Path(os.environ["KERAS_HOME"]) / "models" / IN_CACHE).mkdir(parents=True)
    assert weights.cached(BACKBONE) is None


@pytest.mark.usefixtures("offline")
def test_the_fingerprint_is_of_the_cache_before_the_offline_folder():
    assert weights.fingerprint(BACKBONE) == _digest(b"offline")
    _put_in_cache()
    assert weights.fingerprint(BACKBONE) == _digest(b"cached")


def test_the_fingerprint_follows_the_content():
    _put_in_cache(b"one")
    first = weights.fingerprint(BACKBONE)
    _put_in_cache(b"two")
    assert (first, weights.fingerprint(BACKBONE)) == (_digest(b"one"), _digest(b"two"))


def test_an_unknown_backbone_is_an_error():
    with pytest.raises(KeyError, match="VGG99"):
        weights.fingerprint("VGG99")
