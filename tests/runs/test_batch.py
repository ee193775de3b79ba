"""The batch: one failure stops no other run, sections are named, weights are found from anywhere."""

import json
import os
import shutil
from dataclasses import replace
from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup
from rich.console import Console

from lib import runs, storage
from lib.datasets import DataError, own_folder
from lib.runs import batch, kernel
from lib.runs.folders import ARTEFACTS, CHECKSUMS, write_checksums
from lib.runs.plan import Plan
from lib.settings import resolve
from lib.storage import only_process

slow = pytest.mark.slow


def plans(*slugs):
    return [SimpleNamespace(paper=SimpleNamespace(slug=slug), missing="") for slug in slugs]


@pytest.fixture
def outcome(record, monkeypatch):
    """Slug → an error to raise, or None for a finished run."""
    raised = {}

    def finish(plan, *_):
        if raised.get(plan.paper.slug):
            raise raised[plan.paper.slug]
        return record.collect(), "done"

    monkeypatch.setattr(batch, "_make_run", finish)
    return raised


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DataError("no images [0, 1]"), "first: failed. no images [0, 1]"),
        (batch.RunError("In the section “Training”: it broke"), "first: failed. In the section"),
        (
            OSError(28, "No space left on device"),
            "first: failed. OSError: [Errno 28] No space left",
        ),
    ],
)
def test_one_failure_stops_no_other_run(outcome, tmp_path, capsys, error, told):
    outcome["first"] = error
    assert batch.run(plans("first", "second"), tmp_path / "reports", force=False) == 1
    shown = capsys.readouterr()
    assert told in shown.err
    assert "✓ second: done." in shown.out
    table = [line.split() for line in shown.out.splitlines()]
    assert ["first", "–", "–", "–", "–", "failed"] in table
    assert ["second", "mobilenetv2"] in [words[:2] for words in table]
    assert (tmp_path / "reports" / "index.html").is_file()


