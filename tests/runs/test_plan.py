"""From the command line to the runs: unusable arguments are refused before anything runs or is imported."""

import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import SimpleNamespace

import nbformat
import pytest
from PIL import Image

from lib import ROOT, papers
from lib.__main__ import main
from lib.papers.declare import PIXEL_SCALINGS
from lib.runs.arguments import UsageError
from lib.runs.plan import Plan, _assignments, make_plans, varied
from lib.settings import assigned_seeds

SLUG = "kuncoro_white_blood_cells"


@pytest.fixture
def run_all(tmp_path, monkeypatch):
    """run_all.py's `main`, in this process; it must not come to running anything."""
    spec = spec_from_file_location("run_all", ROOT / "run_all.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr("lib.runs.batch.run", lambda *_, **__: pytest.fail("something was run"))
    return lambda *arguments: module.main([*arguments, "--reports", str(tmp_path / "out")])


@pytest.fixture
def planned(run_all, monkeypatch) -> list[Plan]:
    """The plans that `run_all` would run, as they come."""
    found = []
    monkeypatch.setattr("lib.runs.batch.run", lambda plans, *_, **__: found.extend(plans))
    return found


@pytest.fixture
def refused(run_all, tmp_path, capsys):
    """What is told of an unusable command line; checks the exit code, and that nothing was written."""

    def refuse(*arguments: str) -> str:
        with pytest.raises(SystemExit) as stopped:
            run_all(*arguments)
        assert stopped.value.code == 2
        assert not (tmp_path / "out").exists()
        return capsys.readouterr().err

    return refuse


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--slugg"], "unrecognized arguments"),
        (
            ["-p", "epoch", "3"],
            f"{SLUG}: `epoch` is no parameter of this notebook. Did you mean `epochs`?",
        ),
        (["-p", "epochs", "0"], f"{SLUG}: `epochs` should be from 1 to 10000; received 0"),
        (["-p", "epochs", "many"], "`epochs` should be a whole number; received 'many'"),
        (["-p", "pixel_scaling", "[0, 2]"], "`pixel_scaling` should be one of"),
        (["-p", "precision", "half"], "`precision` should be one of 'float32'"),
        (["-p", "jit_compile", "yes"], "`jit_compile` should be True, False or 'auto'"),
        (["-p", "data", "phantom"], "-p data: use --data instead"),
        (["--seeds", "1", "1"], "`seeds` should be different whole numbers"),
        (["--kernel", "no-such-kernel"], "--kernel should be one of"),
        (["--data", "no/such/folder"], "a folder of images or a zip file; there is none at"),
        (["--data", "no/such.zip"], "a folder of images or a zip file; there is none at"),
        (
            ["--data", "~nobody-of-this-name/a"],
            "a folder of images or a zip file; there is none at",
        ),
        (["--profile", "huge"], "invalid choice: 'huge'"),
        (["-p", "leak_search", "maybe"], "`leak_search` should be None, True or False"),
        (["-p", "author", "5"], "`author` should be text"),
        (["-p", "controls", "5"], "`controls` should be text"),
        (["-p", "photo", "no/such.jpg"], f"{SLUG}: `photo` is no parameter of this notebook"),
        (["--jobs", "0"], "--jobs: should be a whole number from 1; received 0"),
        (["--jobs", "two"], "--jobs: should be a whole number from 1; received two"),
        (["--timeout", "0"], "--timeout: should be minutes, more than 0; received 0"),
        (["--timeout", "nan"], "--timeout: should be minutes, more than 0; received nan"),
        (["--junit", "no/such/folder/junit.xml"], "should be a file in a folder that is there"),
        (["--parameters", "no/such.yaml"], "--parameters: should be a file; there is none at"),
        (["--sweep", "epoch=1,2"], f"{SLUG}: `epoch` is no parameter of this notebook"),
        (["--sweep", "epochs=1,0"], f"{SLUG}: `epochs` should be from 1 to 10000; received 0"),
        (["--sweep", "arms=vgg61"], "vgg61"),
        (["--sweep", "arms=0"], "`arms` should be a list of names; received 0"),
        (["-p", "epochs", "{[]: 1}"], "`epochs` should be a whole number"),
        (["--parameters", "~nobody-of-this-name"], "should be a file; there is none at"),
        (["--data", "a" * 300], "File name too long"),
        (["--sweep", "seeds=0,1"], "--sweep seeds: use --seeds instead"),
        (["--sweep", "epochs=1,2", "-p", "epochs", "3"], "epochs should be given once"),
    ],
)
def test_unusable_arguments_are_refused_before_anything_runs(refused, arguments, expected):
    assert expected in refused(SLUG, *arguments)


