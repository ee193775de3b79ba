"""The batch as its user meets it: a copy of the checkout, run from the command line, no network."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import overhead
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from image_folders import write_images

from lib import papers, phantoms
from lib.grading import verify
from lib.grading.artefacts import TABLES
from lib.grading.hand_in import hand_in
from lib.report.page import embedded_json
from lib.results import Results, load

SLUG = "kuncoro_white_blood_cells"
# Small enough for seconds: 20 phantoms a class at 32 pixels, two seeds of two epochs.
ARMS = ["mobilenetv2", "mobilenetv2-native"]  # the paper's, and a variant of it
SMALL = ["--seeds", "0", "1", "-p", "epochs", "2", "-p", "image_size", "32"]
FEW = ["-p", "phantoms_per_class", "20"]
# What a run cannot do without: one seed, one epoch, the paper's split; no variant, no other choice.
LEAST = [
    *("--seeds", "0", "-p", "epochs", "1", "-p", "image_size", "32"),
    *("-p", "protocols", '["published"]', "-p", "variants", "[]", "-p", "choices", "False"),
]

TOKEN = "planted-3f9a1c"  # a user has it to download: in the environment and at home
SIXTH, SIXTH_CLASSES = "lee_leaves", ("Sphynx", "Maine Coon")

slow = pytest.mark.slow


def run_all(checkout, env, *arguments, slug=SLUG):
    return subprocess.run(
        [sys.executable, "run_all.py", slug, *arguments],
        cwd=checkout,
        env=env,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.fixture(scope="module")
def small_run(checkout, offline_env, tmp_path_factory):
    """The process of one small run on phantoms, by a user with credentials."""
    home = tmp_path_factory.mktemp("home")
    (home / ".kaggle").mkdir()
    (home / ".kaggle" / "kaggle.json").write_text(f'{{"username": "ada", "key": "{TOKEN}"}}')
    env = offline_env | dict.fromkeys(("KAGGLE_KEY", "KAGGLE_API_TOKEN", "HF_TOKEN"), TOKEN)
    env["HOME"] = str(home)
    process = run_all(checkout, env, "--data", "phantom", *SMALL, *FEW)
    assert process.returncode == 0, process.stdout + process.stderr
    return process


@pytest.fixture(scope="module")
def finished(small_run, checkout) -> Path:
    """Its folder."""
    return checkout / "reports" / SLUG


@pytest.fixture(scope="module")
def html(finished):
    return (finished / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def soup(html):
    return BeautifulSoup(html, "html.parser")


@slow
def test_a_run_leaves_the_contracted_files(finished, checkout):
    assert sorted(path.name for path in finished.iterdir()) == [
        *("checksums.json", "evidence.csv", "history.csv", "models", "notebook.ipynb"),
        *("predictions.csv", "report.html", "results.json", "splits.csv"),
    ]
    kept = [file.file for file in load(finished).kept_models]
    assert sorted(path.name for path in (finished / "models").iterdir()) == sorted(
        Path(name).name for name in kept
    )
    assert {path.name for path in (checkout / "reports").iterdir()} == {
        *("README.md", "index.html", "results.csv", "results.json", SLUG),
    }


@slow
def test_no_output_holds_a_token_of_the_user(small_run, finished, checkout, tmp_path):
    with zipfile.ZipFile(hand_in(finished, "Ada", tmp_path / "Ada.zip")) as archive:
        handed_in = [archive.read(name) for name in archive.namelist()]
    written = [path for path in checkout.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert {finished / "notebook.ipynb", checkout / "reports" / "index.html"} <= {*written}
    contents = [*handed_in, *(path.read_bytes() for path in written)]
    contents += [small_run.stdout.encode(), small_run.stderr.encode()]
    assert not [content for content in contents if TOKEN.encode() in content]


@slow
def test_the_terminal_tells_sections_and_outcome(small_run):
    for section in ("Images and split", "Model and training", "Limits, checklist, provenance"):
        assert f"{SLUG}: {section}" in small_run.stdout
    assert re.search(rf"✓ {SLUG}: done in \d+ s on ", small_run.stdout)
    for protocol in ("published", "grouped"):
        assert re.search(rf"{SLUG} +{ARMS[0]} +{protocol} +0\.\d+ \[.*\S$", small_run.stdout, re.M)
    assert small_run.stderr == ""


@slow
def test_the_benchmark_of_overhead_finds_where_its_seconds_went(finished):
    rows = overhead.seconds_of_rows(finished, begun=0, ended=0)
    assert min(rows[row] for row in (*overhead.WORK, overhead.START, overhead.FIGURES)) > 0
    features, epochs = overhead.compute_seconds(finished).values()
    assert 0 < features + epochs < rows["features and training"]


@slow
def test_the_record_follows_from_its_files(finished):
    checked = verify.verify_path(finished)
    assert checked.differing == ()
    assert [item.topic for item in checked.untold] == ["page"]  # photographs, and the Keras code


@slow
def test_an_altered_prediction_or_number_is_found(finished, tmp_path):
    def copy(name, change):
        folder = tmp_path / name
        shutil.copytree(finished, folder)
        change(folder)
        return [item.sentence for item in verify.verify_path(folder).differing]

    def flip(folder):
        table = pd.read_csv(folder / "predictions.csv", keep_default_na=False)
        table.loc[0, "predicted"] = next(
            c for c in papers.load(SLUG).class_names if c != table["predicted"][0]
        )
        table.to_csv(folder / "predictions.csv", index=False)

    def improve(folder):
        record = json.loads((folder / "results.json").read_text())
        record["scores"][0]["mean"] = 0.99
        (folder / "results.json").write_text(json.dumps(record))

    def resplit(folder):
        table = pd.read_csv(folder / "splits.csv", keep_default_na=False, dtype=str)
        table.loc[table.index[table["published 0 0"] == "test"][0], "published 0 0"] = "train"
        table.to_csv(folder / "splits.csv", index=False)

    def count(folder):
        record = json.loads((folder / "results.json").read_text())
        record["folds"][1]["train"]["monocyte"] += 1
        (folder / "results.json").write_text(json.dumps(record))

    assert any("predictions.csv" in fault for fault in copy("flipped", flip))
    assert any("of fold published 0 0" in fault for fault in copy("resplit", resplit))
    assert any("train images of fold published 1 0" in fault for fault in copy("counted", count))
    assert {fault.split(":")[0] for fault in copy("improved", improve)} >= {
        "results.json is not the file the run wrote (its SHA-256 differs)",
        "report.html holds other results than results.json",
        "scores",
        "notebook.ipynb",  # the page's table of scores
    }


@slow
def test_predictions_have_a_row_an_image_and_seed(finished):
    table = pd.read_csv(finished / "predictions.csv", keep_default_na=False)
    classes = list(papers.load(SLUG).class_names)
    assert list(table) == [
        *("arm", "protocol", "seed", "fold", "part", "twin"),
        *("path", "group", "true", "predicted"),
        *classes,
    ]
    sizes = table.groupby(["arm", "protocol", "seed"], sort=False).size()
    tested = {"published": 20, "grouped": 100}  # a fifth of 100 images, or each of them once
    assert sizes.to_dict() == {
        (arm, protocol, seed): tested[protocol]
        for arm in ARMS
        for protocol in tested
        for seed in (0, 1)
    }
    np.testing.assert_allclose(table[classes].sum(axis=1), 1, atol=1e-4)
    assert (table[classes].to_numpy().argmax(1) == table["predicted"].map(classes.index)).all()


@slow
def test_the_splits_tell_of_every_image_in_which_part_of_each_fold_it_was(finished):
    results = load(finished)
    table = pd.read_csv(finished / "splits.csv", keep_default_na=False)
    grouped = [f"grouped {seed} {fold}" for seed in (0, 1) for fold in (0, 1)]
    assert list(table) == ["path", "group", "true", "published 0 0", "published 1 0", *grouped]
    assert (len(table), table["path"].nunique()) == (100, 100)
    assert (table["group"] != "").all()  # phantoms know theirs
    predictions = pd.read_csv(finished / "predictions.csv", keep_default_na=False)
    for fold in results.folds:
        part = table[f"{fold.protocol} {fold.seed} {fold.fold}"]
        counts = part.value_counts().to_dict()
        if fold.protocol == "published":
            assert counts == {"train": 80, "test": 20}
        else:
            train, test = (set(table["group"][part == side]) for side in ("train", "test"))
            assert not train & test
            assert sum(counts.values()) == 100
        place = ["protocol", "seed", "fold"]
        own = (predictions[place] == [getattr(fold, name) for name in place]).all(axis=1)
        assert set(table["path"][part == "test"]) == set(predictions.loc[own, "path"])


@slow
def test_the_executed_notebook_has_no_warnings_and_no_paths(finished, checkout):
    assert streams(finished) == []
    assert str(checkout) not in (finished / "notebook.ipynb").read_text(encoding="utf-8")


def streams(folder):
    """What the cells of an executed notebook printed or complained of."""
    cells = json.loads((folder / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [out for cell in cells for out in cell.get("outputs", [])]
    return [out for out in outputs if out["output_type"] in ("stream", "error")]


@slow
def test_the_report_loads_nothing_from_outside(soup):
    for element in soup.find_all(["script", "link", "img", "iframe", "source", "object"]):
        source = element.get("src") or element.get("href") or ""
        assert source.startswith("data:") or not source
    assert "url(" not in "".join(style.get_text() for style in soup.find_all("style"))
    policy = soup.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none'")
    links = [link["href"] for link in soup.find_all("a", href=True)]
    beside = {"notebook.ipynb", "results.json", *(f"{name}.csv" for name in TABLES)}
    outside = {link for link in links if not link.startswith(("#", "data:"))}
    assert outside == {"../index.html", *beside}


@slow
def test_the_table_of_contents_leads_to_every_section_in_order(soup, checkout):
    cells = json.loads((checkout / f"notebooks/{SLUG}.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = [cell for cell in cells if not cell["metadata"].get("tags")]
    text = "\n".join("".join(cell["source"]) for cell in shown if cell["cell_type"] == "markdown")
    links = soup.select("nav .sections a")
    headings = re.findall("^##+ (.+)$", text, re.M)
    assert [link.get_text() for link in links] == ["Summary", *headings]
    assert all(soup.find(id=link["href"][1:]) for link in links)


@slow
def test_a_report_opens_short_and_is_light(html):
    page = BeautifulSoup(html, "html.parser")
    for hidden in page.select(
        "script, style, nav, details.code, details.section > .inside, .cite > pre"
    ):
        hidden.decompose()
    assert len(page.main.get_text(" ").split()) <= 1000
    assert len(html) < 5e6


@slow
def test_code_is_folded_away(soup):
    cells = soup.select("details.code")
    assert len(cells) > 10
    assert not any(cell.has_attr("open") for cell in cells)


@slow
def test_every_figure_and_table_of_our_numbers_is_marked_synthetic(soup):
    sections = soup.find(id="The-data").find_all_next("figure")
    captions = (
        figure.select_one("figcaption, caption").get_text()
        for figure in sections
        if not figure.select(".mark")
    )
    # These hold no number that images could have made.
    without = ("setting", "assumes where the paper", "Reporting items", "Versions")
    assert [text for text in captions if not any(words in text for words in without)] == []
    (status,) = soup.select(".status")
    assert status.get_text().startswith("Demonstration on drawn images")
    assert "random weights" in soup.select_one(".summary").get_text(" ")


@slow
def test_the_report_carries_its_results(finished, html):
    assert Results.model_validate_json(embedded_json(html)) == load(finished)


@slow
def test_every_number_in_the_tables_stands_in_the_record_or_the_paper(finished, soup):
    known = numbers(load(finished), papers.load(SLUG))
    shown = [cell.get_text() for cell in soup.select("td.number")]
    plain = [re.sub(r"(?<=\d),(?=\d{3})", "", text) for text in shown]  # 1,234 is one number
    tokens = [token for text in plain for token in re.findall(r"\d+(?:\.\d+)?", text)]
    assert len(tokens) > 200
    assert [token for token in tokens if token not in known] == []


def numbers(results, paper):
    """Every number of the record and the paper in every form a table may show it."""
    values = [
        float(one) for one in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", results.model_dump_json())
    ]
    values += [sum(fold.train.values()) for fold in results.folds]
    values += [sum(fold.test.values()) for fold in results.folds]
    known = {claim.printed for claim in paper.claims}
    known |= {setting.value for setting in (*paper.dataset.counts.values(), paper.dataset.total)}
    printed = {(c.metric, c.of, c.part, c.epoch, c.where): c for c in paper.claims}
    for claim in results.claims:
        if claim.reproduced is None:  # an epoch that this short run has not
            continue
        theirs = printed[claim.metric, claim.of, claim.part, claim.epoch, claim.where]
        gap = claim.reproduced - theirs.value
        known.add(f"{abs(gap):.4g}")
        # in the unit it was printed in, too
        values += [gap, theirs.shown(gap), theirs.shown(claim.reproduced)]
    counts = {}
    for claim in results.claims:
        counts[claim.verdict, claim.reason] = counts.get((claim.verdict, claim.reason), 0) + 1
    values += counts.values()
    values += [one.multiply_adds / 1e6 for one in results.costs]
    values += [one.file_bytes / 1e6 for one in results.costs]
    for value in map(abs, values):
        known |= {f"{value:.{digits}f}" for digits in range(5)} | {f"{value:g}"}
        known |= {f"{100 * value:.1f}", f"{100 * value:g}"}
    return known


@slow
def test_the_index_lists_the_run_and_marks_it(finished, checkout):
    index = BeautifulSoup((checkout / "reports/index.html").read_text(), "html.parser")
    assert index.select_one(f'a[href="{SLUG}/report.html"]')
    status = index.select_one("article.card .status").get_text()
    assert status.startswith("Demonstration on drawn images")
    # The arm under both protocols; its variant stands in the report.
    cells = {
        name: [cell.get_text() for cell in index.select(f'#models td[data-column="{name}"]')]
        for name in ("Images", "Weights")
    }
    assert cells == {"Images": ["100 phantom"] * 2, "Weights": ["random"] * 2}
    rows = pd.read_csv(checkout / "reports/results.csv", keep_default_na=False)
    assert set(rows["slug"]) == {SLUG}
    assert rows["arm"].tolist() == [name for name in ARMS for _ in range(2)]
    assert rows["protocol"].tolist() == ["published", "grouped"] * 2
    assert rows["variant_of"].tolist() == ["", "", ARMS[0], ARMS[0]]
    results = load(finished)
    assert rows["accuracy"][0] == pytest.approx(results.scores[0].mean, abs=1e-4)


@pytest.fixture(scope="module")
def sixth(checkout, offline_env, tmp_path_factory):
    """The least run there is, of a sixth paper, on images of which two files are none.

    The paper is the guide's own example and the template, as they stand in notebooks/: nothing else is
    needed. The run's folder, what it printed, the declaration, and how to run it again.
    """
    place = tmp_path_factory.mktemp("sixth")
    root = Path(shutil.copytree(checkout, place / "checkout"))
    guide = (root / "notebooks/README.md").read_text(encoding="utf-8")
    (declaration,) = re.findall(r"^```python\n(.*?)^```", guide, re.M | re.S)
    template = (root / "notebooks/template.ipynb").read_text(encoding="utf-8")
    (root / f"lib/papers/{SIXTH}.py").write_text(declaration, encoding="utf-8")
    notebook = template.replace("your_paper", SIXTH)
    (root / f"notebooks/{SIXTH}.ipynb").write_text(notebook, encoding="utf-8")
    images = write_images(place / "images", SIXTH_CLASSES, per_class=20)
    good = images / "Sphynx" / "image_000.png"
    (images / "Sphynx" / "truncated.png").write_bytes(good.read_bytes()[:200])
    (images / "Sphynx" / "words.png").write_text("no image")

    def run(*arguments, **environment):
        given = ("--data", str(images), *LEAST, *arguments)
        process = run_all(root, offline_env | environment, *given, slug=SIXTH)
        assert process.returncode == 0, process.stderr
        return process

    run()
    return SimpleNamespace(
        root=root, folder=root / "reports" / SIXTH, declaration=declaration, run=run
    )


@slow
def test_a_sixth_paper_is_one_file_and_one_notebook(sixth, checkout, offline_env):
    listed = run_all(sixth.root, offline_env, "--list")
    assert f"{SIXTH}: Leaves in Two Classes" in listed.stdout
    assert verify_in(sixth.root, offline_env, f"reports/{SIXTH}") == "consistent"
    results = load(sixth.folder)
    assert [(claim.printed, claim.verdict) for claim in results.claims] == [
        ("98", "not comparable")
    ]
    index = (sixth.root / "reports/index.html").read_text()
    assert f"{SIXTH}/report.html" in index
    code = {path.relative_to(sixth.root) for path in sixth.root.rglob("*.py")}
    before = {path.relative_to(checkout) for path in checkout.rglob("*.py")}
    assert code - before == {Path(f"lib/papers/{SIXTH}.py")}


@slow
def test_phantoms_of_a_sixth_paper_are_drawn(sixth):
    declared = {}
    exec(sixth.declaration, declared)
    folder = phantoms.folder(declared["PAPER"], 2)
    assert {path.parent.name for path in folder.rglob("*.png")} == set(SIXTH_CLASSES)


@slow
def test_bad_files_are_listed_and_the_run_goes_on(sixth):
    results = load(sixth.folder)
    assert results.data.kind == "substitute"
    assert results.data.images == 40
    assert {file.path for file in results.data.rejected} == {
        "Sphynx/truncated.png",
        "Sphynx/words.png",
    }
    report = (sixth.folder / "report.html").read_text(encoding="utf-8")
    assert "Sphynx/truncated.png" in report
    assert "Substitute images" in report


@slow
def test_an_unchanged_run_is_skipped_whatever_the_outputs_encoding(sixth):
    written = (sixth.folder / "results.json").stat().st_mtime_ns
    again = sixth.run(PYTHONIOENCODING="ascii")
    assert f"\\u2713 {SIXTH}: unchanged, not run again" in again.stdout
    assert again.stderr == ""
    assert (sixth.folder / "results.json").stat().st_mtime_ns == written


@slow
def test_a_forced_run_gives_the_same_predictions(sixth):
    before = (sixth.folder / "predictions.csv").read_bytes()
    written = (sixth.folder / "results.json").stat().st_mtime_ns
    sixth.run("--force")
    assert (sixth.folder / "results.json").stat().st_mtime_ns > written
    assert (sixth.folder / "predictions.csv").read_bytes() == before


@slow
def test_a_failing_run_says_why_and_leaves_the_earlier_report(
    finished, checkout, offline_env, make_folder
):
    folder = make_folder(counts=dict.fromkeys(papers.load(SLUG).class_names[:4], 3))
    before = (finished / "report.html").read_bytes()
    process = run_all(checkout, offline_env, "--data", str(folder), *LEAST)
    assert process.returncode == 1
    assert "found none of neutrophil" in process.stderr
    assert (finished / "report.html").read_bytes() == before


@slow
def test_a_failure_inside_the_notebook_names_the_section_and_keeps_the_notebook(
    finished, checkout, offline_env, make_folder, tmp_path
):
    folder = make_folder(per_class=2)  # too few for a random 80/20 split
    out = tmp_path / "out"
    process = run_all(checkout, offline_env, "--data", str(folder), *LEAST, "--reports", str(out))
    assert process.returncode == 1
    assert "Images and split" in process.stderr
    assert "SplitError" in process.stderr
    assert (out / "failed" / SLUG / "notebook.ipynb").is_file()
    assert not (out / SLUG).exists()


def _children(process_id: int) -> set[int]:
    """Numbers of the processes that this one started, as Linux tells them."""
    children = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            parent = path.read_text().rpartition(")")[2].split()[1]
            if int(parent) == process_id:
                children.add(int(path.parent.name))
    return children


def _wait_for_the_kernel(process) -> None:
    while not _children(process.pid):
        time.sleep(0.01)


def _wait_for_the_data(process) -> None:
    next(line for line in process.stdout if "Images and split" in line)
    time.sleep(1)


def content_of(folder: Path) -> dict[str, bytes]:
    """Every file below it."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux' /proc")
