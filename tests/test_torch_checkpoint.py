"""PyTorch checkpoints are read without PyTorch; nothing in them is run, nothing else passes for one."""

import os
import pickle
import zipfile

import made_up_torch as made_up
import numpy as np
import pytest

from lib import torch_checkpoint

ARRAYS = {
    "conv.weight": np.arange(24, dtype="float32").reshape(2, 1, 3, 4) / 7,
    "norm.running_mean": np.array([1.5, -2.5, 3], "float32"),
    "norm.num_batches_tracked": np.array(12345678901, "int64"),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoint.pth"


def _refused(path, content: bytes, words: str = "") -> None:
    path.write_bytes(content)
    with pytest.raises(ValueError, match="should be a whole PyTorch checkpoint") as caught:
        torch_checkpoint.read(path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


def _with(number: int, pickle: bytes) -> bytes:
    """A checkpoint with another pickle in the place of one of its five."""
    parts = made_up.parts(made_up.tensors(ARRAYS))
    parts[number] = pickle
    return b"".join(parts)


def _of(*tensors: made_up.Tensor) -> bytes:
    return b"".join(made_up.parts({str(i): one for i, one in enumerate(tensors)}))


def test_names_shapes_types_and_values_are_read(path):
    found = torch_checkpoint.read(made_up.write(path, ARRAYS))
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert (found[name].shape, found[name].dtype) == (array.shape, array.dtype)
        assert (found[name] == array).all()


def test_two_tensors_may_be_views_of_one_storage(path):
    whole = np.arange(10, dtype="float32")
    first = made_up.Tensor(whole, "shared")
    part = made_up.Tensor(whole[4:10].reshape(2, 3), "shared", offset=4, count=10)
    path.write_bytes(_of(part, first))
    found = torch_checkpoint.read(path)
    assert (found["0"] == [[4, 5, 6], [7, 8, 9]]).all()
    assert (found["1"] == whole).all()


def test_pytorchs_own_checkpoint_of_this_form_is_told_from_the_zip_form(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", made_up.pickled({}))
    _refused(path, path.read_bytes(), "no zip file")


def test_a_checkpoint_cut_short_anywhere_is_refused(path):
    whole = made_up.write(path, ARRAYS).read_bytes()
    for length in range(len(whole)):
        _refused(path, whole[:length])


def test_bytes_behind_the_end_are_refused(path):
    _refused(path, made_up.write(path, ARRAYS).read_bytes() + b"1234", "4 bytes follow")


def test_a_changed_byte_is_refused_or_changes_a_value_but_never_fails_otherwise(path):
    whole = made_up.write(path, ARRAYS).read_bytes()
    outcomes = set()
    for place in range(len(whole)):
        for flip in (0x01, 0x40, 0xFF):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
            try:
                torch_checkpoint.read(path)
            except ValueError as error:
                outcomes.add(str(path) in str(error))
            else:
                outcomes.add("read")
    assert outcomes == {True, "read"}


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n" + bytes(100), b"{}", b"N."])
def test_other_files_are_refused(content, path):
    _refused(path, content)


class Evil:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, target, function=os.mkdir):
        self.target, self.function = target, function

    def __reduce__(self):
        return self.function, (str(self.target),)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("number", range(5))
def test_what_a_malicious_pickle_asks_for_is_not_done(number, protocol, path, tmp_path):
    target = tmp_path / "harm"
    content = pickle.dumps(Evil(target), protocol)
    pickle.loads(content)  # it does harm where it can
    target.rmdir()
    _refused(path, _with(number, content))
    assert not target.exists()


@pytest.mark.parametrize("place", ["value", "key", "attribute", "argument"])
def test_harm_hidden_inside_a_state_dict_is_not_done(place, path, tmp_path):
    target = tmp_path / "harm"
    state = made_up.tensors(ARRAYS)
    if place == "value":
        state["evil"] = Evil(target)
    elif place == "key":
        state[Evil(target)] = state["conv.weight"]
    elif place == "attribute":
        state._metadata = Evil(target)
    else:
        state["conv.weight"].strides = Evil(target)
    _refused(path, _with(3, made_up.pickled(state)), "which no state dict needs")
    assert not target.exists()


@pytest.mark.parametrize(
    "name", ["builtins eval", "os system", "torch load", "torch._utils _rebuild_parameter"]
)
def test_no_other_name_is_accepted(name, path):
    module, function = name.split()
    _refused(path, _with(3, f"c{module}\n{function}\n.".encode()), repr(name))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (b"ctorch\nFloatStorage\n)R.", "calls 'torch FloatStorage'"),
        (b"ccollections\nOrderedDict\n]\x85R.", "calls 'collections OrderedDict'"),
    ],
)
def test_a_name_is_not_called_with_what_does_not_belong_to_it(call, words, path):
    _refused(path, _with(3, b"\x80\x02" + call), words)


@pytest.mark.parametrize(
    "state", [[], {"a": 1}, {"a": {"b": made_up.Tensor(ARRAYS["conv.weight"], "k")}}]
)
def test_what_is_no_dictionary_of_tensors_is_refused(state, path):
    _refused(path, _with(3, made_up.pickled(state)), "something else than a dictionary of tensors")


def test_a_list_of_other_storages_is_refused(path):
    keys = [f"key {name}" for name in ARRAYS]
    for other in (keys[:-1], [*keys, "key"], [*keys, keys[0]]):
        _refused(path, _with(4, made_up.pickled(other)), "its list of storages")


@pytest.mark.parametrize(
    ("number", "value"),
    [
        *((0, made_up.MAGIC + 1), (1, 1000), (2, {"little_endian": False}), (2, {}), (2, [])),
        *((4, []), (4, ["key conv.weight"]), (4, {}), (4, ["a", 1, None])),
    ],
)
def test_another_frame_is_refused(number, value, path):
    _refused(path, _with(number, made_up.pickled(value)))


def test_a_tensor_that_is_not_contiguous_is_refused(path):
    turned = made_up.Tensor(np.zeros((2, 3), "float32"), "k", strides=(1, 2))
    _refused(path, _of(turned), "not contiguous")


@pytest.mark.parametrize("offset", [1, 10**12, -1])
def test_a_tensor_outside_of_its_storage_is_refused(offset, path):
    _refused(path, _of(made_up.Tensor(np.zeros(4, "float32"), "k", offset=offset)))


@pytest.mark.parametrize("count", [3, 5, 2**62, -4])
def test_a_storage_that_claims_another_length_is_refused(count, path):
    _refused(path, _of(made_up.Tensor(np.zeros(4, "float32"), "k", count=count)))


def test_a_tensor_of_negative_size_is_refused(path):
    tensor = made_up.Tensor(np.zeros(4, "float32"), "k")
    tensor.shape = (-1,)
    _refused(path, _of(tensor), "a negative size, -1")


def test_a_storage_of_another_length_than_the_state_dict_says_is_refused(path):
    parts = made_up.parts({"a": made_up.Tensor(np.zeros(4, "float32"), "k", count=4)})
    other = made_up.parts({"a": made_up.Tensor(np.zeros(4, "float32"), "k", count=5)})
    _refused(path, b"".join([*other[:5], parts[5]]), "has 4 elements, not 5")


def test_a_missing_file_is_said_to_be_missing(path):
    with pytest.raises(FileNotFoundError):
        torch_checkpoint.read(path)
