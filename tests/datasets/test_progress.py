"""Progress of long work: in place in a notebook and gone when done, in a file for a batch, else nothing."""

import nbformat
import pytest
from nbclient import NotebookClient

from lib.datasets import load, near_duplicates, progress
from lib.datasets.progress import ENVIRONMENT, duration, phase, read_state


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0)


@pytest.fixture
def file(monkeypatch, tmp_path):
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def clock(monkeypatch):
    """Seconds that stand still until they are set."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "1 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (11_100, "3 h 5 min")],
)
def test_durations_are_told_in_the_unit_that_fits(seconds, told):
    assert duration(seconds) == told


def test_a_batch_reads_how_far_the_work_is_and_how_long_it_takes_at_this_pace(file, clock):
    with phase("Training vgg16", 20) as work:
        work.advance(4)  # done by the run that was interrupted
        clock[0] += 60  # the first epoch, in which the network is compiled
        work.advance(5)
        clock[0] += 24
        work.advance(9, "epoch 10 of 20")
        told = read_state(file)
    # 4 epochs in 24 s; 11 are left
    assert str(told) == "Training vgg16 · 45% · about 66 s left · epoch 10 of 20"
    assert read_state(file) is None
    assert list(file.parent.glob("state*")) == []


def test_no_time_is_told_before_a_whole_epoch_after_the_first(file, clock):
    told = []
    with phase("Training", 20) as work:
        for done in (0, 0.4, 0.9, 1.1, 1.9, 2.1):
            clock[0] += 5
            work.advance(done)
            told.append("left" in str(read_state(file)))
    assert told == [False] * 5 + [True]


def test_no_more_than_two_updates_a_second_are_written_and_none_of_what_is_soon_done(file, clock):
    with phase("Training", 100) as work:
        for step in range(10):
            clock[0] += 0.01
            work.advance(step)
        assert read_state(file) is None
        clock[0] += 0.5
        work.advance(10)
        work.advance(11)
        assert read_state(file).share == 0.1


def test_decoding_and_hashing_tell_how_far_they_are(file, at_once, monkeypatch, make_folder, paper):
    told = []
    monkeypatch.setattr(progress._File, "show", lambda _, state: told.append(state))
    monkeypatch.setattr("lib.datasets.store.CHUNK", 4)
    images = load(paper, make_folder(), 8)
    near_duplicates(images)
    shares = {}
    for state in told:
        shares.setdefault(state.name, []).append(state.share)
    assert shares == {
        "Decoding 15 images": [4 / 15, 8 / 15, 12 / 15, 1],
        "Perceptual hashes of 15 images": [done / 15 for done in range(15)],
    }


def test_what_is_shown_is_taken_away_when_the_work_fails(file, at_once):
    def fail() -> None:
        with phase("Training", 2) as work:
            work.advance(1)
            assert read_state(file).name == "Training"
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert read_state(file) is None


@pytest.mark.parametrize("content", ["", "{", "[1]", "half a li"])
def test_a_file_that_is_being_written_or_broken_tells_nothing(file, content):
    file.write_text(content)
    assert read_state(file) is None


def test_a_batch_that_is_gone_does_not_stop_the_run(monkeypatch, tmp_path, at_once):
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "gone" / "state"))
    with phase("Training", 2) as work:
        work.advance(1)


def test_outside_notebooks_and_batches_nothing_is_shown(monkeypatch, capsys, at_once):
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    with phase("Training", 2) as work:
        work.advance(1)
    assert capsys.readouterr() == ("", "")


@pytest.mark.slow
def test_a_notebook_keeps_nothing_of_it_when_the_work_is_done(monkeypatch):
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    cell = (
        "from lib.datasets import progress\n"
        "progress.EVERY = 0\n"
        "with progress.phase('Training <net>', 2) as work:\n"
        "    work.advance(1, 'epoch 2 of 2')\n"
        "    {end}"
    )
    shown, done = (_html(cell.format(end=end)) for end in ("work.close = int", "work.advance(2)"))
    assert "Training &lt;net&gt; · 50% · epoch 2 of 2" in shown
    assert done == ""


def _html(cell: str) -> str:
    """The one output of a cell."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    NotebookClient(notebook).execute()
    (output,) = notebook.cells[0].outputs
    return output["data"]["text/html"]
