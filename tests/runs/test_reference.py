"""Reference results: what is kept of a run counted by hand, which runs are refused, whole or not at all."""

import json

import made_up_paper as made_up
import made_up_runs
import pytest

from lib import results, storage
from lib.__main__ import main
from lib.results import LastEpochs, Leak, Reference
from lib.runs import folders, reference

SLUG = "kuncoro_white_blood_cells"


@pytest.fixture
def run_folder(tmp_path):
    """A finished run on real images, as far as it is looked at."""
    folder = tmp_path / "reports" / SLUG
    folder.mkdir(parents=True)
    for name in folders.ARTEFACTS:
        (folder / name).write_text("of a run")
    write_record(folder)
    return folder


def write_record(folder, **changes) -> None:
    """Writes results.json as the run would have; `changes` name fields of it."""
    made = json.loads(made_up_run(slug=SLUG).model_dump_json())
    (folder / "results.json").write_text(json.dumps(made | changes))
    folders.write_checksums(folder)


def kept() -> list[Reference]:
    return results.load_references(storage.references())


# What is kept


def fit(protocol: str = "published", arm: str = "net") -> LastEpochs:
    return LastEpochs(
        arm=arm,
        protocol=protocol,
        seed=0,
        fold=0,
        images=40,
        epochs=[1, 2],
        train=[0.5, 0.6],
        validation=[0.7, 0.8],
    )


def probe(name: str, kind: str, mean: float, arm: str = "", protocol: str = "published"):
    accuracy = made_up_runs.accuracy(mean, arm=name, protocol=protocol)
    return made_up_runs.probe(name, kind).model_copy(update={"arm": arm, "accuracy": accuracy})


def leak(by: str, share: float | None, protocol: str = "published") -> Leak:
    return Leak(arm="net", protocol=protocol, by=by, share=share, sharing=None, others=None)


def made_up_run(**changes):
    """Of "net" under both protocols; 40 and 200 test images."""
    support = {"metric": "support", "low": 40, "high": 200}
    values = {
        "data": made_up_runs.data(kind="substitute", name="cats"),
        "folds": [
            made_up_runs.fold(train={"cat": 90, "dog": 70}, test={"cat": 10, "dog": 30}),
            made_up_runs.fold(train={"cat": 90, "dog": 70}, test={"cat": 20, "dog": 20}),
            made_up_runs.fold(protocol="grouped"),
        ],
        "scores": [
            made_up.score(0.9, 0.8),
            made_up.score(40, 40, **support),
            made_up.score(0.7, 0.6, protocol="grouped"),
            made_up.score(200, 200, protocol="grouped", **support),
        ],
        "last_epochs": [fit(), fit("grouped")],
        "probes": [
            probe("random labels", "random labels", 0.99),
            probe("features", "baseline", 0.95, arm="other"),
            probe("features", "baseline", 0.85, arm="net"),
            probe("colour", "shortcut", 0.75),
            probe("colour", "shortcut", 0.97, protocol="grouped"),
        ],
        "leaks": [leak("group", 0.5), leak("near-duplicate", 0.25), leak("group", 0.0, "grouped")],
        "gaps": [made_up_runs.gap(0.1, 0.3)],
    }
    return made_up_runs.results("net", **values | changes)


def test_what_is_kept_of_each_protocol_is_what_the_run_measured_under_it():
    made = reference.reference_of(made_up_run(), "cats", "Cats of a neighbour")
    assert (made.slug, made.name, made.title) == ("made_up", "cats", "Cats of a neighbour")
    (arm,) = made.arms
    published, grouped = arm.scores
    assert (published.protocol, published.accuracy.per_seed) == ("published", [0.9, 0.8])
    assert (published.test_images, grouped.test_images) == (40, 200)
    assert published.majority == pytest.approx((10 / 40 + 20 / 40) / 2)
    assert (published.best_probe.name, published.best_probe.accuracy.mean) == ("features", 0.85)
    assert (grouped.best_probe.name, grouped.best_probe.accuracy.mean) == ("colour", 0.97)
    assert published.leaks == {"group": 0.5, "near-duplicate": 0.25}
    assert grouped.leaks == {"group": 0.0}
    assert (published.last_epochs, grouped.last_epochs) == ([fit()], [fit("grouped")])
    assert (arm.gap.low, arm.gap.high) == (0.1, 0.3)
    assert made.controls == made_up_run().controls


