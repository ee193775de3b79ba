"""Kept models: what is saved is what is loaded; a stranger's file is one sentence, and nothing of it is executed."""

import io
import json
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import made_up_training as made_up
import numpy as np
import pytest
import under_jax
from kept_models import FEW, pixels, recipe, record, small, whole_model

from lib import ROOT, papers
from lib.models import kept
from lib.models.kept import ARRAYS, CONFIG, RECORD, WEIGHTS, KeptModelError
from lib.results import KeptRecord

ARMS = [(slug, arm.name) for slug in papers.slugs() for arm in papers.load(slug).every_arm]
NETWORKS = {}  # built once for all arms that share one
MAPS = {}  # what they make of images


@pytest.fixture
def built_once(monkeypatch):
    """Each backbone is built once for all arms that share it, and for saving and loading.

    Its batch norms have seen images: new ones make nothing of any image, fifty layers on. On JAX no network is called.
    """
    from lib.models import pretrained
    from lib.models.backend import keras

    def network(arm, image_size, weights):
        key = (arm.backbone, arm.filters, image_size)
        if key not in NETWORKS:
            NETWORKS[key] = build(arm, image_size, weights)
            if keras.backend.backend() != "jax":
                made_up.see_images(NETWORKS[key], made_up.training(image_size=image_size))
        return NETWORKS[key]

    build = pretrained._network
    monkeypatch.setattr(pretrained, "_network", network)


def probabilities(model) -> np.ndarray:
    """Of all classes for three images, without random changes of them; nothing is compiled.

    What a network of `NETWORKS`, which arms share and loading finds again, makes of these images is computed once.
    JAX, which would compile every operation of a network, gets noise in the place of its feature maps.
    """
    from lib.models.backend import keras
    from lib.models.build import without_augmentation
    from lib.models.head import for_every_class

    values = keras.ops.convert_to_tensor(pixels())
    for layer in without_augmentation(model).layers:
        if keras.backend.backend() == "jax" and isinstance(layer, keras.Model):
            noise = np.random.default_rng(0).random(
                (len(values), *layer.output_shape[1:]), "float32"
            )
            values = keras.ops.convert_to_tensor(noise)
        elif any(layer is network for network in NETWORKS.values()):
            key = (id(layer), keras.ops.convert_to_numpy(values).tobytes())
            if key not in MAPS:
                MAPS[key] = layer(values, training=False)
            values = MAPS[key]
        else:
            values = layer(values, training=False)
    return for_every_class(keras.ops.convert_to_numpy(values))


def weights(model) -> list[np.ndarray]:
    """Of all layers but random changes of images."""
    from lib.models.build import without_augmentation

    return [array for layer in without_augmentation(model).layers for array in layer.get_weights()]


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "name"), ARMS)
def test_every_arm_is_loaded_as_it_was_saved(slug, name, built_once, tmp_path):
    model, path = whole_model(slug, name), tmp_path / "model.keras"
    before = probabilities(model)
    frozen = not recipe(slug, name)[1].trainable.value
    kept.save_kept(path, model, record(slug, name))
    loaded = kept.load_kept(path)
    assert made_up.same(weights(loaded.model), weights(model))
    assert (probabilities(loaded.model) == before).all()
    assert np.ptp(before) > 0
    # and all that it needs stands in the file, but for a frozen backbone
    assert loaded.record.model_copy(update={"backbone_sha256": ""}) == record(slug, name)
    assert bool(loaded.record.backbone_sha256) == frozen
    own = sum(np.prod(variable.shape) for variable in model.trainable_variables)
    if frozen:
        assert path.stat().st_size < 4 * own + 200_000


def test_a_kept_model_gives_its_arrays(tmp_path):
    loaded = kept.load_kept(small(tmp_path))
    assert (loaded.arrays["few"] == FEW).all()
    assert loaded.arrays["few"].dtype == FEW.dtype


def test_a_frozen_backbone_of_random_weights_is_drawn_again(tmp_path):
    slug, arm = "hulu_breast_mammography", "alexnet"
    model, path = whole_model(slug, arm), tmp_path / "alexnet.keras"
    kept.save_kept(path, model, record(slug, arm))
    assert (probabilities(kept.load_kept(path).model) == probabilities(model)).all()


def test_without_the_backbone_of_its_training_a_model_is_refused(tmp_path):
    slug, arm = "hulu_breast_mammography", "alexnet"
    path, trained = tmp_path / "alexnet.keras", record(slug, arm).weights
    elsewhere = trained.model_copy(update={"used": "torchvision", "source": "a download"})
    kept.save_kept(path, whole_model(slug, arm), record(slug, arm, weights=elsewhere))
    assert "python -m lib weights" in refusal(path)
    other = rewritten(path, {RECORD: changed_record(weights=trained, backbone_sha256="0" * 64)})
    assert "random weights of AlexNet" in refusal(other)
    unknown = rewritten(path, {RECORD: changed_record(slug="no_such_paper")})
    assert "no_such_paper" in refusal(unknown)