def test_kept_results_that_cannot_be_read_are_told_before_anything_runs(outcome, tmp_path, capsys):
    broken = storage.references() / "a_paper" / "images.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("{")
    assert batch.run(plans("first"), tmp_path / "reports", force=False) == 1
    assert f"{broken} should be a reference" in capsys.readouterr().err
    assert not (tmp_path / "reports").exists()


def test_all_well_is_exit_code_0(outcome, tmp_path, capsys):
    assert batch.run(plans("first", "second"), tmp_path / "reports", force=False) == 0
    assert "94.839 %" in capsys.readouterr().out


def test_the_table_at_the_end_names_the_arms_but_no_variants(
    outcome, with_variant, tmp_path, capsys
):
    assert batch.run(plans("first"), tmp_path / "reports", force=False) == 0
    told = capsys.readouterr().out
    assert "mobilenetv2" in told
    assert "native" not in told


@pytest.fixture
def plan(paper, tmp_path, monkeypatch) -> Plan:
    """A run on phantoms, few of them in its control sets, too, on a machine without a GPU."""
    monkeypatch.setattr(
        "lib.machine.weights_fingerprint", lambda backbones: f"of {' '.join(backbones)}"
    )
    monkeypatch.setattr("lib.machine.gpu_name", lambda: None)
    monkeypatch.setattr("lib.phantoms.CONTROL_PER_CLASS", 1)
    path = tmp_path / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    settings = resolve(paper, phantoms_per_class=5)
    return Plan(paper=paper, notebook=path, settings=settings, data="phantom")


def test_the_key_knows_the_weights_of_every_trained_backbone(plan):
    found = batch._key_parts(plan)
    assert found["weights"] == "of MobileNetV2"
    assert (found["device"], found["kernel"]) == ("cpu", "")
    # a parameter that only this notebook knows is part of what was run
    with_photo = replace(plan, parameters={"photo": "cat.jpg", "data": "phantom"})
    assert _changed(plan, with_photo) == {"parameters"}


def test_the_notebook_is_told_the_command_with_the_images_that_were_found(
    plan, make_folder, tmp_path, monkeypatch
):
    told = []

    def execute(*_, **__):
        told.append(json.loads(os.environ[runs.ENVIRONMENT])["command"])
        raise OSError

    monkeypatch.setattr("papermill.execute_notebook", execute)
    for data in ("auto", str(make_folder("real"))):
        with pytest.raises(OSError, match=r"^$"):
            batch._execute(replace(plan, data=data), tmp_path, {}, Console())
    assert [command.split("--data ")[1] for command in told] == ["phantom", "real"]


def _changed(before: Plan, after: Plan) -> set[str]:
    """The parts of the key that differ."""
    one, other = batch._key_parts(before), batch._key_parts(after)
    return {name for name in one if one[name] != other[name]}


def test_the_key_knows_the_images_of_every_control_set(plan, monkeypatch):
    before = batch._key_parts(plan)
    images, *controls = before["data"].split(" ")
    assert len(controls) == len(plan.paper.controls) == 2
    assert len({images, *controls}) == 3
    monkeypatch.setattr("lib.phantoms.CONTROL_PER_CLASS", 2)
    after = batch._key_parts(plan)
    assert {name for name in before if before[name] != after[name]} == {"data"}
    other, *others = after["data"].split(" ")
    assert other == images
    assert not {*controls} & {*others}
    without = replace(plan, paper=replace(plan.paper, controls=()))
    assert batch._key_parts(without)["data"] == images


def test_of_real_images_the_key_knows_the_control_sets_that_are_there_and_draws_none(
    plan, make_folder, monkeypatch
):
    monkeypatch.setattr("lib.phantoms.control_folders", lambda _: 1 / 0)
    real = replace(plan, data=str(make_folder("real", per_class=2)))
    (images,) = batch._key_parts(real)["data"].split(" ")
    beside = replace(real, parameters={"controls": str(make_folder("beside/pbc").parent)})
    first, control = batch._key_parts(beside)["data"].split(" ")
    assert first == images != control
    # What is asked for by name is a parameter, too.
    assert _changed(real, beside) == {"data", "parameters"}
    shutil.copytree(make_folder("beside/pbc"), own_folder(plan.paper.controls[0]))
    assert batch._key_parts(real)["data"] == f"{first} {control}"


def test_a_run_on_drawings_is_shown_the_control_sets_that_are_named(plan, make_folder, monkeypatch):
    monkeypatch.setattr("lib.phantoms.control_folders", lambda _: 1 / 0)
    named = replace(plan, parameters={"controls": str(make_folder("Oslo"))})
    assert len(batch._key_parts(named)["data"].split(" ")) == 2


def test_a_control_set_that_cannot_be_read_is_an_error_before_anything_runs(
    plan, make_folder, tmp_path
):
    (tmp_path / "beside" / "pbc" / "basophil").mkdir(parents=True)
    real = replace(plan, data=str(make_folder("real", per_class=2)))
    broken = replace(real, parameters={"controls": str(tmp_path / "beside")})
    with pytest.raises(DataError, match="has none"):
        batch._key_parts(broken)


def _write_run(record, folder):
    """As `_execute` leaves it, with a notebook and a report of one line each."""
    runs.save(results := record.collect(), record.tables(), str(folder))
    for name in ("notebook.ipynb", "report.html"):
        (folder / name).write_text("of the run")
    write_checksums(folder)
    return results


def test_a_run_without_one_of_its_files_is_not_whole(record, tmp_path):
    folder = tmp_path / "run"
    results = _write_run(record, folder)
    assert batch._finished(folder) == results
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted([*ARTEFACTS, CHECKSUMS])
    for name in names:
        moved = (folder / name).rename(tmp_path / name)
        assert batch._finished(folder) is None, name
        moved.rename(folder / name)


class Batch:
    """Runs of one paper in which a fake takes the place of the notebook; `error` makes it fail."""

    def __init__(self, record, plan, reports, monkeypatch) -> None:
        self.slug, self.reports, self.executed, self.error = plan.paper.slug, reports, 0, None
        self._record, self._plan = record, plan
        monkeypatch.setattr(batch, "_execute", self._execute)
        parts = {"notebook": "n", "weights": "of MobileNetV2"}
        monkeypatch.setattr(batch, "_key_parts", lambda _: parts)
        monkeypatch.setenv(runs.ENVIRONMENT, json.dumps({"key_parts": parts}))

    def _execute(self, _, folder, *__):
        self.executed += 1
        if self.error:
            (folder / "notebook.ipynb").write_text("of the failed run")
            raise self.error
        return _write_run(self._record, folder)

    def run(self, **options) -> int:
        return batch.run([self._plan], self.reports, force=False, **options)

    @property
    def folder(self):
        return self.reports / self.slug

    @property
    def card(self):
        html = (self.reports / "index.html").read_text(encoding="utf-8")
        (card,) = BeautifulSoup(html, "html.parser").select("article.card")
        return card

    @property
    def rows(self) -> int:
        return len((self.reports / "results.csv").read_text(encoding="utf-8").splitlines()) - 1


@pytest.fixture
def one_paper(record, plan, tmp_path, monkeypatch) -> Batch:
    return Batch(record, plan, tmp_path / "reports", monkeypatch)


def test_a_whole_run_is_skipped_and_leaves_nothing_hidden(one_paper, capsys):
    assert (one_paper.run(), one_paper.run()) == (0, 0)
    assert one_paper.executed == 1
    assert "unchanged, not run again" in capsys.readouterr().out
    names = {path.name for path in one_paper.reports.iterdir()}
    assert names == {one_paper.slug, "index.html", "results.csv"}
    assert one_paper.rows == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *((name, b"") for name in (*ARTEFACTS, CHECKSUMS)),
        ("results.json", b'{"accuracy": 0.99}'),
        *((CHECKSUMS, content) for content in (b"{}", b"3", b"\xff", b"[" * 100_000)),
    ],
)
def test_a_run_of_which_a_file_was_changed_runs_again_and_says_so(one_paper, capsys, name, content):
    one_paper.run()
    whole = (one_paper.folder / name).read_bytes()
    (one_paper.folder / name).write_bytes(content)
    assert one_paper.run() == 0
    assert one_paper.executed == 2
    assert f"runs again: {name} of its folder was changed since the run" in capsys.readouterr().out
    if name in ("report.html", "notebook.ipynb", "predictions.csv"):
        assert (one_paper.folder / name).read_bytes() == whole


