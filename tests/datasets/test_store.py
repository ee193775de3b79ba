"""The decoded store: each image once, under the hash of what was decoded, whole and checked."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import ROOT, storage
from lib.datasets import DataError
from lib.datasets.decoding import decode
from lib.datasets.store import Store, open_store

store = import_module("lib.datasets.store")

WHITE = (255, 255, 255)


def _open(root: Path, size: int = 8) -> Store:
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return open_store(
        paths, [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths], size
    )


def _colours(pixels: np.ndarray) -> list[tuple[int, ...]]:
    """The upper left pixel of every image."""
    return [tuple(int(value) for value in one) for one in pixels[:, 0, 0]]


def _expected(root: Path) -> list[tuple[int, ...]]:
    return [Image.open(path).getpixel((0, 0)) for path in sorted(root.rglob("*.png"))]


def _save_white(path: Path) -> None:
    image = Image.new("RGB", (8, 8), WHITE)
    image.putpixel((7, 7), (0, 0, 0))  # there must be something to see
    image.save(path)


def _stores() -> list[Path]:
    return list(storage.store().iterdir()) if storage.store().exists() else []


def test_rows_line_up_with_the_files_across_chunks(make_folder, monkeypatch):
    monkeypatch.setattr(store, "CHUNK", 4)
    root = make_folder()
    opened = _open(root)
    assert opened.pixels.shape == (15, 8, 8, 3)
    assert opened.pixels.dtype == np.uint8
    assert _colours(opened.pixels) == _expected(root)
    assert opened.reasons == {}


def test_bad_files_have_reasons_and_the_others_their_pixels(make_folder, monkeypatch):
    monkeypatch.setattr(store, "CHUNK", 4)
    root = make_folder()
    expected = _expected(root)
    paths = sorted(root.rglob("*.png"))
    paths[6].write_bytes(b"")
    paths[14].write_text("no image")
    opened = _open(root)
    assert list(opened.reasons) == [6, 14]
    assert "empty file" in opened.reasons[6]
    assert "not an image" in opened.reasons[14]
    good = [row for row in range(15) if row not in opened.reasons]
    assert _colours(opened.pixels[good]) == [expected[row] for row in good]
    assert _open(root).reasons == opened.reasons


def test_a_second_open_decodes_nothing(make_folder, monkeypatch):
    root = make_folder()
    first = _open(root)
    monkeypatch.setattr(store, "decode", pytest.fail)
    np.testing.assert_array_equal(_open(root).pixels, first.pixels)


def test_a_copy_under_another_name_uses_the_same_store(make_folder, tmp_path, monkeypatch):
    root = make_folder()
    first = _open(root)
    shutil.copytree(root, tmp_path / "copy", copy_function=shutil.copyfile)
    monkeypatch.setattr(store, "decode", pytest.fail)
    np.testing.assert_array_equal(_open(tmp_path / "copy").pixels, first.pixels)
    assert len(_stores()) == 1


def test_each_size_has_its_own_store(make_folder):
    root = make_folder()
    assert _open(root, 8).pixels.shape[1:3] == (8, 8)
    assert _open(root, 6).pixels.shape[1:3] == (6, 6)
    assert len(_stores()) == 2


def test_the_key_is_the_name_of_the_store_and_the_same_every_time(make_folder):
    root = make_folder()
    first = _open(root)
    assert [one.name for one in _stores()] == [first.key]
    assert _open(root).key == first.key


def test_the_key_is_of_the_content_not_of_the_names(make_folder, tmp_path):
    root = make_folder()
    shutil.copytree(root, tmp_path / "copy")
    for path in sorted((tmp_path / "copy").rglob("*.png")):
        path.rename(path.with_name(f"x{path.name}"))
    assert _open(tmp_path / "copy").key == _open(root).key


def test_another_size_content_number_or_order_of_images_has_another_key(make_folder, monkeypatch):
    root = make_folder()
    keys = [_open(root).key, _open(root, 6).key]
    (root / "basophil" / "image_000.png").rename(root / "neutrophil" / "z.png")
    keys.append(_open(root).key)
    _save_white(root / "neutrophil" / "z.png")
    keys.append(_open(root).key)
    (root / "neutrophil" / "z.png").unlink()
    keys.append(_open(root).key)
    monkeypatch.setattr("cv2.__version__", "0.0")
    keys.append(_open(root).key)
    monkeypatch.setattr(store, "version", lambda _: "0.0")  # of pydicom, installed or not
    keys.append(_open(root).key)
    assert len(set(keys)) == len(keys)


def test_changed_content_is_decoded_anew(make_folder):
    root = make_folder()
    _open(root)
    _save_white(root / "basophil" / "image_000.png")
    assert _colours(_open(root).pixels)[0] == WHITE


def test_another_pillow_decodes_anew(make_folder, monkeypatch):
    root = make_folder()
    _open(root)
    monkeypatch.setattr("PIL.__version__", "0.0")
    _open(root)
    assert len(_stores()) == 2


def test_the_pixels_are_read_only(make_folder):
    pixels = _open(make_folder()).pixels
    with pytest.raises(ValueError, match="read-only"):
        pixels[0] = 0


def test_an_interrupted_build_leaves_no_store_and_the_next_one_is_whole(make_folder, monkeypatch):
    root = make_folder()

    def interrupted(path: Path, *arguments) -> np.ndarray:
        if path == root / "lymphocyte" / "image_001.png":
            raise KeyboardInterrupt
        return decode(path, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(store, "decode", interrupted)
        with pytest.raises(KeyboardInterrupt):
            _open(root)
    assert _stores() == []
    assert _colours(_open(root).pixels) == _expected(root)
    assert len(_stores()) == 1


# A child process that opens a store; its `decode` runs {meanwhile} first.
CHILD = """
import hashlib, os, sys, time
from importlib import import_module
from pathlib import Path
from lib import storage
store = import_module("lib.datasets.store")
storage.DATA, root, me, other = (Path(path) for path in sys.argv[1:])
storage.TURN_S = 0  # neither waits for the other, as where a file system has no locks
whole = store.decode

