"""`python -m lib COMMAND`: what can be done without running a notebook.

Every command lives beside what it prints, in a module with `add_arguments(parser)` and `run_command(options)`;
it is imported when it is asked for, so that none waits for what another needs.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from lib.words import escape_unencodable, printable_lines, printed_whole

COMMANDS = {  # command → its module, what it does
    "audit": ("lib.audit.listing", "can the numbers that a paper prints all be true?"),
    "data": ("lib.datasets.listing", "list the papers' images: expected, and found here"),
    "data show": ("lib.evidence.show", "say what a folder holds, and whether a run could use it"),
    "data fetch": ("lib.datasets.downloads.kaggle", "download a paper's images from Kaggle"),
    "data build": ("lib.phantoms.rebuild", "make a set of augmented copies from photographs"),
    "data prune": (
        "lib.datasets.pruning",
        "remove decoded images, features and drawings that no kept run uses",
    ),
    "arms": ("lib.models.listing", "the papers' models: layers, sizes, recipes, variants"),
    "weights": (
        "lib.datasets.downloads.weights",
        "say which ImageNet weights runs use; fetch missing ones",
    ),
    "predict": ("lib.predict.command", "ask a kept model what images show"),
    "verify": ("lib.grading.verify", "recompute a report's numbers from its CSV files"),
    "render": ("lib.runs.render", "make a report of a notebook that was run by hand"),
    "hand-in": ("lib.grading.hand_in", "check a run, and make the zip file that is handed in"),
    "grade": ("lib.grading.grade", "grade a folder of submissions by a rubric"),
    "reference": (
        "lib.runs.reference",
        "keep, list and tabulate what runs on real images measured",
    ),
    "schema": ("lib.results", "print the JSON Schema of results.json"),
    "badges": ("lib.runs.badges", "write the repository's address into the notebooks"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 if all is well, 1 if something is found wrong, 2 for unusable arguments."""
    escape_unencodable()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    command = _chosen(arguments)
    parser = _parser(command)
    options = parser.parse_args(arguments)
    try:
        return import_module(COMMANDS[command][0]).run_command(options)
    except BrokenPipeError:
        raise
    except (ValueError, OSError) as error:
        print(printable_lines(f"{type(error).__name__}: {error}"), file=sys.stderr)
        return 1


def _chosen(arguments: Sequence[str]) -> str:
    """The longest command that the arguments begin with; "" for none."""
    words = [word for word in arguments[:2] if not word.startswith("-")]
    candidates = (" ".join(words), *words[:1])
    return next((words for words in candidates if words in COMMANDS), "")


def _parser(chosen: str) -> argparse.ArgumentParser:
    """Knows every command by name, and the arguments of the chosen one."""
    parser = argparse.ArgumentParser(prog="python -m lib", description=__doc__.splitlines()[0])
    level = {"": parser.add_subparsers(required=True, metavar="COMMAND")}
    for command, (module, purpose) in COMMANDS.items():
        group, _, name = command.rpartition(" ")
        subparser = level[group].add_parser(name, help=purpose, description=purpose)
        beside = [other for other in COMMANDS if other.startswith(f"{command} ")]
        if beside:
            names = "|".join(other.split()[-1] for other in beside)
            level[command] = subparser.add_subparsers(metavar=names)
        if command == chosen:
            import_module(module).add_arguments(subparser)
    return parser


if __name__ == "__main__":
    sys.exit(printed_whole(main))