def test_a_run_edited_by_one_digit_is_not_shown_in_the_index(one_paper):
    one_paper.run()
    path = one_paper.folder / "results.json"
    path.write_text(path.read_text().replace('"mean": 1.0', '"mean": 0.99'))
    assert batch.run([], one_paper.reports, force=False) == 0
    batch._write_index(one_paper.reports)
    assert "results.json of its folder was changed" in one_paper.card.get_text()
    assert one_paper.card.dl is None
    assert one_paper.rows <= 0


def test_a_failed_run_is_said_in_the_index_instead_of_the_old_numbers(one_paper, monkeypatch):
    one_paper.run()
    assert one_paper.card.dl is not None
    monkeypatch.setattr(batch, "_key_parts", lambda _: {"notebook": "another"})
    one_paper.error = batch.RunError("In the section “Training”: it <broke>\x1b[31m")
    assert one_paper.run() == 1
    card = one_paper.card
    assert "Its last run failed. In the section “Training”: it <broke>" in card.get_text()
    assert card.dl is None
    addresses = [link["href"] for link in card.select("a")]
    assert addresses == [
        f"failed/{one_paper.slug}/notebook.ipynb",
        f"{one_paper.slug}/report.html",
    ]
    assert all((one_paper.reports / address).is_file() for address in addresses)
    assert one_paper.rows <= 0
    one_paper.error = None
    assert one_paper.run() == 0
    assert one_paper.card.dl is not None
    assert not (one_paper.reports / "failed" / one_paper.slug).exists()