@pytest.mark.parametrize(
    ("number", "code", "word", "wait"),
    [
        (signal.SIGINT, 130, "Interrupted. ", _wait_for_the_data),
        (signal.SIGTERM, 143, "Terminated. ", _wait_for_the_kernel),
    ],
)
def test_stopping_a_run_leaves_finished_ones_whole_and_no_kernel(
    finished, checkout, offline_env, number, code, word, wait
):
    before = content_of(finished)
    command = [sys.executable, "run_all.py", SLUG, "--data", "phantom", *SMALL, *FEW, "--force"]
    process = subprocess.Popen(
        command,
        cwd=checkout,
        env=offline_env | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait(process)
    kernels = _children(process.pid)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert f"{word}Finished runs are whole" in errors
    assert "Traceback" not in errors
    assert len(kernels) > 0
    # A kernel that was just being started ends by itself once it sees that its parent has.
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{kernel}").exists() for kernel in kernels):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert content_of(finished) == before
    assert {path.name for path in (checkout / "reports").iterdir()} >= {SLUG}
    assert [path for path in (checkout / "reports").iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("reports", "code", "told"),
    [("file", 2, "should be a folder"), ("/proc/nowhere", 1, "should be a folder that can be")],
)
def test_a_reports_folder_that_cannot_be_written_to_is_told_in_words(
    checkout, offline_env, tmp_path, reports, code, told
):
    (tmp_path / "file").write_text("mine")
    process = run_all(checkout, offline_env, "--reports", str(tmp_path / reports))
    assert process.returncode == code, process.stderr
    assert told in process.stderr
    assert "Traceback" not in process.stderr
    assert (tmp_path / "file").read_text() == "mine"


def verify_in(checkout, env, folder):
    """What `python -m lib verify` says of one folder there."""
    process = subprocess.run(
        [sys.executable, "-m", "lib", "verify", folder, "--json", "-"],
        cwd=checkout,
        env=env,
        capture_output=True,
        text=True,
    )
    (told,) = json.loads(process.stdout)
    return told["overall"]


@slow
def test_on_the_look_alike_the_accuracy_is_that_of_the_recipe(
    shared, tmp_path, checkout, offline_env
):
    """1,200 of its 3,500 real images, genuine weights, two seeds: 0.86 to 0.93 (these give 0.896).

    All images, whose features take three times as long, give 0.944: data/reference.
    """
    folder = shared / "data" / SLUG / "bccd_lookalike"
    env = offline_env | {"LIB_WEIGHTS": str(shared / "weights")}
    alone = (
        "-p",
        "protocols",
        '["published"]',
        "-p",
        "variants",
        "[]",
        "-p",
        "images_per_class",
        "240",
    )
    process = run_all(
        checkout,
        *(env, "--data", str(folder), "--reports", str(tmp_path), "--seeds", "0", "1", *alone),
    )
    assert process.returncode == 0, process.stderr
    results = load(tmp_path / SLUG)
    accuracy = results.scores[0]
    assert (accuracy.metric, len(accuracy.per_seed)) == ("accuracy", 2)
    assert 0.86 <= accuracy.mean <= 0.93
    assert accuracy.sd > 0
    assert results.data.kind == "substitute"
    assert results.models[0].weights.used == "imagenet"
    assert streams(tmp_path / SLUG) == []
    exact = ("parameters", "memory")  # which no image can change
    judged = {one.verdict for one in results.claims if one.metric not in exact}
    assert judged == {"not comparable"}
    assert all(fold.shared_groups > 0.8 for fold in results.folds)