def test_a_run_without_probes_has_no_best_one():
    (arm,) = reference.reference_of(made_up_run(probes=[]), "cats", "Cats").arms
    assert [score.best_probe for score in arm.scores] == [None, None]


def test_the_printed_accuracy_is_kept_as_printed():
    claims = [made_up.result(printed="90", unit="percent", part="validation", epoch=3)]
    (arm,) = reference.reference_of(made_up_run(claims=claims), "cats", "Cats").arms
    printed = arm.printed
    assert (printed.text, printed.where) == ("90 %", "Table 1")
    assert (printed.part, printed.epoch) == ("validation", 3)
    assert arm.printed_on_training is None
    assert [score.on_training for score in arm.scores] == [None, None]
    (arm,) = reference.reference_of(made_up_run(claims=[]), "cats", "Cats").arms
    assert arm.printed is None


def test_accuracy_on_training_images_is_kept_where_the_papers_headline_is_one():
    headline = made_up.result(printed="98.01", unit="percent", part="train", epoch=40)
    curve = [made_up.score(0.1 * epoch, part="train", epoch=epoch) for epoch in (1, 2, 3)]
    run = made_up_run(claims=[headline, made_up.result()], scores=[*made_up_run().scores, *curve])
    (arm,) = reference.reference_of(run, "cats", "Cats").arms
    assert (arm.printed.text, arm.printed_on_training.text) == ("0.90", "98.01 %")
    published, grouped = arm.scores
    assert published.on_training == curve[-1]  # the run stopped before epoch 40
    assert grouped.on_training is None
    behind = run.model_copy(update={"claims": run.claims[::-1]})
    (arm,) = reference.reference_of(behind, "cats", "Cats").arms
    assert (arm.printed_on_training, arm.scores[0].on_training) == (None, None)


def test_a_kept_run_is_read_back_as_it_was(run_folder, capsys):
    assert main(["reference", "keep", str(run_folder), "--title", "Coloured squares"]) == 0
    (made,) = kept()
    path = storage.references() / SLUG / "cats.json"  # the data folder's name
    assert str(path) in capsys.readouterr().out
    run = results.load(run_folder)
    assert made == reference.reference_of(run, "cats", "Coloured squares")
    assert (made.data.counts, made.data.sha256) == (run.data.counts, run.data.sha256)
    assert str(run_folder.parent.parent) not in path.read_text()


def test_lists_that_name_files_are_left_out_and_rejected_files_are_counted():
    twins = made_up_runs.near_duplicates(pairs=1, images=2)
    pair = results.NearDuplicate(first="a/secret.png", second="b.png", distance=0)
    rejected = results.Rejected(path="c/secret.png", reason="empty")
    made = reference.reference_of(
        made_up_run(
            near_duplicates=twins.model_copy(update={"closest": [pair]}),
            data=made_up_runs.data(kind="substitute", rejected=[rejected, rejected]),
        ),
        "cats",
        "Cats",
    )
    assert (made.near_duplicates["pairs"], made.near_duplicates["bits"]) == (1, 64)
    assert isinstance(made.near_duplicates["pairs"], int)
    assert made.rejected == 2
    assert "secret" not in made.model_dump_json()


# What is refused


def refused(capsys, *arguments: object) -> str:
    """The message; nothing is written."""
    assert main(["reference", "keep", *map(str, arguments)]) == 1
    assert not storage.references().exists()
    message = capsys.readouterr().err
    assert "Traceback" not in message
    return message


def test_a_run_on_drawn_images_is_refused(run_folder, capsys):
    drawn = made_up_runs.data(kind="phantom", name="cats")
    write_record(run_folder, data=drawn.model_dump(mode="json"))
    assert "its images are drawn" in refused(capsys, run_folder)