def test_names_of_variants_and_protocols_are_checked_like_every_setting(refused):
    told = refused(SLUG, "-p", "variants", "['mobilenetv2-other']")
    assert "`variants` should be among mobilenetv2-native; received mobilenetv2-other" in told
    told = refused(SLUG, "-p", "protocols", "['k-fold']")
    assert (
        "`protocols` should be different names, at least one, among published, official, grouped"
        in told
    )
    assert "`variants` should be a list of names" in refused(SLUG, "-p", "variants", "native")


def test_a_refusal_is_one_message_and_no_traceback(checkout, offline_env):
    process = subprocess.run(
        [sys.executable, "run_all.py", SLUG, "-p", "epochs", "0"],
        cwd=checkout,
        env=offline_env,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 2
    assert process.stdout == ""
    assert process.stderr.splitlines()[-1].startswith(f"run_all.py: error: {SLUG}: `epochs` should")
    assert "Traceback" not in process.stderr


def test_an_unknown_parameter_lists_the_known_ones(refused):
    told = refused(SLUG, "-p", "nonsense", "1")
    assert "Its parameters: epochs, batch_size, learning_rate" in told
    assert "Did you mean" not in told


def test_unknown_slugs_are_named_and_the_known_ones_listed(refused):
    told = refused("white_cells", SLUG, "cats")
    assert f"unknown paper white_cells, cats; known: {', '.join(papers.slugs())}" in told


@pytest.fixture
def only_one_notebook(tmp_path, monkeypatch):
    """A folder of notebooks with that of one paper only."""
    monkeypatch.setattr(papers, "NOTEBOOKS", tmp_path)
    shutil.copy2(ROOT / "notebooks" / f"{SLUG}.ipynb", tmp_path)
    return tmp_path


def test_a_paper_without_a_notebook_is_refused_even_beside_one_that_has_it(
    refused, only_one_notebook
):
    other = "violina_blood_cancer"
    told = " ".join(refused(SLUG, other).split())
    missing = only_one_notebook / f"{other}.ipynb"
    assert f"{other} cannot be run yet: there is no notebook {missing}." in told
    assert f"Papers to run: {SLUG}." in told


def test_the_command_that_the_refusal_names_is_known(
    refused, only_one_notebook, monkeypatch, capsys
):
    told = refused("violina_blood_cancer")
    command = re.search(r"`python -m lib (.+?)`", " ".join(told.split()))[1]
    stand_in = SimpleNamespace(
        add_arguments=papers.add_slugs_argument,
        run_command=lambda options: print(*options.slugs) or 0,
    )
    monkeypatch.setitem(sys.modules, "lib.models.listing", stand_in)
    assert main(command.split()) == 0
    assert capsys.readouterr().out == "violina_blood_cancer\n"


def test_without_slugs_the_papers_with_a_notebook_are_run(run_all, planned):
    run_all()
    assert [plan.paper.slug for plan in planned] == papers.runnable()


def test_a_parameter_reaches_the_settings_of_every_arm(run_all, planned):
    run_all(SLUG, "-p", "precision", "mixed_bfloat16", "-p", "pixel_scaling", "native")
    training = planned[0].settings.training
    assert {one.precision for one in training.values()} == {"mixed_bfloat16"}
    assert {one.pixel_scaling for one in training.values()} == {"[-1, 1]"}
    given = {"precision": "mixed_bfloat16", "pixel_scaling": "native"}
    assert given.items() <= planned[0].parameters.items()


def test_variants_and_protocols_reach_the_settings(run_all, planned):
    run_all(SLUG, "-p", "variants", "['mobilenetv2-native']", "-p", "protocols", "['grouped']")
    assert planned[0].settings.variants == ("mobilenetv2-native",)
    assert planned[0].settings.protocols == ("grouped",)
    run_all(SLUG, "-p", "variants", "[]")
    assert planned[1].settings.variants == ()


@pytest.fixture
def with_own_parameters(tmp_path, monkeypatch):
    """The notebook of one paper with two parameters that are no settings of the library."""
    monkeypatch.setattr(papers, "NOTEBOOKS", tmp_path)
    book = nbformat.read(ROOT / "notebooks" / f"{SLUG}.ipynb", as_version=4)
    (cell,) = (one for one in book.cells if "parameters" in one.metadata.get("tags", []))
    cell.source += "\nphoto = None\nrows = 3"
    nbformat.write(book, tmp_path / f"{SLUG}.ipynb")


def test_a_parameter_of_the_notebooks_own_is_known_and_handed_on(
    run_all, with_own_parameters, planned
):
    run_all(SLUG, "-p", "rows", "[4, 'a cat']", "-p", "epochs", "3", "--seeds", "4")
    assert planned[0].own == {"rows": [4, "a cat"]}
    assert planned[0].parameters["rows"] == [4, "a cat"]
    assert planned[0].settings.training["mobilenetv2"].epochs == 3
    run_all(SLUG)
    assert planned[1].own == {}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--profile", "paper", "--seeds", "3", "1", "-p", "choices", "False"],
        ["-p", "epochs", "3", "-p", "learning_rate", "1e-5", "-p", "pixel_scaling", "[-1, 1]"],
        ["-p", "variants", "['mobilenetv2-native']", "-p", "protocols", "['grouped']"],
        ["-p", "rows", "['it's', \"a cat\"; 1]", "-p", "epochs", "None", "--data", "auto"],
        ["-p", "rows", "'{1}'"],
        ["-p", "rows", "'5'", "-p", "jit_compile", "auto", "--data", "phantom"],
        ["-p", "rows", "it's $HOME; `a` \\n", "-p", "augmentation", "False"],
        ["-p", "photo", "a cat's.png", "--data", "./my images"],
        ["--data", "./auto"],
        ["--data", "./-x"],
    ],
)
def test_the_command_of_a_run_read_again_makes_the_same_run(
    run_all, with_own_parameters, planned, tmp_path, monkeypatch, arguments
):
    """From a folder in which what it names by its last name lies."""
    monkeypatch.chdir(tmp_path)
    for name in ("my images", "auto", "-x"):
        (tmp_path / name).mkdir()
    Image.linear_gradient("L").save(tmp_path / "a cat's.png")
    run_all(SLUG, *arguments)
    command = planned[0].command(drawn=planned[0].data == "phantom")
    assert str(tmp_path) not in command
    program, script, *words = shlex.split(command)
    assert (program, script) == ("python", "run_all.py")
    run_all(*words)
    first, again = planned
    assert again == first


