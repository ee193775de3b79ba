"""The tables of the READMEs: cell by cell, between their marks, and in step with data/reference/."""

import made_up_paper as made_up
import made_up_runs
import pytest

from lib import ROOT, results, storage
from lib.__main__ import main
from lib.results import LastEpochs, Leak, Reference
from lib.runs import reference_tables
from lib.runs.reference import reference_of

SLUG = "kuncoro_white_blood_cells"


def kept(*arms: str, protocols=("published", "grouped"), title="Cells", **changes) -> Reference:
    """A reference of a made-up run: 0.90 [0.88, 0.92] published, 0.70 [0.60, 0.80] grouped."""
    arms = arms or ("net",)
    values = {
        "slug": SLUG,
        "data": made_up_runs.data(kind="substitute", image_size=224),
        "folds": [made_up_runs.fold(protocol=protocol) for protocol in protocols],
        "scores": made_up_runs.two_accuracies(arms, protocols),
        "claims": [made_up.result(arm=arms[0], printed="94.839", unit="percent")],
    }
    return reference_of(made_up_runs.results(*arms, **values | changes), "cells", title)


def rows(table: str) -> list[list[str]]:
    """The cells of a Markdown table, heads first, without the rule below them."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [
        [cell.strip() for cell in line[1:-1].split(" | ")] for line in lines if "---" not in line
    ]


def test_the_short_table_has_a_row_for_each_of_the_papers_own_models():
    models = [made_up.model("a"), made_up.model("a-b", variant_of="a"), made_up.model("c")]
    table = reference_tables.short_table([kept("a", "a-b", "c", models=models)])
    assert rows(table) == [
        [
            *("Paper", "Images", "Model", "Printed", "Published split", "Grouped split"),
            *("Majority", "Weights", "Seeds"),
        ],
        *(
            [
                f"[{SLUG}](notebooks/{SLUG}.ipynb)",
                "Cells (200 images of 200 patients, 224 pixels)¹",
                arm,
                printed,
                "0.900 [0.880, 0.920]",
                "0.700 [0.600, 0.800]",
                "0.50",
                "Keras' ImageNet weights",
                "5 (paper)",
            ]
            for arm, printed in (("a", "94.839 %"), ("c", "–"))
        ),
    ]


def test_where_groups_of_some_images_are_unknown_both_tables_say_so():
    partly = made_up_runs.data(kind="substitute", groups=80, ungrouped=70)
    leak = {"arm": "net", "by": "group", "sharing": None, "others": None}
    leaks = [Leak(**leak, protocol=name, share=0.25) for name in ("published", "grouped")]
    reference = kept(data=partly, leaks=leaks)
    of_groups = "200 images of 10 patients and 70 images of unknown patient"
    assert of_groups in reference_tables.short_table([reference])
    assert of_groups in reference_tables.long_tables([reference])
    assert rows(reference_tables.long_tables([reference]))[1][-1] == "at least 25.0 % (patient)"


def test_a_protocol_that_was_not_run_is_a_dash_and_one_that_never_was_no_column():
    alone = kept(protocols=("published",))
    assert rows(reference_tables.short_table([alone]))[0][4:6] == ["Published split", "Majority"]
    lines = rows(reference_tables.short_table([alone, kept(protocols=("grouped",))]))
    assert [line[4:6] for line in lines[1:]] == [
        ["0.900 [0.880, 0.920]", "–"],
        ["–", "0.700 [0.600, 0.800]"],
    ]


def test_images_that_are_not_the_papers_and_random_weights_are_marked_and_explained():
    def marks(kind: str, used: str, declared: str = "imagenet") -> list[str]:
        weights = made_up.weights(used, declared)
        models = [made_up.model().model_copy(update={"weights": weights})]
        made = kept(models=models, data=made_up_runs.data(kind=kind))
        table = reference_tables.short_table([made])
        row, legend = rows(table)[1], table.partition("\n\n")[2]
        marked = [mark for cell, mark in ((row[1], "¹"), (row[7], "²")) if cell.endswith(mark)]
        assert [mark for mark in "¹²" if mark in legend] == marked
        return marked

    assert marks("exact", "imagenet") == []
    assert marks("substitute", "imagenet") == ["¹"]
    assert marks("substitute", "random") == ["¹", "²"]
    assert marks("exact", "random", declared="random") == []  # trained from scratch, as the paper


def test_settings_that_are_not_the_papers_are_named_and_others_seeds_are_not():
    made = kept(profile="quick", changed=["seeds", "image_size", "epochs"])
    row = rows(reference_tables.short_table([made]))[1]
    assert row[8] == "5 (quick; changed: image size, epochs)"


def test_a_grouped_split_by_look_is_marked_and_explained():
    made = kept(grouping=made_up_runs.grouping(basis="search"))
    table = reference_tables.short_table([made])
    assert rows(table)[1][4:6] == ["0.900 [0.880, 0.920]", "0.700 [0.600, 0.800]³"]
    assert "³ Which images belong together is not known" in table
    assert "³" not in reference_tables.short_table([kept()])
    assert [row[4] for row in rows(reference_tables.long_tables([made]))[1:]] == [
        "published",
        "by-look",
    ]


def test_a_split_by_groups_that_are_partly_known_is_marked_and_explained():
    made = kept(grouping=made_up_runs.grouping(basis="partly known groups"))
    table = reference_tables.short_table([made])
    assert rows(table)[1][4:6] == ["0.900 [0.880, 0.920]", "0.700 [0.600, 0.800]⁴"]
    assert "⁴ Which images belong together is known for some only" in table


def test_the_long_table_has_a_row_for_every_model_and_protocol():
    fits = [
        LastEpochs(
            arm="net",
            protocol="published",
            seed=0,
            fold=0,
            images=40,
            epochs=[11, 12, 13, 14, 15],
            train=[0.9] * 5,
            validation=[0.914, 0.905, 0.895, 0.871, 0.852],
        )
    ]
    shared = Leak(
        arm="net", protocol="published", by="group", share=0.97, sharing=None, others=None
    )
    probes = [made_up_runs.probe("colour", "shortcut")]
    made = kept(last_epochs=fits, leaks=[shared], probes=probes)
    text = reference_tables.long_tables([made])
    assert text.startswith(f"[{SLUG}]({SLUG}.ipynb): Five-class classification of white blood")
    _, published, grouped = rows(text)
    common = ["Cells (200 images of 200 patients, 224 pixels)¹", "net", "Keras' ImageNet weights"]
    assert published == [
        *common,
        *("5 (paper)", "published", "40", "94.839 %", "0.900 [0.880, 0.920]", "0.000"),
        *("0.852 to 0.914 in epochs 11 to 15", "0.500", "colour, 0.900", "97.0 % (patient)"),
    ]
    assert grouped[0] == ""
    assert grouped[4:] == [
        *("grouped", "40", "94.839 %", "0.700 [0.600, 0.800]", "0.000"),
        *("–", "0.500", "–", "not known"),
    ]


def test_each_paper_has_a_long_table_of_its_own():
    other = kept().model_copy(update={"slug": "sulistiana_cat_breeds"})
    text = reference_tables.long_tables([kept(), kept(title="More cells"), other])
    assert text.count("| Images |") == 2
    assert text.index("More cells") < text.index("[sulistiana_cat_breeds]")


def test_what_was_measured_on_training_images_stands_beside_the_rest():
    headline = made_up.result(printed="98.01", unit="percent", part="train")
    scores = [*made_up_scores(), made_up.score(0.99, part="train")]
    made = kept(protocols=("published",), claims=[headline, made_up.result()], scores=scores)
    row = rows(reference_tables.short_table([made]))[1]
    assert row[3:5] == [
        "0.90; 98.01 % on training images",
        "0.900 [0.880, 0.920]; 0.990 on training images",
    ]


def made_up_scores() -> list:
    return [made_up_runs.accuracy(0.9, 0.88, 0.92), made_up.score(40, metric="support")]


def test_a_title_cannot_break_its_row():
    table = reference_tables.short_table([kept(title="a | b\n<b>")])
    assert "| a \\| b &lt;b> (200 images" in table
    assert len(table.splitlines()) == 5  # heads, rule, row, and the legend below a blank line


def test_without_a_reference_the_tables_say_so():
    assert "No result is kept yet" in reference_tables.short_table([])
    assert "No result is kept yet" in reference_tables.long_tables([])


# In the READMEs


@pytest.fixture
def readmes(tmp_path, monkeypatch):
    """Two READMEs with empty tables."""
    paths = tmp_path / "README.md", tmp_path / "notebooks" / "README.md"
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"Above\n\n{reference_tables.BEGIN}\nold\n{reference_tables.END}\n\nBelow\n"
        )
    monkeypatch.setattr(reference_tables, "ROOT", tmp_path)
    return paths


def test_the_tables_are_written_between_their_marks_and_nothing_else_changes(readmes, capsys):
    path = storage.references() / SLUG / "cells.json"
    path.parent.mkdir(parents=True)
    path.write_text(kept().model_dump_json())
    before = [readme.read_text() for readme in readmes]
    assert main(["reference", "tables", "--check"]) == 1
    assert [line.split(": ")[0] for line in capsys.readouterr().out.splitlines()] == [
        "README.md",
        "notebooks/README.md",
    ]
    assert [readme.read_text() for readme in readmes] == before
    assert main(["reference", "tables"]) == 0
    for readme in readmes:
        text = readme.read_text()
        assert text.startswith(f"Above\n\n{reference_tables.BEGIN}\n\n")
        assert text.endswith(f"\n\n{reference_tables.END}\n\nBelow\n")
        assert "old" not in text
        assert "0.900 [0.880, 0.920]" in text
    capsys.readouterr()
    assert main(["reference", "tables", "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_a_readme_without_the_marks_is_named_and_nothing_is_written(readmes, capsys):
    readmes[1].write_text("Above\n")
    before = readmes[0].read_text()
    assert main(["reference", "tables"]) == 1
    assert "notebooks/README.md should have a line" in capsys.readouterr().err
    assert readmes[0].read_text() == before


def test_the_readmes_of_this_project_say_what_its_references_say():
    references = results.load_references(ROOT / "data" / "reference")
    for path, text in reference_tables.updated(references).items():
        assert path.read_text(encoding="utf-8") == text, (
            f"{path} is out of date: python -m lib reference tables"
        )
