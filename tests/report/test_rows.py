"""A run in rows: what of it stands in results.csv, one line per model and protocol."""

import pandas as pd
import pytest
from made_up_paper import with_weights

from lib.report import rows
from lib.results import FoldCounts


@pytest.fixture
def results(record):
    return record.collect()


def fold(train, test, protocol="published"):
    return FoldCounts(
        protocol=protocol,
        seed=0,
        fold=0,
        train=train,
        test=test,
        shared_groups=None,
        near_duplicates=0,
        look_alikes=None,
    )


def test_the_summary_has_a_row_an_arm_and_a_variant_and_says_whose(with_variant):
    shown = rows.summary_rows(with_weights(with_variant.collect(), "imagenet", "torchvision"))
    assert [(row["arm"], row["variant_of"]) for row in shown] == [
        ("mobilenetv2", ""),
        ("mobilenetv2-native", "mobilenetv2"),
    ]
    assert [row["weights"] for row in shown] == ["imagenet", "torchvision"]
    assert [row["accuracy"] for row in shown] == [1.0, 0.8667]
    assert [row["printed"] for row in shown] == ["94.839 %", ""]


def test_the_results_table_marks_variants(with_variant, tmp_path):
    (tmp_path / "results.csv").write_text(rows.summary_csv([with_variant.collect()]))
    table = pd.read_csv(tmp_path / "results.csv", keep_default_na=False)
    assert table[["arm", "variant_of", "accuracy"]].to_numpy().tolist() == [
        ["mobilenetv2", "", 1.0],
        ["mobilenetv2-native", "mobilenetv2", 0.8667],
    ]


def test_the_majority_is_that_of_the_training_images_scored_on_the_test_images(results):
    # "a" is the most frequent in training; of one seed 3 of 10 and 1 of 4 test images are "a"
    folds = [
        fold({"a": 5, "b": 4}, {"a": 3, "b": 7}),
        fold({"a": 9, "b": 1}, {"a": 1, "b": 3}),
        fold({"a": 9, "b": 1}, {"a": 4, "b": 0}, "grouped"),
    ]
    (row,) = rows.summary_rows(results.model_copy(update={"folds": folds}))
    assert row["majority"] == pytest.approx(4 / 14, abs=5e-5)  # rounded


def test_of_no_runs_the_results_table_has_its_columns_alone(tmp_path):
    (tmp_path / "results.csv").write_text(rows.summary_csv([]))
    table = pd.read_csv(tmp_path / "results.csv")
    assert (list(table.columns), len(table)) == ([*rows.COLUMNS], 0)


def test_the_results_table_has_a_row_an_arm(results, tmp_path):
    (tmp_path / "results.csv").write_text(rows.summary_csv([results]))
    table = pd.read_csv(tmp_path / "results.csv")
    assert table[["slug", "arm", "kind", "accuracy"]].to_numpy().tolist() == [
        ["kuncoro_white_blood_cells", "mobilenetv2", "substitute", 1.0]
    ]


def test_the_results_table_says_which_reports_are_out_of_date(results, tmp_path):
    stale = {results.slug: 'keras 3.14 → 3.15, "x"'}
    (tmp_path / "results.csv").write_text(rows.summary_csv([results], stale))
    assert list(pd.read_csv(tmp_path / "results.csv")["stale"]) == [stale[results.slug]]