def test_a_list_of_texts_stands_in_the_command_in_one_pair_of_quotes(run_all, planned):
    run_all(SLUG, "-p", "variants", "['mobilenetv2-native']")
    assert "-p variants '[\"mobilenetv2-native\"]'" in planned[0].command(drawn=False)


def test_the_command_asks_for_drawn_images_where_none_were_found(run_all, planned):
    run_all(SLUG)
    assert " --data phantom" in planned[0].command(drawn=True)
    assert " --data auto" in planned[0].command(drawn=False)


def test_a_photo_is_found_from_the_callers_folder(
    run_all, with_own_parameters, planned, tmp_path, monkeypatch
):
    Image.linear_gradient("L").save(tmp_path / "cat.jpg")
    monkeypatch.chdir(tmp_path)
    run_all(SLUG, "-p", "photo", "cat.jpg")
    assert planned[0].parameters["photo"] == str(tmp_path / "cat.jpg")


def test_a_photo_that_is_no_image_is_refused_before_anything_is_trained(
    refused, with_own_parameters, tmp_path
):
    (tmp_path / "cat.jpg").write_text("no image")
    told = " ".join(refused(SLUG, "-p", "photo", str(tmp_path / "cat.jpg")).split())
    assert f"{SLUG}: `photo` should be the path of an image" in told


