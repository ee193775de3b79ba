"""Run folders with something changed at random, given to `verify` and `grade`: a message or a finding each time.

Never an exception, a hang, or a pass of a change that a reader of the page, the tables or the record could see.
As many changes are tried as the environment says:

    FUZZ_EXAMPLES=1000 python -m pytest tests/grading/test_fuzz.py
"""

import io
import json
import os
import re
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest
from handed_in import write_submission
from hypothesis import strategies as st

from lib.grading.artefacts import CHECKSUMS, TABLE_FILES
from lib.grading.assess import Assessment, assess
from lib.grading.elements import elements
from lib.grading.feedback import feedback_page
from lib.grading.overview import overview_page
from lib.grading.points import grade_student
from lib.grading.roster import Entry, Upload
from lib.grading.rubric import Rubric, RubricItem
from lib.results import Results
from lib.runs.folders import write_checksums

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))  # of each test
LONGEST = 60  # seconds of the processor
MOST_MEMORY = 2**30  # bytes beyond those that the process has; an honest run takes some 100 MB
FILES = ("results.json", "report.html", "notebook.ipynb", CHECKSUMS, *TABLE_FILES)
JSON_FILES = ("results.json", "notebook.ipynb", CHECKSUMS)
ODD_VALUES = (None, True, -1, 0, 1e308, 10**400, float("nan"), "", "0", "\0", "<b>", [], {}, [[]])
RUBRIC = Rubric(
    assignment="",
    total=8,
    items=(
        RubricItem(check="ran whole", points=1, name="Whole"),
        RubricItem(check="consistent", points=1, name="Consistent"),
        RubricItem(check="both protocols", points=1, name="Protocols"),
        RubricItem(check="beats the majority", points=1, name="Majority"),
        RubricItem(check="seeds", at_least=3, points=1, name="Seeds"),
        RubricItem(check="interval quoted", points=1, name="Interval"),
        RubricItem(check="exercise", exercise="exercise-2", points=1, name="Exercise 2"),
        RubricItem(check="parameter changed", parameter="epochs", points=1, name="Parameter"),
    ),
)
Change = Callable[[bytes], bytes]
pytestmark = (
    pytest.mark.hypothesis
)  # for `make fuzz`: the properties here are made inside the tests

fuzzed = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 100,  # the same few in every run of the suite
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)


# Changes


@st.composite
def changed_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """With one byte another, a stretch taken out, put in again or doubled, or the end cut off."""
    place = draw(st.integers(0, max(0, len(content) - 1)))
    length = draw(st.integers(1, 200))
    rest = content[place + length :]
    kind = draw(st.sampled_from(("flip", "drop", "double", "move", "cut", "insert")))
    stretch = content[place : place + length]
    if kind == "flip":
        return content[:place] + bytes([draw(st.integers(0, 255))]) + content[place + 1 :]
    if kind == "move":
        target = draw(st.integers(0, place))
        return content[:target] + stretch + content[target:place] + rest
    middle = {
        "drop": b"",
        "double": 2 * stretch,
        "insert": draw(st.binary(max_size=20)) + stretch,
    }
    return content[:place] if kind == "cut" else content[:place] + middle[kind] + rest


