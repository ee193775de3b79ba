"""How soon a kept model answers, how many images it answers in a second, and how much memory that takes.

    python benchmarks/predict.py [--images N] [--image-size N]

Keeps a MobileNetV2 with random weights of its own and draws JPEG images of 360 x 363 pixels, as white blood cells
have them. Each question is a `python -m lib predict` in a process of its own: one image, of a model from another
machine for the first time, again (as after a run, which leaves the same behind), and where OpenVINO is not installed;
IMAGES images; ten times as many. The goals on two cores: an
answer within 5 s, 50 images per second with their decoding, and memory that does not grow with their number.
"""

import resource
import time
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from unittest.mock import patch

import measure
import numpy as np

from lib import papers, storage
from lib.__main__ import main as command
from lib.models import compiled
from lib.results import KeptRecord, Score, Weights
from lib.settings import Training, resolve

SLUG, ARM, SIZE = "kuncoro_white_blood_cells", "mobilenetv2", (360, 363)
MEGABYTE = 1024  # of `ru_maxrss`, which counts kilobytes


def main(images: int, image_size: int) -> None:
    with measure.temporary_data() as data:
        model = data / "mobilenetv2.keras"
        keep_model(model, image_size)
        draw(data / "images", images)
        first = next((data / "images").iterdir())
        ask = ("predict", SLUG, "--model", str(model), "--csv", str(data / "answers.csv"))
        print(f"one image of {image_size} pixels, from the start of Python to the answer:")
        for name, installed in (("first", True), ("again", True), ("by Keras", False)):
            told = answered(data, [*ask, str(first)], installed)
            print(f"  {name + ':':10} {told['wall']:6.1f} s, {told['cpu']:6.1f} s of processors")
        few = answered(data, [*ask, str(data / "images")])
        draw(data / "images", 10 * images)
        many = answered(data, [*ask, str(data / "images")])
        more = 9 * images
        print(f"{images:,} and {10 * images:,} images:")
        print(f"  images per second: {more / (many['wall'] - few['wall']):.0f}")
        print(f"  processor time of an image: {(many['cpu'] - few['cpu']) / more * 1000:.1f} ms")
        print(f"  largest memory: {few['memory']:.0f} MB and {many['memory']:.0f} MB")


def answered(data: Path, arguments: list[str], installed: bool = True) -> dict[str, float]:
    """Seconds that pass, seconds of processors, and megabytes of the command's process at most."""
    start = time.time()
    return measure.in_new_process(_answer, data, arguments, installed, start)


def _answer(data: Path, arguments: list[str], installed: bool, start: float) -> dict[str, float]:
    with (
        patch.object(storage, "DATA", data),
        patch.object(compiled, "find_spec", compiled.find_spec if installed else lambda _: None),
        (data / "printed.txt").open("w", encoding="utf-8") as printed,
        redirect_stdout(printed),
    ):
        if status := command(arguments):
            raise RuntimeError(f"`{arguments}` should answer every image; exit status {status}.")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "wall": time.time() - start,
        "cpu": sum(own.ru_utime + own.ru_stime for own in used),
        "memory": used[0].ru_maxrss / MEGABYTE,
    }


def draw(folder: Path, images: int) -> None:
    """Fills the folder up to so many images."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    for number in range(images):
        measure.smooth_noise(rng).resize(SIZE).save(folder / f"{number:06}.jpg")


def keep_model(path: Path, image_size: int) -> None:
    """Writes an untrained model, backbone and head, as a run keeps one."""
    from lib.models.backend import keras
    from lib.models.kept import save_kept

    paper = papers.load(SLUG)
    keras.utils.set_random_seed(0)
    network = keras.applications.MobileNetV2(
        weights=None, include_top=False, input_shape=(image_size, image_size, 3)
    )
    layers = keras.layers
    head = (
        layers.GlobalAveragePooling2D(),
        layers.Dense(len(paper.classes), activation="softmax"),
    )
    model = keras.Sequential([keras.Input(network.input_shape[1:]), network, *head])
    training = Training(**asdict(resolve(paper).training[ARM]) | {"image_size": image_size})
    save_kept(path, model, _record(training))


def _record(training: Training) -> KeptRecord:
    paper = papers.load(SLUG)
    number = len(paper.classes)
    key = (ARM, "published", "accuracy", "", "test", None)
    return KeptRecord(
        slug=SLUG,
        title=paper.title_english,
        arm=ARM,
        seed=0,
        protocol="published",
        classes=list(paper.class_names),
        image_size=training.image_size,
        training=asdict(training),
        profile="quick",
        changed=[],
        kind="phantom",
        data="drawn",
        data_sha256="0" * 64,
        images=number,
        stand_ins={},
        group_noun="image",
        pixel_ranges=[],
        weights=Weights(declared="imagenet", used="random", source="a benchmark", sha256=""),
        backbone_sha256="",
        accuracy=Score.over_seeds(key, [1 / number], 0.0, 1.0, "Wilson"),
        outcome="one answer",
        confusion=[[1] * number] * number,
        run_key="",
        started="2026-01-01T00:00:00+00:00",
        versions={},
        backend="tensorflow",
    )


if __name__ == "__main__":
    main(**measure.sizes(__doc__, images=500, image_size=224))