def decode(path, *arguments):
    meanwhile(path)
    return whole(path, *arguments)

def meanwhile(path):
    {meanwhile}

store.decode = decode
paths = sorted(root.rglob("*.png"))
hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
print(hashlib.sha256(store.open_store(paths, hashes, 8).pixels.tobytes()).hexdigest())
"""
DIES = 'if path.parent.name == "lymphocyte": os._exit(9)'
WAITS = """me.touch()
    until = time.monotonic() + 60
    while not other.exists() and time.monotonic() < until:
        time.sleep(0.005)
    assert other.exists()"""


def _child(root: Path, meanwhile: str, me: Path, other: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD.format(meanwhile=meanwhile), storage.DATA, root, me, other],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_killed_process_leaves_nothing_that_passes_for_a_store(make_folder, tmp_path):
    root = make_folder()
    assert _child(root, DIES, tmp_path / "me", tmp_path / "other").wait(timeout=120) == 9
    assert all(one.name.startswith(".writing-") or one.suffix == ".lock" for one in _stores())
    assert _colours(_open(root).pixels) == _expected(root)


def test_two_processes_that_build_at_once_both_get_the_whole_store(make_folder, tmp_path):
    root, names = make_folder(), [tmp_path / "one", tmp_path / "other"]
    children = [_child(root, WAITS, *order) for order in (names, names[::-1])]
    answers = [child.communicate(timeout=120)[0].strip() for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert len(_stores()) == 1
    pixels = _open(root).pixels
    assert _colours(pixels) == _expected(root)
    assert answers == [hashlib.sha256(pixels.tobytes()).hexdigest()] * 2


def test_two_threads_that_build_at_once_both_get_the_whole_store(make_folder, monkeypatch):
    root = make_folder()
    both = threading.Barrier(2)

    def together(path: Path, *arguments) -> np.ndarray:
        if path.parent.name == "basophil" and path.stem == "image_000":
            both.wait(timeout=30)
        return decode(path, *arguments)

    monkeypatch.setattr(store, "decode", together)
    monkeypatch.setattr(storage, "TURN_S", 0)  # as in the processes above
    with ThreadPoolExecutor(2) as pool:
        opened = list(pool.map(_open, [root, root]))
    assert [_colours(one.pixels) for one in opened] == [_expected(root)] * 2
    assert len(_stores()) == 1


def test_a_full_disk_is_said_with_the_place_and_the_size(make_folder, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("numpy.lib.format.write_array_header_1_0", full)
    with pytest.raises(DataError) as caught:
        _open(make_folder(), size=100)
    text = str(caught.value)
    assert str(storage.store()) in text
    assert "No space left on device" in text
    assert "(0 MB)" in text  # 15 × 100 × 100 × 3 bytes are 0.45 MB
    assert "image_size" in text
    assert _stores() == []


def test_a_place_that_cannot_be_written_is_said(make_folder, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(storage, "DATA", tmp_path / "file")
    with pytest.raises(DataError, match=r"written to .*file.store; it failed"):
        _open(make_folder())


def test_a_disk_that_fills_up_half_way_is_an_error_not_the_end_of_the_process(make_folder):
    """A limit on the size of a file stands in for a full disk; a memory map would die of SIGBUS."""
    root = make_folder()
    code = (
        "import resource, sys; from pathlib import Path; from lib import storage\n"
        "from lib.datasets import store\n"
        f"storage.DATA = Path({str(storage.DATA)!r})\n"
        f"paths = sorted(Path({str(root)!r}).rglob('*.png'))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "hashes = [storage.file_sha256(path) for path in paths]\n"
        "try: store.open_store(paths, hashes, 224)\n"
        "except storage.DataError as error: print('refused:', error)"
    )
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith("refused: the pixels of 15 images (2 MB) should be written")
    assert _stores() == []


def test_an_error_of_the_system_is_not_remembered_as_a_broken_image(make_folder, monkeypatch):
    root = make_folder()

    def failing(path: Path, *arguments) -> np.ndarray:
        if path.name == "image_001.png":
            raise OSError(errno.EMFILE, "Too many open files")
        return decode(path, *arguments)

    monkeypatch.setattr(store, "decode", failing)
    with pytest.raises(DataError, match=r"image_001.png should be readable.*Too many open files"):
        _open(root)
    assert _stores() == []
    monkeypatch.undo()


# What was kept is checked


def _zeroed(folder: Path) -> None:
    with (folder / "pixels.npy").open("r+b") as file:
        file.seek(1500)
        file.write(bytes(1000))


def _truncated(folder: Path) -> None:
    os.truncate(folder / "pixels.npy", (folder / "pixels.npy").stat().st_size - 1)


def _of_another_type(folder: Path) -> None:
    np.save(folder / "pixels.npy", np.load(folder / "pixels.npy").astype(np.int8))


def _of_another_order(folder: Path) -> None:
    np.save(folder / "pixels.npy", np.load(folder / "pixels.npy")[::-1])


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _with(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(text)


DAMAGE = {
    "zeroed pixels": _zeroed,
    "truncated pixels": _truncated,
    "another type": _of_another_type,
    "another order": _of_another_order,
    "empty pixels": _with("pixels.npy", ""),
    "no pixels": _without("pixels.npy"),
    "forged reasons": _with("rejected.json", '{"3": "empty file"}'),
    "no JSON": _with("rejected.json", "{"),
    "no reasons": _without("rejected.json"),
    "no ranges": _without("ranges.json"),
    "forged brightness": _with("levels.json", str([1] * 256)),
    "an older version's": _without("checksums.json"),
    "forged checksums": _with("checksums.json", "[]"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_pixels_are_thrown_away_and_decoded_again(make_folder, damage, capsys):
    root = make_folder()
    key = _open(root).key
    damage(storage.store() / key)
    assert capsys.readouterr().err == ""
    opened = _open(root)
    assert _colours(opened.pixels) == _expected(root)
    assert opened.reasons == {}
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"data/store/{key}: ")
    assert line.endswith("It is thrown away; the pixels of 15 images (0 MB) are computed again.")
    assert [entry.name for entry in _stores()] == [key]
    _open(root)
    assert capsys.readouterr().err == ""


def test_two_processes_that_find_the_same_damage_both_end_with_the_whole_store(
    make_folder, tmp_path
):
    root, names = make_folder(), [tmp_path / "one", tmp_path / "other"]
    key = _open(root).key
    _zeroed(storage.store() / key)
    children = [_child(root, WAITS, *order) for order in (names, names[::-1])]
    answers = [child.communicate(timeout=120)[0].strip() for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert [entry.name for entry in _stores()] == [key]
    pixels = _open(root).pixels
    assert _colours(pixels) == _expected(root)
    assert answers == [hashlib.sha256(pixels.tobytes()).hexdigest()] * 2


# Images that change


def test_an_image_that_changes_while_it_is_read_stops_the_run_and_poisons_no_store(
    make_folder, monkeypatch
):
    root = make_folder()
    changing = root / "lymphocyte" / "image_001.png"
    before = changing.read_bytes()

    def meanwhile(path: Path, *arguments) -> np.ndarray:
        if path == changing:
            _save_white(path)
        return decode(path, *arguments)

    monkeypatch.setattr(store, "decode", meanwhile)
    with pytest.raises(DataError, match=rf"{changing} should stay as it is .*run again"):
        _open(root)
    assert _stores() == []
    monkeypatch.undo()
    changing.write_bytes(before)
    assert _colours(_open(root).pixels) == _expected(root)


def test_a_deep_image_that_changes_between_its_two_readings_stops_the_run(tmp_path, monkeypatch):
    path, greys = tmp_path / "a.png", np.arange(64, dtype=np.uint16).reshape(8, 8)
    Image.fromarray(greys).save(path)

    def change_afterwards(path: Path, *arguments) -> np.ndarray:
        try:
            return decode(path, *arguments)
        finally:
            Image.fromarray(2 * greys).save(path)

    monkeypatch.setattr(store, "decode", change_afterwards)
    with pytest.raises(DataError, match=rf"{path} should stay as it is .*run again"):
        _open(tmp_path)
    assert _stores() == []


def test_an_image_that_is_gone_is_named_and_no_disk_is_called_full(make_folder, monkeypatch):
    root = make_folder()
    gone = root / "lymphocyte" / "image_001.png"

    def meanwhile(path: Path, *arguments) -> np.ndarray:
        gone.unlink(missing_ok=True)
        return decode(path, *arguments)

    monkeypatch.setattr(store, "decode", meanwhile)
    with pytest.raises(DataError, match=rf"{gone} should be readable.*no longer there") as caught:
        _open(root)
    assert "room" not in str(caught.value)
    assert _stores() == []