def test_a_run_that_failed_before_its_notebook_ran_is_said_without_an_older_notebook(
    one_paper, monkeypatch
):
    one_paper.error = batch.RunError("first")
    one_paper.run()
    assert len(one_paper.card.select("a")) == 1

    def fail(_):
        raise DataError("no images")

    monkeypatch.setattr(batch, "_key_parts", fail)
    one_paper.run()
    assert "Its last run failed. no images" in one_paper.card.get_text()
    assert one_paper.card.select("a") == []


def test_a_notebook_that_cannot_be_read_is_a_failed_run_in_the_index(one_paper):
    assert batch.run([], one_paper.reports, force=False, broken={one_paper.slug: "cell 3"}) == 1
    batch._write_index(one_paper.reports)
    assert "Its last run failed. cell 3" in one_paper.card.get_text()


def test_an_interrupted_run_is_no_failed_one(one_paper):
    one_paper.run()
    one_paper.error = KeyboardInterrupt()
    (one_paper.folder / "report.html").write_text("")
    with pytest.raises(KeyboardInterrupt):
        one_paper.run()
    assert not (one_paper.reports / "failed").exists()
    assert [path.name for path in one_paper.reports.glob(".*")] == []


def test_two_batches_do_not_work_on_one_paper_at_a_time(one_paper, capsys):
    one_paper.reports.mkdir()
    with only_process(one_paper.reports / f".{one_paper.slug}.lock"):
        assert one_paper.run() == 1
    assert "Another run_all.py is at work on it" in capsys.readouterr().err
    assert one_paper.executed == 0
    assert not (one_paper.reports / "failed").exists()
    assert one_paper.run() == 0


def test_a_full_disk_is_told_with_the_remedy(one_paper, capsys):
    one_paper.error = OSError(28, "No space left on device")
    assert one_paper.run() == 1
    assert "Make room on the disk" in capsys.readouterr().err


def test_names_of_files_reach_the_terminal_escaped(one_paper, capsys):
    one_paper.error = DataError("cat\x1b[2J\u202e[red]:smile:.png cannot be read")
    assert one_paper.run() == 1
    told = capsys.readouterr().err
    assert r"cat\x1b[2J\u202e[red]:smile:.png cannot be read" in told


# Kernels that end, stop or never finish: two cells, on a real kernel


@pytest.fixture
def told(plan, tmp_path):
    """What is told of a run whose notebook has these two cells."""

    def run(first: str, second: str) -> str:
        md, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
        cells = [md("## Training"), code(first), code(second)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), plan.notebook)
        (tmp_path / "run").mkdir()
        with pytest.raises(batch.RunError) as caught:
            batch._execute(plan, tmp_path / "run", {}, batch.Console(highlight=False))
        return str(caught.value)

    return run


@slow
def test_a_kernel_that_is_killed_is_told_with_place_cause_and_remedy(told):
    text = told("import os, signal", "# A comment\nos.kill(os.getpid(), signal.SIGKILL)")
    assert text.startswith("In the section “Training”, in the cell that begins `# A comment`: ")
    for part in ("SIGKILL", "most likely because memory ran out", "image_size", "batch_size"):
        assert part in text


@slow
def test_a_kernel_that_ends_itself_is_told_with_its_exit_code(told):
    text = told("import os", "os._exit(7)")
    assert "exit code 7" in text
    assert "most likely" not in text


@slow
def test_a_kernel_that_is_stopped_is_ended_and_told(told, monkeypatch, tmp_path):
    monkeypatch.setattr(kernel, "SILENCE", 3)
    process = tmp_path / "process"
    text = told(
        f"import os, signal\nopen({str(process)!r}, 'w').write(str(os.getpid()))",
        "os.kill(os.getpid(), signal.SIGSTOP)",
    )
    assert "`os.kill(os.getpid(), signal.SIGSTOP)`: the kernel gave no sign of life" in text
    with pytest.raises(ProcessLookupError):
        os.kill(int(process.read_text()), 0)