@pytest.mark.parametrize(("name", "kind"), [("photo", "a file"), ("controls", "a folder")])
def test_a_path_that_is_none_is_refused_before_anything_runs(
    refused, with_own_parameters, name, kind
):
    told = " ".join(refused(SLUG, "-p", name, "no/such/thing").split())
    assert f"`{name}` should be the path of {kind}; there is none at " in told


@pytest.mark.parametrize("text", ["(1, 2)", "{'a': 1}", "b'x'", "{1}", "[(1,)]", "1j"])
def test_only_what_papermill_writes_as_it_is_gets_through(refused, text):
    told = " ".join(refused(SLUG, "-p", "epochs", text).split())
    assert "-p epochs should be a number, a text, True, False, None or a list of these" in told


def test_a_reports_folder_with_something_else_in_it_is_refused(run_all, tmp_path, capsys):
    mine = tmp_path / "out" / SLUG / "cat.png"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with pytest.raises(SystemExit) as stopped:
        run_all(SLUG)
    assert stopped.value.code == 2
    assert "'cat.png'" in capsys.readouterr().err
    assert mine.read_bytes() == b"mine"


BAD_LINES = [
    *("epochs = 2 * 5", "print()", "import os", "%matplotlib inline"),
    *("<<<<<<< HEAD", "a, b = 1, 2", "epochs: int"),
]


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_line_that_is_no_parameter_is_named_and_the_other_papers_are_run(
    line, tmp_path, monkeypatch
):
    other = "violina_blood_cancer"
    monkeypatch.setattr(papers, "NOTEBOOKS", tmp_path)
    shutil.copy2(ROOT / "notebooks" / f"{other}.ipynb", tmp_path)
    book = nbformat.read(ROOT / "notebooks" / f"{SLUG}.ipynb", as_version=4)
    number, cell = next(
        (number, cell)
        for number, cell in enumerate(book.cells, 1)
        if "parameters" in cell.metadata.get("tags", [])
    )
    cell.source = f"profile = 'quick'\n{line}"
    nbformat.write(book, tmp_path / f"{SLUG}.ipynb")
    plans, broken = make_plans(options(tmp_path, SLUG, other))
    assert [plan.paper.slug for plan in plans] == [other]
    assert broken.keys() == {SLUG}
    assert f"{SLUG}.ipynb, cell {number}, line 2: " in broken[SLUG]
    assert f"`{line}`" in broken[SLUG]


@pytest.mark.parametrize("content", ["", "{}", "<<<<<<< HEAD", '{"cells": 3}'])
def test_a_file_that_is_no_notebook_is_named(content, tmp_path, monkeypatch):
    monkeypatch.setattr(papers, "NOTEBOOKS", tmp_path)
    (tmp_path / f"{SLUG}.ipynb").write_text(content)
    plans, broken = make_plans(options(tmp_path, SLUG))
    assert plans == []
    assert f"{SLUG}.ipynb should " in broken[SLUG]


def test_a_parameter_may_have_its_type_beside_it(tmp_path, monkeypatch):
    assert _assignments("epochs: int = 3\nseeds = None", "a cell") == {"epochs": 3, "seeds": None}


def options(tmp_path, *slugs) -> SimpleNamespace:
    """As run_all.py hands them on where nothing else is asked for."""
    return SimpleNamespace(
        slugs=list(slugs),
        profile="quick",
        data="auto",
        seeds=None,
        parameters=[],
        parameters_file=None,
        kernel=None,
        reports=str(tmp_path / "out"),
    )


