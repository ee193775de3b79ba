"""The run key: a hash of everything that a run's numbers and pages depend on, part by part."""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from lib import NOT_IN_REPORT, ROOT, machine, papers
from lib.machine import backend_name, versions
from lib.papers.declare import Paper
from lib.results import Results, hash_text
from lib.settings import Settings
from lib.storage import file_sha256
from lib.words import listed

PAGE = "lib.report.page"  # renders the executed notebook
FAMILIES = "lib.phantoms.families"  # imported by name, as a paper asks for them
TEMPLATES = "lib/report/templates"
OF_OTHER_PAGES = re.compile(
    r"index\.js|\w+_page\.html\.j2"
)  # templates that no report is made with
LOOKS = "MobileNetV2"  # the network of the search for look-alikes (`lib.models.descriptors`)
# How the parts are called of which there are several; "parameter vgg16 epochs" is one of them, too.
PARAMETER, PACKAGE, FILE = "parameter ", "package ", "lib/"
INJECTED = "injected-parameters"  # papermill's tag of the cell that it puts in
DIGITS = 16  # of a file's SHA-256: so many tell two versions of it apart
LISTED = 3  # files in a reason
IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)|import[ \t]+([^\n]+))", re.M
)


def key_parts(
    notebook: Path,
    settings: Settings,
    *,
    slug: str,
    data: str,
    weights: str,
    device: str,
    kernel: str = "",
    own: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Everything a run's numbers depend on, one hash or text each.

    Beside the arguments that are texts these are "notebook" (its code), "parameter …", "lib/…" (a part
    per file), "package …" (its version) and "backend".

    Args:
        notebook: The notebook; only its code counts.
        slug: Of the paper.
        data: Hash of the images (`Scan.sha256`), behind it those of the control sets.
        weights: Hashes of the arms' weight files, joined by spaces; "" for random weights.
        device: "cpu", or the GPU's name.
        kernel: Name of the Jupyter kernel, "" for this Python's own.
        own: Parameters that only this notebook knows, as given.
    """
    return {
        **_code_parts(notebook, [slug, *_borrowed_from(settings.arms)]),
        **parameter_parts(settings, own or {}),
        "data": data,
        "weights": weights,
        "device": device,
        "kernel": kernel,
    }


def _code_parts(notebook: Path, slugs: Sequence[str]) -> dict[str, str]:
    code = _code_cells(notebook)
    return {
        "notebook": hash_text(json.dumps(code)),
        **library_hashes(code, slugs),
        **{PACKAGE + name: number for name, number in versions().items()},
        "backend": backend_name(),
    }


def parameter_parts(settings: Settings, own: Mapping[str, Any]) -> dict[str, str]:
    """The parts "parameter …" of a key.

    Args:
        own: As for `key_parts`.
    """
    values = asdict(settings)
    of_arms = values.pop("training")
    del values["changed"]  # follows from the others and the paper's declaration
    del values[
        "keep_models"
    ]  # changes no number; `lib.runs.keep.missing_models` tells what is missing
    values |= own
    for arm, training in of_arms.items():
        values |= {f"{arm} {name}": value for name, value in training.items()}
    return {PARAMETER + name: json.dumps(value) for name, value in values.items()}


def weights_of_run(paper: Paper, settings: Settings) -> str:
    """Hashes of the weight files that a run may use: its arms', and that of the search for look-alikes."""
    arms = papers.find_arms(paper, settings.trained)
    pretrained = [arm.backbone for arm in arms if arm.weights.value != "random"]
    return machine.weights_fingerprint(tuple(dict.fromkeys([*pretrained, LOOKS])))


def _borrowed_from(arms: Iterable[str]) -> list[str]:
    """The slugs of the other papers whose arms a run trains: their declarations count, too."""
    return sorted({owner.slug for owner in map(papers.lender, arms) if owner})


# What has changed


def code_change(finished: Results) -> str:
    """Why the code that is here would make another run of the same parameters, images and weights; "" if not.

    It is the notebook's, the library's and the installed packages'. A run by hand has no key: "".
    """
    return _code_change(finished, f"notebook|backend|({FILE}|{PACKAGE}).*")


def library_change(finished: Results, here: Mapping[str, str] | None = None) -> str:
    """As `code_change`, but for the notebook, which somebody may have changed for this run, and the backend.

    Args:
        here: What `code_here` gives of this run, for whoever asks of many.
    """
    return _code_change(finished, f"({FILE}|{PACKAGE}).*", here)


def code_here(slug: str, arms: Iterable[str]) -> dict[str, str]:
    """The parts of the key that name code, as a paper's notebook, the library and the packages are now."""
    return _code_parts(papers.NOTEBOOKS / f"{slug}.ipynb", [slug, *_borrowed_from(arms)])


def _code_change(finished: Results, names: str, here: Mapping[str, str] | None = None) -> str:
    before = finished.provenance.key_parts
    if not before:
        return ""
    now = here or code_here(finished.slug, finished.settings.get("arms", ()))
    of_code = (
        {name: parts[name] for name in parts if re.fullmatch(names, name)}
        for parts in (before, now)
    )
    return explain_change(*of_code)


def explain_change(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What differs between two runs' parts in words: "the notebook's code changed; epochs: 3 → 4"; "" if equal."""
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    changes = {name: (before.get(name, ""), now.get(name, "")) for name in names}
    reasons = "; ".join(_reasons(changes, _trained_arms(before) & _trained_arms(now)))
    if names and not reasons:  # an older version of the library noted them under other names
        return f"the key has other parts: {listed(names)}"
    return reasons


def _trained_arms(parts: Mapping[str, str]) -> set[str]:
    names = (name.removeprefix(PARAMETER) for name in parts if name.startswith(PARAMETER))
    return {name.split(" ")[0] for name in names if " " in name}


def _reasons(changes: Mapping[str, tuple[str, str]], arms: set[str]) -> Iterator[str]:
    files = [name for name in changes if name.startswith(FILE)]
    if "notebook" in changes:
        yield "the notebook's code changed"
    yield from _parameter_reasons(changes, arms)
    if "data" in changes:
        yield from _image_reasons(*changes["data"])
    if "weights" in changes:
        yield "the trained weights are others"
    for name, (old, new) in changes.items():
        if name.startswith(PACKAGE):
            yield f"{name.removeprefix(PACKAGE)} {old or 'none'} → {new or 'none'}"
    for name, unnamed in (("backend", "none"), ("device", "none"), ("kernel", "this Python")):
        if name in changes:
            old, new = changes[name]
            yield f"{name}: {old or unnamed} → {new or unnamed}"
    if files:
        more = f" and {len(files) - LISTED} more files of lib/" if len(files) > LISTED else ""
        yield f"{', '.join(files[:LISTED])}{more} changed" if more else f"{listed(files)} changed"


def _image_reasons(old: str, new: str) -> Iterator[str]:
    (images, *controls), (new_images, *new_controls) = old.split(" "), new.split(" ")
    if images != new_images:
        yield "the images are others"
    if controls != new_controls:
        yield "the control images are others"


def _parameter_reasons(changes: Mapping[str, tuple[str, str]], trained: set[str]) -> Iterator[str]:
    """One reason per change of a value, however many of the trained arms it holds for."""
    arms_of: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    whole: dict[str, tuple[str, str]] = {}
    for name, (old, new) in changes.items():
        if name.startswith(PARAMETER):
            *arm, setting = name.removeprefix(PARAMETER).split(" ")
            # What only one of the runs has belongs to an arm that the other does not train.
            if arm and old and new:
                arms_of[setting, old, new] += arm
            elif not arm:
                whole[setting] = old, new
    for (setting, old, new), arms in arms_of.items():
        if whole.get(setting) != (old, new):
            of_arms = "" if {*arms} == trained else f" of {listed(arms)}"
            yield f"{setting}{of_arms}: {_shown(old)} → {_shown(new)}"
    for setting, (old, new) in whole.items():
        yield f"{setting}: {_shown(old)} → {_shown(new)}"


def _shown(value: str) -> str:
    return {"": "none", "null": "as declared"}.get(value, value)


# The part of the library that counts


def library_hashes(code: Sequence[str], slugs: Sequence[str], root: Path = ROOT) -> dict[str, str]:
    """File → hash of the part of lib/ that can change a number or a page of one paper's run.

    These are the modules that the notebook and the renderer of its page import, those that they
    import in turn, the declarations of its papers, all families of phantoms, and the page's templates.

    Args:
        code: Sources of the notebook's cells.
        slugs: Of the paper and of those it borrows arms from; the declarations of others do not count.
        root: The checkout that holds lib/.
    """
    return {
        path.relative_to(root).as_posix(): file_sha256(path)[:DIGITS]
        for path in library_files(code, slugs, root)
    }


def library_files(code: Sequence[str], slugs: Sequence[str], root: Path = ROOT) -> list[Path]:
    """The files that `library_hashes` hashes, sorted."""
    families = sorted((root / FAMILIES.replace(".", "/")).glob("*.py"))
    names = [PAGE, *(f"lib.papers.{slug}" for slug in slugs)]
    names += [f"{FAMILIES}.{path.stem}" for path in families]
    for cell in code:
        names += _imported_names(_as_python(cell))
    templates = (
        path
        for path in (root / TEMPLATES).rglob("*")
        if path.is_file() and not OF_OTHER_PAGES.fullmatch(path.name)
    )
    return sorted({*_modules(names, root), *templates})


def _code_cells(notebook: Path) -> list[str]:
    return _computing_code(json.loads(notebook.read_text(encoding="utf-8"))["cells"])


def code_hash(cells: Sequence[Mapping[str, Any]]) -> str:
    """The part "notebook" of the key of these cells, as JSON; the parameters that a batch put in do not count."""
    own = [cell for cell in cells if INJECTED not in cell["metadata"].get("tags", [])]
    return hash_text(json.dumps(_computing_code(own)))


def _computing_code(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    # Not the cell that only fetches the library: a repository that moves changes no number.
    computing = [cell for cell in cells if NOT_IN_REPORT not in cell["metadata"].get("tags", [])]
    return ["".join(cell["source"]) for cell in computing if cell["cell_type"] == "code"]


def _as_python(cell: str) -> str:
    """The cell as IPython turns it into Python: "!ls" and "%time" become calls."""
    try:
        ast.parse(cell)
    except SyntaxError:
        # Imported here: it takes long, and few notebooks need it.
        from IPython.core.inputtransformer2 import TransformerManager

        return TransformerManager().transform_cell(cell)
    return cell


def _modules(names: Iterable[str], root: Path) -> set[Path]:
    """The files of lib/ behind these dotted names, and of all that they import, wherever they do."""
    paths = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (root / "lib").rglob("*.py")
    }
    files, seen, waiting = set(), set(), set(names)
    while waiting:
        name = waiting.pop()
        seen.add(name)
        # Python runs a module's packages too; the last part may be something inside: "lib.results.Score".
        for module in accumulate(name.split("."), "{}.{}".format):
            path = paths.get(module)
            if path is not None and path not in files:
                files.add(path)
                waiting |= _names_in_lines(path.read_text(encoding="utf-8")) - seen
    return files


def _imported_names(source: str) -> set[str]:
    """Dotted names that a source imports anywhere: "lib.results.Score" for `from lib.results import Score`."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@cache
def _names_in_lines(source: str) -> frozenset[str]:
    """`_imported_names` and what looks like it in a text, ten times as fast: an import on a line of its own."""
    names = set()
    for package, after_from, after_import in IMPORT.findall(source):
        lines = (after_from or after_import).strip("()").splitlines()
        parts = ",".join(line.partition("#")[0] for line in lines).split(",")
        imported = [part.split()[0] for part in parts if part.strip()]
        names |= {f"{package}.{name}" if package else name for name in imported}
    return frozenset(names)