@slow
def test_a_cell_that_never_ends_is_ended_and_told(told, monkeypatch):
    monkeypatch.setattr(kernel, "CELL_TIMEOUT", 3)
    text = told("import time", "while True: time.sleep(1)")
    assert "`while True: time.sleep(1)`: it ran for more than" in text


@slow
def test_a_log_is_told_that_a_long_section_goes_on(told, monkeypatch, capsys):
    monkeypatch.setattr("lib.runs.progress.STILL", 1)
    told("import time, os; time.sleep(4)", "os._exit(0)")
    assert ": still in Training, 0 min" in capsys.readouterr().out


def test_an_interrupt_is_no_failure_to_go_on_from(outcome, tmp_path):
    outcome["first"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        batch.run(plans("first", "second"), tmp_path / "reports", force=False)


def test_a_relative_weights_folder_is_found_from_the_kernels_folder(outcome, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIB_WEIGHTS", "some/weights")
    batch.run([], tmp_path / "reports", force=False)
    assert os.environ["LIB_WEIGHTS"] == str(tmp_path / "some" / "weights")


def test_every_cell_knows_its_section_and_the_injected_one_is_counted():
    md, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    tagged = code("a = 1", metadata={"tags": ["parameters"]})
    cells = [
        md("# Title"),
        tagged,
        md("## One\n\ntext"),
        code("a"),
        md("more\n\n## Two"),
        code("b"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    assert batch._sections(notebook) == ["Start", "Start", "Start", "One", "One", "Two", "Two"]


@pytest.mark.parametrize(
    ("data", "there", "downloads"),
    [("kaggle", False, 1), ("kaggle", True, 0), ("auto", False, 0), ("phantom", False, 0)],
)
def test_only_kaggle_downloads_and_only_what_is_not_there(
    paper, monkeypatch, capsys, data, there, downloads
):
    asked = []

    def fetch(paper, echo):
        asked.append(paper.slug)
        echo("downloading [owner/name] …")

    monkeypatch.setattr(batch.kaggle, "fetch", fetch)
    if there:
        own_folder(paper).mkdir(parents=True)
    batch._fetch(SimpleNamespace(paper=paper, data=data), batch.Console(highlight=False))
    assert asked == [paper.slug] * downloads
    assert capsys.readouterr().out == "downloading [owner/name] …\n" * downloads


def test_what_cannot_be_had_is_told_first_and_stops_no_other_run(
    outcome, tmp_path, monkeypatch, capsys
):
    """What Kaggle has of it is downloaded all the same, and a download that fails stops no other."""
    asked = []

    def fetch(paper, echo):
        asked.append(paper.slug)
        raise DataError(f"no network; asked after {capsys.readouterr().err}")

    monkeypatch.setattr(batch.kaggle, "missing", lambda paper: [paper])
    monkeypatch.setattr(batch.kaggle, "fetch", fetch)
    first, second = plans("first", "second")
    first.data, first.missing = "kaggle", "Download the atlas by hand"
    assert batch.run([first, second], tmp_path / "reports", force=False) == 1
    assert asked == ["first"]
    shown = capsys.readouterr()
    assert "no network; asked after ✗ first: failed. Download the atlas by hand" in shown.err
    assert "✓ second: done." in shown.out
    reason = (tmp_path / "reports" / "failed" / "first" / "reason.txt").read_text()
    assert reason == "Download the atlas by hand\n"
    assert (tmp_path / "reports" / "index.html").is_file()


def test_somebodys_file_beside_a_failed_notebook_outlives_the_next_success(tmp_path):
    mine = tmp_path / "failed" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    batch._forget_failed(mine.parent)
    assert mine.read_text() == "mine"
    mine.unlink()
    (mine.parent / "notebook.ipynb").write_text("{}")
    batch._forget_failed(mine.parent)
    assert not mine.parent.exists()