def test_a_parameter_of_another_notebooks_own_is_refused(refused, with_own_parameters):
    told = refused(SLUG, "-p", "picture", "a cat.jpg")
    assert f"{SLUG}: `picture` is no parameter of this notebook." in told
    assert "photo, rows" in told


@pytest.mark.parametrize("scaling", PIXEL_SCALINGS)
def test_a_range_of_pixels_is_text_although_python_could_read_it_as_a_list(
    run_all, planned, scaling
):
    run_all(SLUG, "-p", "pixel_scaling", scaling)
    assert planned[0].settings.training["mobilenetv2"].pixel_scaling == scaling
    assert planned[0].parameters["pixel_scaling"] == scaling


def test_a_slug_given_twice_is_run_once(run_all, planned):
    run_all(SLUG, SLUG)
    assert [plan.paper.slug for plan in planned] == [SLUG]


def test_list_names_all_papers_and_says_which_have_no_notebook_yet(run_all, capsys):
    assert run_all("--list") == 0
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert list(lines) == papers.slugs()
    for slug, text in lines.items():
        assert text.startswith(papers.load(slug).title_english)
        assert ("no notebook yet" in text) == (slug not in papers.runnable())
        assert ("no notebook yet" in text) != (ROOT / f"notebooks/{slug}.ipynb").is_file()


def test_help_imports_nothing_heavy(checkout, offline_env):
    code = (
        "import sys, run_all\n"
        "try: run_all.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'keras', 'tensorflow', 'numpy', 'pandas', 'papermill', 'matplotlib', 'sklearn'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, env=offline_env, capture_output=True, text=True
    )
    assert process.stdout.endswith("HEAVY []\n")


def test_a_usage_error_waits_for_nothing_that_reads_images_or_notebooks(checkout, offline_env):
    """Loading these took eight seconds."""
    wrong = [["-p", "choices", "false"], ["--sweep", "epochs=1,0"], ["--seeds", "1", "1"]]
    code = (
        "import sys, run_all\n"
        f"for arguments in {wrong}:\n"
        f"    try: run_all.main(['{SLUG}', *arguments])\n"
        "    except SystemExit as stop: print(stop.code, end=' ')\n"
        "heavy = {'keras', 'pandas', 'scipy', 'PIL', 'nbformat', 'papermill', 'jupyter_client'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, env=offline_env, capture_output=True, text=True
    )
    assert process.stdout == "2 2 2 HEAVY []\n"


def test_an_interrupt_while_it_loads_is_no_other_error(checkout, offline_env):
    code = (
        "import sys, run_all\n"
        "class Finder:\n"
        "    def find_spec(name, *_):\n"
        "        if name == 'lib.runs.plan': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Finder)\n"
        f"try: run_all.main(['{SLUG}'])\n"
        "except KeyboardInterrupt: print('interrupted')"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, env=offline_env, capture_output=True, text=True
    )
    assert (process.stdout, process.stderr) == ("interrupted\n", "")


# A file of parameters, and sweeps


def test_a_file_sets_parameters_and_the_command_line_wins(run_all, planned, tmp_path):
    file = tmp_path / "lab.yaml"
    file.write_text("epochs: 3\nbatch_size: 8\nlearning_rate: 1e-4\nprotocols: [grouped]\n")
    run_all(SLUG, "--parameters", str(file), "-p", "epochs", "4")
    training = planned[0].settings.training["mobilenetv2"]
    assert (training.epochs, training.batch_size, training.learning_rate) == (4, 8, 1e-4)
    assert planned[0].settings.protocols == ("grouped",)


def test_what_the_file_names_is_checked_like_the_command_line(refused, tmp_path):
    file = tmp_path / "lab.yaml"
    file.write_text("epoch: 3\n")
    told = refused(SLUG, "--parameters", str(file))
    assert f"{SLUG}: `epoch` is no parameter of this notebook. Did you mean `epochs`?" in told


