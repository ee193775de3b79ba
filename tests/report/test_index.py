"""The index: a card a paper, one table over all models, and the same as CSV."""

from dataclasses import replace

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from made_up_paper import with_weights

from lib.audit import Finding
from lib.report import index
from lib.results import FoldCounts


@pytest.fixture
def results(record):
    return record.collect()


def test_the_summary_has_a_row_an_arm_and_a_variant_and_says_whose(with_variant):
    rows = index.summary_rows(with_weights(with_variant.collect(), "imagenet", "torchvision"))
    assert [(row["arm"], row["variant_of"]) for row in rows] == [
        ("mobilenetv2", ""),
        ("mobilenetv2-native", "mobilenetv2"),
    ]
    assert [row["weights"] for row in rows] == ["imagenet", "torchvision"]
    assert [row["accuracy"] for row in rows] == [1.0, 0.8667]
    assert [row["printed"] for row in rows] == ["94.839 %", ""]


def test_the_index_leaves_variants_out(with_variant):
    soup = BeautifulSoup(index.index_page([with_variant.collect()], {}), "html.parser")
    assert [row.find_all("td")[1].get_text() for row in soup.select("tbody tr")] == ["mobilenetv2"]


def test_the_results_table_marks_variants(with_variant, tmp_path):
    (tmp_path / "results.csv").write_text(index.summary_csv([with_variant.collect()]))
    table = pd.read_csv(tmp_path / "results.csv", keep_default_na=False)
    assert table[["arm", "variant_of", "accuracy"]].to_numpy().tolist() == [
        ["mobilenetv2", "", 1.0],
        ["mobilenetv2-native", "mobilenetv2", 0.8667],
    ]


def test_the_table_has_a_row_a_model_with_its_verdict_and_the_majority(results):
    soup = BeautifulSoup(index.index_page([results], {}), "html.parser")
    row = [cell.get_text(" ", strip=True) for cell in soup.select("tbody td")]
    assert row[1:3] == ["mobilenetv2", "published"]
    assert row[5] == "94.839 %"
    assert row[6].startswith("1.000 [")
    assert row[9] == "not comparable"
    fold = results.folds[0]
    assert row[8] == f"{max(fold.test.values()) / sum(fold.test.values()):.3f}"


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


def test_the_majority_is_that_of_the_training_images_scored_on_the_test_images(results):
    # "a" is the most frequent in training; 3 of 10 and 1 of 4 test images are "a"
    folds = [
        fold({"a": 5, "b": 4}, {"a": 3, "b": 7}),
        fold({"a": 9, "b": 1}, {"a": 1, "b": 3}),
        fold({"a": 9, "b": 1}, {"a": 4, "b": 0}, "grouped"),
    ]
    (row,) = index.summary_rows(results.model_copy(update={"folds": folds}))
    assert row["majority"] == pytest.approx((0.3 + 0.25) / 2)


def card(results):
    soup = BeautifulSoup(index.index_page([results], {}), "html.parser").select_one("article.card")
    lines, texts = None, {}
    for tag in soup.select("dl > *"):
        if tag.name == "dt":
            lines = texts.setdefault(tag.get_text(), [])
        else:
            lines.append(tag.get_text(" ", strip=True))
    return soup, texts


def test_a_card_shows_claim_our_number_verdict_images_protocol_and_duration(results):
    soup, texts = card(results)
    assert soup.select_one("h2 a")["href"] == "kuncoro_white_blood_cells/report.html"
    assert texts["The paper"] == [
        "94.839 % accuracy of mobilenetv2 on test images (Fig. 8, below the table)"
    ]
    assert texts["Here"] == [f"100.0 % [{100 * results.scores[0].low:.1f}, 100.0] on test images"]
    assert texts["Verdict"] == ["not comparable"]
    assert texts["Images"][0].startswith(f"{results.data.images}. Substitute images")
    assert texts["Protocol"] == ["published"]
    assert texts["Run"] == [f"quick profile, {results.provenance.seconds:.0f} s"]
    counted = texts["All its numbers"][0].split()
    assert sum(int(word) for word in counted if word.isdigit()) == len(results.claims)
    image = soup.select_one("figure img")
    assert image["src"].startswith("data:image/png;base64,")
    assert image["alt"].startswith("Confusion matrix of mobilenetv2, seed 0")
    assert soup.select_one("figcaption .mark")