def test_a_run_of_which_a_file_was_changed_is_refused_and_the_file_named(run_folder, capsys):
    with (run_folder / "history.csv").open("a") as file:
        file.write(" ")
    assert "another or missing: history.csv. " in refused(capsys, run_folder)


def test_what_is_no_finished_run_is_refused(run_folder, tmp_path, capsys):
    assert "no checksums.json" in refused(capsys, tmp_path / "nowhere")
    (run_folder / "checksums.json").unlink()
    assert "no checksums.json" in refused(capsys, run_folder)
    (run_folder / "reason.txt").write_text("Because.")
    assert "failed (reason.txt" in refused(capsys, run_folder)


def test_a_record_of_another_version_or_an_unknown_paper_is_refused(run_folder, capsys):
    write_record(run_folder, schema_version=4)
    assert "should follow schema version" in refused(capsys, run_folder)
    write_record(run_folder, slug="../../elsewhere")
    assert "`slug` should be one of" in refused(capsys, run_folder)


def test_a_name_that_is_no_plain_file_name_is_refused(run_folder, capsys):
    for name in ("", "../up", "a/b", ".hidden", "Upper", "two words", "é"):
        assert "--name NAME" in refused(capsys, run_folder, "--name", name)


# One in the place of another


def test_a_reference_of_the_same_name_is_replaced_and_said_so(run_folder, capsys):
    main(["reference", "keep", str(run_folder)])
    assert "in the place of" not in capsys.readouterr().out
    main(["reference", "keep", str(run_folder), "--name", "cats_augmented"])
    main(["reference", "keep", str(run_folder), "--title", "Another title"])
    started = results.load(run_folder).provenance.started
    assert f"in the place of that of {started}" in capsys.readouterr().out
    assert [(made.name, made.title) for made in kept()] == [
        ("cats", "Another title"),
        ("cats_augmented", "cats"),
    ]


def test_what_cannot_be_read_is_replaced_too(run_folder, capsys):
    path = storage.references() / SLUG / "cats.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff")
    assert main(["reference", "keep", str(run_folder)]) == 0
    assert "in the place of one that could not be read" in capsys.readouterr().out
    assert len(kept()) == 1


def test_a_failure_to_write_leaves_the_older_one_whole(run_folder, monkeypatch, capsys):
    main(["reference", "keep", str(run_folder)])
    before = kept()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "replace", fail)
    assert main(["reference", "keep", str(run_folder), "--title", "Another title"]) == 1
    assert kept() == before
    assert [path.name for path in (storage.references() / SLUG).iterdir()] == ["cats.json"]


# What is shown


def test_the_list_has_a_line_for_every_model_and_protocol(run_folder, capsys):
    assert main(["reference", "list"]) == 0
    assert "No reference is kept yet" in capsys.readouterr().out
    main(["reference", "keep", str(run_folder), "--title", "Coloured\x1b squares"])
    capsys.readouterr()
    assert main(["reference", "list"]) == 0
    heading, published, grouped = capsys.readouterr().out.splitlines()
    assert heading.startswith(
        f"{SLUG}/cats: Coloured\\x1b squares (200 images, substitute), paper, 5 seeds"
    )
    assert published.split()[:3] == ["net", "published", "0.850"]
    assert "printed 0.90; majority 0.375; weights imagenet" in published
    assert grouped.split()[:3] == ["net", "grouped", "0.650"]


def test_a_reference_that_is_damaged_or_out_of_its_place_is_named(run_folder, capsys):
    main(["reference", "keep", str(run_folder)])
    path = storage.references() / SLUG / "cats.json"
    other = path.rename(path.with_name("other.json"))
    assert main(["reference", "list"]) == 1
    assert "other.json should hold the reference other" in capsys.readouterr().err
    other.write_text("{")
    assert main(["reference", "list"]) == 1
    assert "other.json should be a reference" in capsys.readouterr().err
