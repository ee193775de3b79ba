"""Values of parameters on the command line and in a file of parameters: read, and written to be read again."""

import ast
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from lib.papers.declare import PIXEL_SCALINGS
from lib.storage import user_path

# What papermill writes into code as it is.
KINDS = "a number, a text, True, False, None or a list of these"
BRACKETS = {"[": "]", "(": ")", "{": "}"}


class UsageError(ValueError):
    """The command line cannot be carried out: what was expected, what came, what is known."""


Sweep = Sequence[tuple[str, list[Any]]]
"""Parameter → the values that it takes in turn; of several, every value of one with every value of the others."""


# Values


def read_value(option: str, text: str) -> Any:
    """A parameter's value as Python reads it; what is no literal is text, as is a pixel scaling.

    Args:
        option: Where it stands, for the message: "-p epochs".

    Raises:
        UsageError: It is a literal that papermill cannot hand on.
    """
    if text in PIXEL_SCALINGS:
        return text
    try:
        value = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return text
    _require_plain(option, value, text)
    return value


def value_text(value: Any) -> str:
    """What `read_value` reads as this value."""
    with suppress(UsageError):
        if isinstance(value, str) and read_value("", value) == value:
            return value
    return _literal(value)


def _literal(value: Any) -> str:
    """As Python reads it, texts in double quotes: a shell's single quotes can stand around the whole."""
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _require_plain(option: str, value: Any, text: str) -> None:
    if not _is_plain(value):
        raise UsageError(f"{option} should be {KINDS}; received {text}. Write a list: [1, 2].")


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, str):
        return "\0" not in value  # which no path can have
    return value is None or isinstance(value, bool | int | float)


# Sweeps


def read_sweep(texts: Sequence[str]) -> Sweep:
    """The sweep that NAME=V1,V2,... asks for, each text a parameter.

    Raises:
        UsageError: A text of another form, a name that is swept twice, a value that comes twice.
    """
    sweep = [_swept(text) for text in texts]
    names = [name for name, _ in sweep]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                f"--sweep {name} should be given once; it is given {names.count(name)} times. Write all "
                f"values behind one: --sweep {name}=V1,V2."
            )
    return sweep


def _swept(text: str) -> tuple[str, list[Any]]:
    name, equals, rest = text.partition("=")
    parts = [part.strip() for part in split_values(rest)]
    if not name.isidentifier() or not equals or "" in parts:
        raise UsageError(
            f"--sweep should be NAME=V1,V2,... with a value between all commas, such as epochs=1,5,20; "
            f"received {text!r}."
        )
    values: list[Any] = []
    for part in parts:
        value = read_value(f"--sweep {name}", part)
        if any(_is_same(value, other) for other in values):
            raise UsageError(f"--sweep {name} should have different values; {part} comes twice.")
        values.append(value)
    return name, values


def _is_same(value: Any, other: Any) -> bool:
    """Whether the values make the same run: 1e-3 and 0.001 do, 1 and True do not."""
    return value == other and isinstance(value, bool) == isinstance(other, bool)


def split_values(text: str) -> list[str]:
    """The parts between the commas that stand in no brackets and no quotes."""
    parts, quote = [""], ""
    open_brackets: list[str] = []
    for position, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote and text[position - 1] != "\\" else quote
        elif letter in "'\"" and (open_brackets or not parts[-1].strip()):  # not in a word: it's
            quote = letter
        elif letter in BRACKETS:
            open_brackets.append(BRACKETS[letter])
        elif open_brackets and letter == open_brackets[-1]:
            open_brackets.pop()
        if letter == "," and not quote and not open_brackets:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


# A file of parameters


def read_parameters(path: Path) -> dict[str, Any]:
    """The parameters in a YAML file of papermill's form: a mapping of names to values.

    Raises:
        UsageError: It cannot be read, is of another form, or gives a parameter twice.
    """
    path = user_path(str(path))
    try:
        text = path.read_text(encoding="utf-8")
        # By a few lines of aliases a list can hold more than any memory.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=_Loader)):
            raise UsageError(
                f"{path} should have every value written out; it has an alias (*NAME)."
            )
        root = yaml.compose(text, Loader=_Loader)
        given = yaml.load(text, Loader=_Loader)
    except OSError as error:
        raise UsageError(
            f"--parameters should be a YAML file; {path} cannot be read: {error.strerror}."
        ) from error
    except UsageError:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"--parameters should be a YAML file; {path}: {reason}.") from error
    if not isinstance(root, yaml.MappingNode):
        raise UsageError(
            f"{path} should have a line `NAME: VALUE` for each parameter; it holds no such line."
        )
    names = [name.value for name, _ in root.value]
    for name, value in given.items():
        if not isinstance(name, str):
            raise UsageError(f"{path} should name parameters; it has {name!r} for a name.")
        if names.count(name) > 1:
            raise UsageError(f"{path} should give {name} once; it does {names.count(name)} times.")
        _require_plain(f"{path}: {name}", value, repr(value))
    return given


class _Loader(yaml.SafeLoader):
    """Reads 1e-4 as a number, as YAML 1.2 and Python do, and leaves dates as they are written."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)[eE][-+]?\d+$", re.ASCII),
    list("-+.0123456789"),
)