def test_a_sweep_reaches_the_batch_in_order_and_read_as_python(run_all, monkeypatch):
    swept = []
    monkeypatch.setattr(
        "lib.runs.batch.run", lambda *_, sweep_values, **__: swept.extend(sweep_values)
    )
    run_all(SLUG, "--sweep", "learning_rate=1e-3,1e-4", "--sweep", "stratified=True,False")
    assert swept == [("learning_rate", [1e-3, 1e-4]), ("stratified", [True, False])]


def test_a_value_that_one_of_several_notebooks_refuses_is_an_error_that_names_it(refused):
    told = refused(SLUG, "kumar_breakhis", "--sweep", "magnification=40X,200X")
    assert f"{SLUG}: `magnification` is no parameter of this notebook" in told


def test_a_plan_varied_is_the_plan_of_these_parameters(run_all, planned):
    run_all(SLUG, "-p", "batch_size", "8")
    run_all(SLUG, "-p", "batch_size", "8", "-p", "epochs", "4")
    plain, other = planned
    assert varied(plain, {"epochs": 4}) == other
    assert plain.settings.training["mobilenetv2"].epochs != 4
    with pytest.raises(UsageError, match=f"{SLUG}: `epochs` should be"):
        varied(plain, {"epochs": 0})


def test_how_the_runs_are_made_reaches_the_batch(run_all, monkeypatch, tmp_path):
    hows = []
    monkeypatch.setattr("lib.runs.batch.run", lambda plans, reports, how, **_: hows.append(how))
    junit = tmp_path / "junit.xml"
    run_all(SLUG)
    run_all(
        SLUG, "--jobs", "3", "--timeout", "1.5", "--verbose", "--dry-run", "--junit", str(junit)
    )
    plain, how = hows
    assert (plain.jobs, plain.timeout_s, plain.dry_run) == (None, 24 * 3600, False)
    assert (how.jobs, how.timeout_s, how.verbose, how.dry_run) == (3, 90, True, True)
    assert how.junit == junit


# Data


def test_a_zip_file_is_data(run_all, planned, tmp_path):
    (tmp_path / "images.zip").write_bytes(b"whatever")
    run_all(SLUG, "--data", str(tmp_path / "images.zip"))
    assert [plan.data for plan in planned] == [str(tmp_path / "images.zip")]


def test_with_kaggle_what_must_be_brought_by_hand_is_known_before_anything_runs(run_all, planned):
    run_all("--data", "kaggle")
    missing = {plan.paper.slug: plan.missing for plan in planned if plan.missing}
    assert list(missing) == ["violina_blood_cancer"]
    assert "www.cancerimagingarchive.net" in missing["violina_blood_cancer"]
    assert len(planned) == 5


def test_nothing_is_to_be_brought_where_nothing_is_downloaded(run_all, planned):
    run_all("--data", "phantom")
    assert [plan.missing for plan in planned] == [""] * 5


def test_seeds_of_the_author_are_numbers_in_the_command_that_runs_it_again(planned, run_all):
    run_all(SLUG, "-p", "author", "s123", "-p", "assignment", "cnn-1", "--seeds", "author")
    (plan,) = planned
    assert plan.settings.seeds == assigned_seeds("s123", "cnn-1", len(plan.settings.seeds))
    command = shlex.split(plan.command(drawn=True))
    assert command[command.index("--seeds") + 1 :] == [*map(str, plan.settings.seeds)]
    assert plan.own["assignment"] == "cnn-1"  # with the author part of the run key


def test_so_many_seeds_of_the_author_as_are_asked_for(planned, run_all, refused):
    run_all(SLUG, "-p", "author", "s123", "--seeds", "author", "3")
    assert planned[0].settings.seeds == assigned_seeds("s123", "", 3)
    assert "`seeds` should be" in refused(SLUG, "-p", "author", "s123", "--seeds", "author", "0")


def test_a_seed_that_is_no_number_is_refused(refused):
    assert "or the word author" in refused(SLUG, "--seeds", "mine")
