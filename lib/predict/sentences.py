"""What is said with every answer: what the model is, how well it is known to do, and what it cannot be taken for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lib import papers
from lib.report.blocks import provenance_mark
from lib.report.notation import score_interval
from lib.results import IMAGE_KINDS, WEIGHTS, KeptRecord
from lib.words import counted, listed

if TYPE_CHECKING:
    from lib.models.novelty import Novelty

STUDY = "For study, not for diagnosis."
UNLIKE = "unlike the training images"
ACCURACY = "Accuracy"  # the name of that fact


def model_facts(record: KeptRecord) -> Iterator[tuple[str, str]]:
    """Name and value of what is known of the model and of its accuracy."""
    yield "Model", f"{record.arm} of “{papers.load(record.slug).name}” ({record.slug})"
    images = f"{record.images:,} images of {record.data}"
    yield "Trained on", f"a part of {images}: {IMAGE_KINDS[record.kind].meaning}"
    for name, folders in record.stand_ins.items():
        yield (
            f"For {name}",
            f"images of {listed(folders)} stood in, and what it calls {name} may be such",
        )
    yield ACCURACY, accuracy_text(record)
    run = f"{record.started[:10]}, seed {record.seed}, {record.profile} profile"
    yield "Run", run


def accuracy_text(record: KeptRecord) -> str:
    """ "0.930 [0.863, 0.965] on test images of its own set (100 by this model, published split)"."""
    tested = sum(map(sum, record.confusion))
    return (
        f"{score_interval(record.accuracy)} on test images of its own set ({tested:,} by this model, "
        f"{record.protocol} split)"
    )


def warnings(record: KeptRecord) -> list[str]:
    """Sentences on why the answers of this model mean little or nothing; none of a sound one."""
    said = []
    if record.kind == "phantom":
        said.append(
            "The model was trained on images that a program drew: what it says of real images means nothing."
        )
    if has_random_weights(record):
        said.append(
            f"The model has {WEIGHTS['random']}, not {WEIGHTS[record.weights.declared]}: its answers are no "
            f"measure of what the paper's model would say."
        )
    if record.outcome != "learnt":
        said.append(
            "In its run the model was not shown to do better than always giving the most frequent class."
        )
    return said


def has_random_weights(record: KeptRecord) -> bool:
    """Whether the network starts from random weights where the paper's does not."""
    return record.weights.used == "random" != record.weights.declared


def mark(record: KeptRecord) -> str:
    """The same in a few words, for every figure and row; "" for a sound model of the paper's own images."""
    images = IMAGE_KINDS[record.kind].mark
    remarks = (
        f"Trained on {images[:1].lower()}{images[1:]}" if images else "",
        provenance_mark("exact", record.weights),
        "" if record.outcome == "learnt" else "not shown to have learnt",
    )
    return "; ".join(filter(None, remarks))


def novelty_sentence(novelty: "Novelty | None") -> str:
    """What “unlike the training images” means for this model, and how the limit was set."""
    if novelty is None:
        return "Whether an image is unlike the training images is not known: the model was kept without their features."
    return (
        f"“Unlike the training images”: the network's features of the image lie farther from those of the nearest of "
        f"{counted(len(novelty.features), 'training image')} than {novelty.limit:.3f} (1 less the cosine). At least "
        f"99 % of {counted(novelty.tested, 'test image')} of the run lie nearer."
    )