def test_a_card_tells_what_the_audit_found_and_a_dash_without_one(results):
    finding = Finding(
        check="sizes",
        topic="t",
        outcome="impossible",
        printed=("1",),
        arithmetic="",
        sentence="",
    )
    fits = replace(finding, outcome="consistent")
    audits = {results.slug: [fits, finding, fits], "another": [finding] * 9}
    soup = BeautifulSoup(index.index_page([results], audits), "html.parser")
    label = soup.find("dt", string="Audit")
    shown = [tag.get_text() for tag in label.find_next_sibling("dd").select(".verdict")]
    assert shown == ["1 impossible", "2 consistent"]
    assert card(results)[1]["Audit"] == ["–"]


def with_headline(results, **changes):
    """The record with another first claim, as a paper that prints another number first."""
    first = results.claims[0].model_copy(update=changes)
    return results.model_copy(update={"claims": [first, *results.claims[1:]]})


def test_a_headline_on_training_images_stands_beside_ours_on_training_and_on_test_images(results):
    curve = next(
        score
        for score in results.scores
        if (score.metric, score.part, score.epoch) == ("accuracy", "train", 1)
    )
    _, texts = card(with_headline(results, part="train", epoch=1, reproduced=curve.mean))
    assert "on training images, epoch 1 (" in texts["The paper"][0]
    assert [line.split(" on ")[1] for line in texts["Here"]] == [
        "training images, epoch 1",
        "test images",
    ]


def test_of_a_log_that_ends_sooner_the_last_epoch_is_shown_and_named(results):
    _, texts = card(with_headline(results, part="train", epoch=40, reproduced=None))
    last = max(score.epoch for score in results.scores if score.epoch is not None)
    assert texts["Here"][0].endswith(f"on training images, epoch {last}")


def test_a_card_tells_what_a_single_epoch_of_one_fit_moves_between(results):
    fits = [
        fit.model_copy(update={"epochs": [1, 2], "validation": [0.5, accuracy]})
        for fit, accuracy in zip(results.last_epochs, (0.7, 0.9), strict=True)
    ]
    _, texts = card(results.model_copy(update={"last_epochs": fits}))
    assert texts["Here"][0].endswith("on test images (one fit: 50.0 to 80.0 % in epochs 1 to 2)")


def test_a_run_of_another_protocol_only_has_its_number_and_matrix(results):
    def grouped(records):
        return [record.model_copy(update={"protocol": "grouped"}) for record in records]

    names = ("scores", "confusions", "folds")
    other = results.model_copy(update={name: grouped(getattr(results, name)) for name in names})
    soup, texts = card(other)
    assert texts["Here"] == card(results)[1]["Here"]
    assert texts["Protocol"] == ["grouped"]
    assert soup.select("figure img")


def test_a_paper_without_numbers_still_has_a_card(results):
    _, texts = card(results.model_copy(update={"claims": []}))
    assert texts["The paper"] == ["prints no number"]
    assert texts["Verdict"] == ["–"]


def test_an_empty_index_says_so():
    assert "No finished run yet" in index.index_page([], {})
    assert index.summary_csv([]).strip() == ""


def test_the_results_table_has_a_row_an_arm(results, tmp_path):
    (tmp_path / "results.csv").write_text(index.summary_csv([results]))
    table = pd.read_csv(tmp_path / "results.csv")
    assert table[["slug", "arm", "kind", "accuracy"]].to_numpy().tolist() == [
        ["kuncoro_white_blood_cells", "mobilenetv2", "substitute", 1.0]
    ]
