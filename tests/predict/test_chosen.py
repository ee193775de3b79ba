"""Which model is asked: the run's, an arm's, a named file; and a sentence where there is none."""

from pathlib import Path

import made_up_runs
import pytest

from lib import results
from lib.predict import chosen
from lib.predict.chosen import PredictError, choose_model
from lib.results import KeptFile
from lib.storage import file_sha256

SLUG = "kuncoro_white_blood_cells"


def finished(reports: Path, *arms: str, **changes) -> Path:
    """A run folder that keeps a file for each of these arms, for two seeds."""
    folder = reports / SLUG
    (folder / "models").mkdir(parents=True)
    kept = [_kept(folder, arm, seed) for seed in (0, 1) for arm in arms]
    record = made_up_runs.results(slug=SLUG, kept_models=kept, **changes)
    (folder / "results.json").write_text(record.model_dump_json())
    return folder


def _kept(folder: Path, arm: str, seed: int) -> KeptFile:
    file = folder / "models" / f"{arm}{f'-seed-{seed}' if seed else ''}.keras"
    file.write_text(f"{arm} {seed}")
    return KeptFile(
        arm=arm,
        seed=seed,
        protocol="published",
        file=file.relative_to(folder).as_posix(),
        bytes=file.stat().st_size,
        sha256=file_sha256(file),
    )


def test_of_several_arms_the_first_is_taken_which_is_said(tmp_path):
    folder = finished(tmp_path, "net", "other")
    taken = choose_model(SLUG, reports=tmp_path)
    assert taken.path == folder / "models" / "net.keras"
    assert taken.remarks[0].endswith("net is its first (--arm: other).")
    assert choose_model(SLUG, "other", reports=tmp_path).path.name == "other.keras"


def test_of_one_arm_nothing_need_be_said(tmp_path):
    finished(tmp_path, "net")
    assert choose_model(SLUG, reports=tmp_path).remarks == ()


def test_a_run_that_would_come_out_otherwise_today_is_called_so(tmp_path, monkeypatch):
    finished(tmp_path, "net")
    monkeypatch.setattr(chosen, "code_change", lambda _: "lib/a.py changed")
    assert choose_model(SLUG, reports=tmp_path).remarks == (
        "The run is out of date: lib/a.py changed.",
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonsense",), "SLUG should be one of hulu_breast_mammography"),
        ((SLUG, "nonsense"), "of which .* keeps a model: net"),
        ((SLUG, "net", "file.keras"), "left out with --model"),
        ((SLUG, "", "absent.keras"), "there is no file absent.keras"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(tmp_path, arguments, said):
    finished(tmp_path, "net")
    with pytest.raises(PredictError, match=said):
        choose_model(*arguments, reports=tmp_path)


def test_without_a_run_it_says_what_to_run(tmp_path):
    with pytest.raises(PredictError, match=f"python run_all.py {SLUG} --reports .*{tmp_path.name}"):
        choose_model(SLUG, reports=tmp_path)


def test_a_run_without_models_and_one_of_another_version_are_told_apart(tmp_path):
    folder = finished(tmp_path)
    with pytest.raises(PredictError, match=r'it keeps none.*keep_models "first"'):
        choose_model(SLUG, reports=tmp_path)
    (folder / "results.json").write_text('{"schema_version": 1}')
    with pytest.raises(PredictError, match="of this version"):
        choose_model(SLUG, reports=tmp_path)


def test_a_kept_file_that_is_gone_or_another_is_not_asked(tmp_path):
    folder = finished(tmp_path, "net")
    (folder / "models" / "net.keras").write_text("something else")
    with pytest.raises(PredictError, match="it is another file"):
        choose_model(SLUG, reports=tmp_path)
    (folder / "models" / "net.keras").unlink()
    with pytest.raises(PredictError, match="it is missing"):
        choose_model(SLUG, reports=tmp_path)
    assert results.load(folder).kept_models  # the run itself is whole