def test_record_and_head_are_read_without_keras(tmp_path):
    path = small(tmp_path)
    code = (
        "import sys; from pathlib import Path; from lib.models.kept import read_kept, read_record; "
        "path = Path(sys.argv[1]); assert read_kept(path).head.outputs == 2; "
        "print(read_record(path).arm, 'keras' in sys.modules)"
    )
    process = made_up.python(code, path)
    assert process.stdout == "cnn False\n", process.stderr


def test_weights_are_read_once_and_not_from_the_beginning_for_every_array(tmp_path, monkeypatch):
    path, sought, seek = small(tmp_path), [], zipfile.ZipExtFile.seek
    monkeypatch.setattr(
        zipfile.ZipExtFile, "seek", lambda self, *to: (sought.append(self.name), seek(self, *to))[1]
    )
    assert kept.read_kept(path).head.outputs == 2
    assert WEIGHTS not in sought


def test_what_cannot_be_written_whole_leaves_the_earlier_file(tmp_path, monkeypatch):
    path = small(tmp_path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="at most"):
        kept.save_kept(path, None, None, {"large": np.zeros(40 * kept.MB, "uint8")})
    monkeypatch.setattr(zipfile.ZipFile, "writestr", raise_disk_full)
    with pytest.raises(OSError, match="no space"):
        small(tmp_path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def raise_disk_full(*_, **__):
    raise OSError(28, "no space")


# Files of strangers


def refusal(path: Path, load=kept.load_kept) -> str:
    with pytest.raises(KeptModelError) as caught:
        load(path)
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    return message


def rewritten(path: Path, changes: dict, *, compression: int = zipfile.ZIP_STORED) -> Path:
    """Another file with some members changed (a function of the content), added, or left out (None)."""
    target = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", compression) as new:
        for name in dict.fromkeys([*old.namelist(), *changes]):
            change = changes.get(name, lambda content: content)
            if callable(change):
                change = change(old.read(name))
            if change is not None:
                new.writestr(name, change)
    return target


def changed_record(**values):
    def change(content: bytes) -> str:
        whole = KeptRecord.model_validate_json(content)
        return whole.model_copy(update=values).model_dump_json()

    return change


def with_layer(**layer):
    """A configuration in which another layer stands in front of the others."""

    def change(content: bytes) -> str:
        config = json.loads(content)
        config["config"]["layers"].insert(1, layer)
        return json.dumps(config)

    return change


def lambda_layer() -> dict:
    """As Keras saves a Lambda layer: marshalled code that leaves a file where it is executed."""
    from lib.models.backend import keras

    layer = keras.layers.Lambda(lambda x: Path("executed").touch() or x, name="innocent")
    return keras.saving.serialize_keras_object(layer)


HOSTILE = {
    "another module": {
        "module": "os",
        "class_name": "system",
        "config": {"command": "touch executed"},
        "registered_name": None,
    },
    "a custom object": {
        "module": "lib.models.preprocessing",
        "class_name": "ScalePixels",
        "config": {"scaling": "[0, 1]"},
        "registered_name": "lib>ScalePixels",
    },
    "a layer that reads files": {
        "module": "keras.layers",
        "class_name": "StringLookup",
        "config": {"vocabulary": "/etc/passwd"},
        "registered_name": None,
    },
    "no module": {"class_name": "Dense", "config": {"units": 3}},
}


@pytest.mark.parametrize("name", ["marshalled code", *HOSTILE])
def test_a_file_that_asks_for_code_is_refused_and_nothing_is_executed(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    layer = HOSTILE.get(name) or lambda_layer()
    path = rewritten(small(tmp_path), {CONFIG: with_layer(**layer)})
    assert "code of a stranger" in refusal(path)
    assert not (tmp_path / "executed").exists()


def test_a_pickle_a_text_and_a_folder_are_no_kept_models(tmp_path):
    import pickle

    for number, content in enumerate((pickle.dumps(Executed()), b"weights", b"", b"PK\x03\x04")):
        path = tmp_path / f"{number}.keras"
        path.write_bytes(content)
        assert "cannot be read" in refusal(path)
    (tmp_path / "folder.keras").mkdir()
    assert "there is none" in refusal(tmp_path / "folder.keras")
    assert "ends otherwise" in refusal(small(tmp_path).rename(tmp_path / "cnn.h5"))
    assert not (tmp_path / "executed").exists()


class Executed:
    """Runs a command where it is unpickled."""

    def __reduce__(self):
        return os.system, ("touch executed",)


def test_a_damaged_file_is_refused(tmp_path):
    path = small(tmp_path)
    content = path.read_bytes()
    cut = tmp_path / "cut.keras"
    for length in (len(content) // 2, len(content) - 10):
        cut.write_bytes(content[:length])
        assert "cannot be read" in refusal(cut)
    middle = len(content) // 2
    cut.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    assert "is damaged" in refusal(cut)


def test_a_model_without_a_record_or_of_another_version_says_so(tmp_path):
    path = small(tmp_path)
    assert "a Keras model without one" in refusal(rewritten(path, {RECORD: None}))
    later = rewritten(path, {RECORD: changed_record(kept_version=2)})
    assert "it is of version 2" in refusal(later)
    assert "it is of version None" in refusal(rewritten(path, {RECORD: "[3]"}))
    assert "title" in refusal(
        rewritten(path, {RECORD: json.dumps({"kept_version": 1, "slug": "x"})})
    )


def test_a_file_that_swells_is_refused_before_anything_is_unpacked(tmp_path):
    path = small(tmp_path)
    bomb = {ARRAYS: bytes(kept.LARGEST[ARRAYS])}
    assert "is compressed" in refusal(rewritten(path, bomb, compression=zipfile.ZIP_DEFLATED))
    assert "has more than" in refusal(rewritten(path, {RECORD: bytes(5 * kept.MB)}))
    assert "once each" in refusal(rewritten(path, {"extra.py": b"print()"}))
    squeezed = io.BytesIO()
    np.savez_compressed(squeezed, zeros=np.zeros(40 * kept.MB, "uint8"))
    assert "too large" in refusal(rewritten(path, {ARRAYS: squeezed.getvalue()}))
    pickled = io.BytesIO()
    np.savez(pickled, code=np.array([Executed()], dtype=object))
    assert "cannot be read" in refusal(rewritten(path, {ARRAYS: pickled.getvalue()}))


def test_weights_that_lie_elsewhere_or_do_not_fit_are_refused(tmp_path):
    path = small(tmp_path)
    assert "another file" in refusal(rewritten(path, {WEIGHTS: with_link}))
    assert "not stored as" in refusal(rewritten(path, {WEIGHTS: with_compressed_array}))
    three = record("violina_blood_cancer", "cnn").classes * 2
    assert "4 classes" in refusal(rewritten(path, {RECORD: changed_record(classes=three)}))
    training = record("violina_blood_cancer", "cnn").training
    for name, value in (("pixel_scaling", "x"), ("image_size", 10**6), ("image_size", "big")):
        odd = rewritten(path, {RECORD: changed_record(training=training | {name: value})})
        assert "training" in refusal(odd)


MORE = 10**8  # outputs of a layer with 128 inputs: 10^10 weights, 50 GB


def test_layers_that_need_more_weights_than_are_stored_are_refused_before_memory_is_taken(tmp_path):
    """10^10 weights: declared, also stored as an array that nobody has written, and one array many times over."""
    path = small(tmp_path)
    declared = rewritten(path, {CONFIG: with_units(MORE)})
    assert "its layers need 12,9" in refusal(declared)
    assert "shapes" in refusal(declared, kept.read_kept)
    for change, reason in (
        (with_unwritten_array, "not stored as"),
        (with_many_links, "has room for"),
        (with_groups_in_groups, "has room for"),
    ):
        changed = rewritten(path, {CONFIG: with_units(MORE), WEIGHTS: change})
        for load in (kept.load_kept, kept.read_kept):
            assert reason in refusal(changed, load)


def with_units(units: int):
    """The last dense layer has so many outputs."""

    def change(content: bytes) -> str:
        config = json.loads(content)
        config["config"]["layers"][-1]["config"]["units"] = units
        return json.dumps(config)

    return change


def with_unwritten_array(content: bytes) -> bytes:
    def change(file):
        layer = file["layers/dense_1/vars"]
        del layer["0"]
        layer.create_dataset("0", shape=(128, MORE), dtype="f4")

    return changed_weights(content, change)


def with_many_links(content: bytes) -> bytes:
    def change(file):
        for number in range(1000):
            file[f"copy{number}"] = file["layers/dense/vars/0"]

    return changed_weights(content, change)


def with_groups_in_groups(content: bytes) -> bytes:
    """2^30 ways to the innermost."""

    def change(file):
        inner = file.create_group("0")
        for number in range(1, 31):
            outer = file.create_group(f"{number}")
            outer["left"] = outer["right"] = inner
            inner = outer

    return changed_weights(content, change)


def changed_weights(content: bytes, change) -> bytes:
    import h5py

    memory = io.BytesIO(content)
    with h5py.File(memory, "r+") as file:
        change(file)
    return memory.getvalue()


def with_link(content: bytes) -> bytes:
    import h5py

    def change(file):
        file["secret"] = h5py.ExternalLink("/etc/secret.h5", "/")

    return changed_weights(content, change)


def with_compressed_array(content: bytes) -> bytes:
    def change(file):
        file.create_dataset("bomb", shape=(10**9,), dtype="f4", compression="gzip")

    return changed_weights(content, change)


# The other backend


@pytest.mark.slow
@pytest.mark.backend
@pytest.mark.skipif(find_spec("jax") is None, reason="needs jax, which the extra `test` installs")
def test_every_arm_is_loaded_as_it_was_saved_by_jax():
    """By pytest in a process that JAX was got ready in."""
    test = f"{Path(__file__)}::{test_every_arm_is_loaded_as_it_was_saved.__name__}"
    code = "import sys, pytest, under_jax; under_jax.prepare(); sys.exit(pytest.main(sys.argv[1:]))"
    process = subprocess.run(
        [sys.executable, "-c", code, "-q", "-p", "no:cacheprovider", "-p", "no:xdist", test],
        cwd=ROOT,
        env=os.environ | under_jax.ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert f"{len(ARMS)} passed" in process.stdout
