"""States of interrupted training: read back exactly, written whole or not at all, and forgotten."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import ROOT, storage

pytestmark = pytest.mark.slow

SLUG = "kuncoro_white_blood_cells"
# More than one buffer of 4096 bytes, so that a reader can stop before the file's end.
LARGE = np.random.default_rng(0).normal(size=(50, 60)).astype("float32")


# Keras comes along with `lib.training.resume`: the first test that needs it loads both.


def _state_of(variables: list[np.ndarray], history: pd.DataFrame):
    from lib.training.resume import State

    return State(variables=variables, history=history)


def _path(slug: str, arm: str, dependencies: object) -> Path:
    from lib.training.resume import state_path

    return state_path(slug, arm, dependencies)


def _write(target: Path, state) -> None:
    from lib.training.resume import write_state

    write_state(target, state)


def _read(source: Path, shapes: list):
    from lib.training.resume import read_state

    return read_state(source, shapes)


def _state(*variables: np.ndarray, epochs: int = 2):
    rows = [(epoch, 1 / 3 / epoch, 0.1 * 3) for epoch in range(1, epochs + 1)]
    history = pd.DataFrame(rows, columns=["epoch", "loss", "val_loss"])
    return _state_of(list(variables), history)


def _shapes(state) -> list[tuple[int, ...]]:
    return [variable.shape for variable in state.variables]


def _written(state) -> Path:
    target = _path(SLUG, "net", "parts")
    _write(target, state)
    return target


def _assert_same(found, expected) -> None:
    for ours, theirs in zip(found.variables, expected.variables, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
    pd.testing.assert_frame_equal(found.history, expected.history, check_exact=True)


@pytest.fixture
def state():
    return _state(LARGE, np.array([1, 2], "uint32"), np.array(7, "int64"))


# Back and forth


@pytest.mark.parametrize("kind", ["float32", "float64", "float16", "int64", "uint32", "bool"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (3, 3, 2, 4), (0, 5)])
def test_arrays_of_every_type_and_shape_come_back_exactly(kind, shape):
    array = (np.random.default_rng(1).normal(size=shape) * 100).astype(kind)
    state = _state(array)
    _assert_same(_read(_written(state), [shape]), state)


def test_values_at_the_edges_of_a_type_come_back_exactly():
    edges = [np.nan, np.inf, -np.inf, -0.0, 1e-45, np.finfo("float32").max]
    state = _state(np.array(edges, "float32"), np.array([0, 2**64 - 1], "uint64"))
    found = _read(_written(state), _shapes(state))
    _assert_same(found, state)
    assert np.signbit(found.variables[0][3])


def test_many_arrays_keep_their_order():
    state = _state(*(np.full(2, number, "float32") for number in range(120)))
    _assert_same(_read(_written(state), _shapes(state)), state)


def test_a_state_without_variables_is_one():
    _assert_same(_read(_written(_state()), []), _state())


def test_every_digit_of_the_history_comes_back():
    values = {"epoch": [1, 2], "loss": [1e-13 / 3, 0.1 + 0.2], "val_loss": [np.inf, 1.0]}
    state = _state_of([], pd.DataFrame(values))
    found = _read(_written(state), [])
    pd.testing.assert_frame_equal(found.history, state.history, check_exact=True)
    assert found.history["epoch"].dtype == "int64"


def test_arrays_that_are_not_contiguous_come_back_as_they_were():
    state = _state(LARGE[:, ::2], LARGE.T)
    _assert_same(_read(_written(state), _shapes(state)), state)


def test_what_was_read_may_be_changed(state):
    found = _read(_written(state), _shapes(state))
    found.variables[0][:] = 0
    _assert_same(_read(_written(state), _shapes(state)), state)


# Written whole or not at all


def test_a_later_state_takes_the_place_of_an_earlier_one(state):
    target = _written(state)
    later = _state(*(array + array.dtype.type(1) for array in state.variables), epochs=3)
    _write(target, later)
    _assert_same(_read(target, _shapes(state)), later)
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("fails", ["os.replace", "numpy.savez"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_earlier_state_and_nothing_else(state, monkeypatch, fails, error):
    target = _written(state)

    def failing(*_, **__):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(fails, failing)
        with pytest.raises(type(error)):
            _write(target, _state(LARGE * 2))
    assert list(target.parent.iterdir()) == [target]
    _assert_same(_read(target, _shapes(state)), state)


def test_a_write_that_fails_half_way_leaves_nothing(state, monkeypatch):
    target = _path(SLUG, "net", "parts")

    def half(file, **_):
        Path(file).write_bytes(b"PK half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numpy.savez", half)
    with pytest.raises(OSError, match="No space left"):
        _write(target, state)
    assert list(target.parent.iterdir()) == []


def test_a_process_that_is_killed_while_it_writes_leaves_the_earlier_state(state):
    target = _written(state)
    code = (
        "import os, sys, numpy as np, pandas as pd; from pathlib import Path\n"
        "from lib.training import resume\n"
        "os.replace = lambda *_: os._exit(9)\n"
        "state = resume.State(variables=[np.zeros(3)], history=pd.DataFrame({'epoch': [9]}))\n"
        "resume.write_state(Path(sys.argv[1]), state)"
    )
    assert subprocess.run([sys.executable, "-c", code, target], cwd=ROOT).returncode == 9
    _assert_same(_read(target, _shapes(state)), state)
    assert len(list(target.parent.iterdir())) == 2
    storage.forget_training_states(SLUG)
    assert not target.parent.exists()


# Files that hold no state that fits


def test_without_a_file_there_is_no_state(tmp_path):
    assert _read(tmp_path / "nowhere" / "a.npz", []) is None
    assert _read(tmp_path, []) is None


@pytest.mark.parametrize(
    "shapes",
    [
        [],
        [(50, 60), (2,)],
        [(50, 60), (2,), (), ()],
        [(60, 50), (2,), ()],
        [(3000,), (2,), ()],
        [(50, 60), (), (2,)],
        [(50, 60), (2,), (1,)],
    ],
)
def test_a_state_of_other_shapes_is_none(state, shapes):
    assert _read(_written(state), shapes) is None


def test_shapes_may_be_lists(state):
    assert _read(_written(state), [[50, 60], [2], []]) is not None


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"no archive", b"\x93NUMPY\x01\x00", b"PK\x05\x06" + bytes(18)]
)
def test_a_file_of_something_else_is_no_state(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    assert _read(tmp_path / "a.npz", []) is None


def test_a_single_array_is_no_state(tmp_path):
    with (tmp_path / "a.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    assert _read(tmp_path / "a.npz", [(3,)]) is None


@pytest.mark.parametrize("history", ["", "[]", "3", "{}", '{"data": 3, "columns": ["epoch"]}'])
def test_an_archive_without_a_history_is_no_state(tmp_path, history):
    np.savez(tmp_path / "a.npz", history=np.array(history))
    assert _read(tmp_path / "a.npz", []) is None
    np.savez(tmp_path / "b.npz", **{"00000": np.zeros(3)})
    assert _read(tmp_path / "b.npz", [(3,)]) is None


def test_nothing_pickled_is_run(tmp_path):
    class Harmful:
        def __reduce__(self):
            return Path.touch, (tmp_path / "harm",)

    array = np.array([Harmful()], dtype=object)
    np.savez(tmp_path / "a.npz", history=np.array("{}"), **{"00000": array})
    assert _read(tmp_path / "a.npz", [(1,)]) is None
    assert not (tmp_path / "harm").exists()


def test_a_truncated_file_is_no_state_wherever_it_ends(state, tmp_path):
    whole, cut = _written(state).read_bytes(), tmp_path / "cut.npz"
    assert len(whole) > 12_000
    for length in {*range(0, len(whole), 97), *range(len(whole) - 60, len(whole))}:
        cut.write_bytes(whole[:length])
        assert _read(cut, _shapes(state)) is None


def test_a_file_with_one_wrong_byte_is_no_state_or_the_same(state, tmp_path):
    """Most bytes are covered by checksums; some, such as dates, mean nothing here."""
    whole, broken = _written(state).read_bytes(), tmp_path / "broken.npz"
    headers = {at + step for at in _starts(whole) for step in range(-60, 130, 7)}
    for place in {*range(0, len(whole), 151), *headers} & set(range(len(whole))):
        for other in (whole[place] ^ 1, whole[place] ^ 16, ord("2"), 0):
            broken.write_bytes(whole[:place] + bytes([other]) + whole[place + 1 :])
            found = _read(broken, _shapes(state))
            if found is not None:
                _assert_same(found, state)


def _starts(content: bytes) -> list[int]:
    """Where the arrays in the file begin."""
    return [at for at in range(len(content)) if content.startswith(b"\x93NUMPY", at)]


@pytest.mark.parametrize(("right", "wrong"), [(b"'<f4'", b"'<f2'"), (b"(50, 60)", b"(50, 60 ")])
def test_a_broken_header_of_an_array_is_no_state(state, tmp_path, right, wrong):
    """NumPy alone would read half the numbers of another type, or fail in a way of its own."""
    whole = _written(state).read_bytes()
    assert whole.count(right) == 1
    (tmp_path / "a.npz").write_bytes(whole.replace(right, wrong))
    assert _read(tmp_path / "a.npz", _shapes(state)) is None


def test_blocks_of_a_disk_that_came_back_empty_are_no_state(state, tmp_path):
    whole = _written(state).read_bytes()
    for start in range(0, len(whole), 512):
        content = whole[:start] + bytes(512) + whole[start + 512 :]
        (tmp_path / "a.npz").write_bytes(content[: len(whole)])
        assert _read(tmp_path / "a.npz", _shapes(state)) is None


# Where states lie


def test_a_path_is_in_the_store_under_its_paper_and_starts_with_the_arm():
    found = _path(SLUG, "mobilenetv2-native", ["a", 1])
    assert found.parent == storage.store() / "training" / SLUG
    assert found.name.startswith("mobilenetv2-native-")
    assert found.suffix == ".npz"


def test_the_state_of_a_borrowed_arm_is_a_file_beside_the_others():
    borrowed = _path(SLUG, "kumar_breakhis/vgg16", [])
    assert borrowed.parent == _path(SLUG, "vgg16", []).parent
    assert borrowed.name.startswith("kumar_breakhis-vgg16-")


@pytest.mark.parametrize(
    "other",
    [
        ("another", "net", ["a", {"b": 1, "c": [2, 3]}]),
        (SLUG, "other", ["a", {"b": 1, "c": [2, 3]}]),
        (SLUG, "net", ["a", {"b": 1, "c": [3, 2]}]),
        (SLUG, "net", ["a", {"b": 1.5, "c": [2, 3]}]),
        (SLUG, "net", ["a", {"b": "1", "c": [2, 3]}]),
        (SLUG, "net", [{"b": 1, "c": [2, 3]}, "a"]),
        (SLUG, "net", None),
    ],
)
def test_a_fit_that_differs_in_anything_has_a_path_of_its_own(other):
    assert _path(SLUG, "net", ["a", {"b": 1, "c": [2, 3]}]) != _path(*other)


def test_the_same_fit_has_the_same_path_in_whatever_order_it_is_told():
    one, other = ({"b": 1, "a": [2]}, {"a": [2], "b": 1})
    assert _path(SLUG, "net", one) == _path(SLUG, "net", other)


def test_the_states_of_other_papers_and_what_else_is_in_the_store_are_not_forgotten(state):
    mine = [_path(SLUG, arm, parts) for arm in ("net", "other") for parts in (1, 2)]
    another = _path("another", "net", 1)
    pixels = storage.store() / "0f" / "pixels.npy"
    pixels.parent.mkdir(parents=True)
    pixels.touch()
    for target in (*mine, another):
        _write(target, state)
    storage.forget_training_states(SLUG)
    assert not any(path.exists() for path in mine)
    assert another.is_file()
    assert pixels.is_file()


def _of_another_process(state) -> Path:
    """The state of another, longer run of the paper, which was interrupted."""
    longer = storage.training_states(SLUG) / "net-of-a-longer-run.npz"
    written = _written(state)
    shutil.copy2(written, longer)
    return longer


def test_the_state_of_another_run_of_the_same_paper_is_not_forgotten(state):
    longer = _of_another_process(state)
    storage.forget_training_states(SLUG)
    assert list(longer.parent.iterdir()) == [longer]
    _assert_same(_read(longer, _shapes(state)), state)


def test_a_state_that_training_went_on_from_is_forgotten_too(state):
    longer = _of_another_process(state)
    assert _read(longer, _shapes(state)) is not None
    storage.forget_training_states(SLUG)
    assert not longer.parent.exists()


def test_clear_where_there_is_nothing_is_no_error():
    storage.forget_training_states(SLUG)
    storage.forget_training_states(SLUG)