def spots(value: object) -> Iterator[tuple[dict | list, str | int]]:
    """Every list or object inside `value`, with each of its keys or places."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from spots(value[key])


@st.composite
def changed_json(draw: st.DrawFn, content: bytes) -> bytes:
    """With a value exchanged for an odd one or for another of the file, or taken out."""
    document = json.loads(content)
    every = list(spots(document))
    for _ in range(draw(st.integers(1, 2))):
        (holder, key), (other, other_key) = draw(
            st.tuples(st.sampled_from(every), st.sampled_from(every))
        )
        with suppress(LookupError):  # an earlier change took it out
            kind = draw(st.sampled_from(("odd", "copy", "drop", "nudge")))
            if kind == "drop":
                del holder[key]
            elif kind == "copy":
                holder[key] = json.loads(json.dumps(other[other_key]))
            elif kind == "nudge" and isinstance(holder[key], int | float):
                holder[key] += draw(st.sampled_from((1, -1, 0.001)))
            else:
                holder[key] = draw(st.sampled_from(ODD_VALUES))
    return json.dumps(document).encode()


@st.composite
def changed_table(draw: st.DrawFn, content: bytes) -> bytes:
    """With a field exchanged, or a line or a column taken out or doubled."""
    lines = [line.split(",") for line in content.decode().splitlines()]
    row = draw(st.integers(0, len(lines) - 1))
    column = draw(st.integers(0, len(lines[0]) - 1))
    kind = draw(st.sampled_from(("field", "drop row", "double row", "drop column", "swap rows")))
    if kind == "field":
        odd = draw(
            st.sampled_from(("", "nan", "inf", "-1", "1e999", "=1+1", "x", "0.5", "\0", '"'))
        )
        lines[row][column] = odd
    elif kind == "drop row":
        del lines[row]
    elif kind == "double row":
        lines.insert(row, lines[row])
    elif kind == "swap rows":
        other = draw(st.integers(0, len(lines) - 1))
        lines[row], lines[other] = lines[other], lines[row]
    else:
        lines = [line[:column] + line[column + 1 :] for line in lines]
    return "".join(f"{','.join(line)}\n" for line in lines).encode()


@st.composite
def changed_page(draw: st.DrawFn, content: bytes) -> bytes:
    """With a digit of a text exchanged, or an element taken out, doubled or hidden."""
    html = content.decode()
    kind = draw(st.sampled_from(("digit", "drop", "double", "hide")))
    pattern = (
        r">[^<]*?\d[^<]*<" if kind == "digit" else r"<(td|p|li|span|tr|strong|h3)\b[^>]*>.*?</\1>"
    )
    match = draw(st.sampled_from(list(re.finditer(pattern, html, re.S))))
    found = match.group()
    if kind == "digit":
        place = draw(st.sampled_from([digit.start() for digit in re.finditer(r"\d", found)]))
        digit = draw(st.sampled_from("0123456789".replace(found[place], "")))
        found = found[:place] + digit + found[place + 1 :]
    else:
        hidden = re.sub(r"^<(\w+)", r'<\1 style="display:none"', found)
        found = {"drop": "", "double": found * 2, "hide": hidden}[kind]
    return (html[: match.start()] + found + html[match.end() :]).encode()


# What is held against them


def seen(folder: Path) -> tuple:
    """What a reader of the folder can see: texts of the page, the record, fields of the tables, displays."""
    return (
        _texts((folder / "report.html").read_bytes()),
        _record((folder / "results.json").read_bytes()),
        *((folder / name).read_bytes().split() for name in TABLE_FILES),
        _displays((folder / "notebook.ipynb").read_bytes()),
    )


def _texts(html: bytes) -> object:
    """Without the elements that load or draw; the record in the page is one of the texts."""
    try:
        return [element[:2] for element in elements(html.decode())]
    except ValueError:
        return html


def _record(content: bytes) -> object:
    try:
        return Results.model_validate_json(content).model_dump_json()
    except ValueError:
        return content


def _displays(content: bytes) -> object:
    try:
        cells = json.loads(content)["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", ())]
        shown = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]
        return [_texts(html.encode()) for html in shown]
    except (ValueError, LookupError, TypeError, AttributeError):
        return content


def judged(path: Path) -> Assessment:
    """The assessment of what lies at `path`, after its pages were made, too."""
    begun = time.process_time()
    with bounded_memory():
        assessment = assess(path, RUBRIC)
        grade = grade_student(
            Entry(id="Ada", name="", upload=Upload(path=path)), assessment, RUBRIC, {}
        )
        assert "<script" not in feedback_page(grade, RUBRIC)
        assert overview_page([grade, grade], RUBRIC)
    assert time.process_time() - begun < LONGEST
    assert not assessment.problem.startswith("Reading it ended"), assessment.problem
    assert not any(MemoryError.__name__ in item.sentence for item in assessment.items)
    return assessment


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Inside, what would take more than `MOST_MEMORY` ends with a MemoryError; where Linux tells how much there is."""
    taken = Path("/proc/self/statm")
    if not taken.exists():
        yield
        return
    import resource  # which Windows lacks

    limits = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(taken.read_text().split()[0])
    most = pages * resource.getpagesize() + MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit needs Linux")
def test_the_memory_of_a_check_is_bounded():
    with bounded_memory(), pytest.raises(MemoryError):
        bytearray(2 * MOST_MEMORY)
    assert len(bytearray(2 * MOST_MEMORY)) == 2 * MOST_MEMORY


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test writes the run that all change."""
    return tmp_path_factory.mktemp("kept") / "honest"


@pytest.fixture
def honest(record: SimpleNamespace, kept: Path, tmp_path: Path) -> Path:
    """A run with mistakes, and an answer to an exercise."""
    if not kept.exists():
        record.predictions.loc[[0, 15, 16], "predicted"] = "neutrophil"
        write_submission(record, kept, {"answer-2": "number = 3"})
        assert judged(kept).overall == "consistent"
    return Path(shutil.copytree(kept, tmp_path / "honest"))


def with_change(honest: Path, name: str, content: bytes, *, fitting: bool) -> Path:
    """A copy of the folder with one file exchanged; checksums.json made to fit, if it shall."""
    folder = honest.with_name("changed")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(honest, folder)
    (folder / name).write_bytes(content)
    if fitting and name != CHECKSUMS:
        write_checksums(folder)
    return folder


def _require_found(honest: Path, name: str, strategy: Callable[[bytes], st.SearchStrategy]) -> None:
    """Of one file, whatever `strategy` makes of it: no exception, and no pass of what can be seen."""
    content, before = (honest / name).read_bytes(), seen(honest)

    @fuzzed
    @hypothesis.given(strategy(content), st.booleans())
    def judge(changed: bytes, fitting: bool) -> None:
        folder = with_change(honest, name, changed, fitting=fitting)
        assessment = judged(folder)
        if assessment.overall == "consistent":
            assert seen(folder) == before

    judge()


@pytest.mark.parametrize("name", FILES)
def test_other_bytes_are_found_or_seen_by_nobody(honest, name):
    _require_found(honest, name, changed_bytes)


@pytest.mark.parametrize("name", JSON_FILES)
def test_other_values_are_found_or_seen_by_nobody(honest, name):
    _require_found(honest, name, changed_json)


@pytest.mark.parametrize("name", TABLE_FILES)
def test_other_fields_are_found(honest, name):
    _require_found(honest, name, changed_table)


def test_another_page_is_found(honest):
    _require_found(honest, "report.html", changed_page)


def test_a_zip_of_other_bytes_has_a_message_or_a_finding(honest, tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(honest.iterdir()):
            archive.write(path, path.name)

    @fuzzed
    @hypothesis.given(changed_bytes(stream.getvalue()))
    def judge(changed: bytes) -> None:
        (tmp_path / "Ada.zip").write_bytes(changed)
        assessment = judged(tmp_path / "Ada.zip")
        assert assessment.problem or assessment.items

    judge()
