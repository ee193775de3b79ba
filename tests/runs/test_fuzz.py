"""Command lines and files of parameters made at random: plans of runs, or a sentence that refuses them.

Never a traceback, and never anything that is run or written.
"""

from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location

import hypothesis
import pytest
from hypothesis import strategies as st

from lib import ROOT
from lib.papers.declare import PIXEL_SCALINGS
from lib.runs.parameters import BESIDE_SETTINGS
from lib.settings import SETTINGS

SLUG = "kuncoro_white_blood_cells"
NAMES = (*SETTINGS, *BESIDE_SETTINGS, "epoch", "photo", "_", "", "é", "__class__")
VALUES = ("0", "1", "-1", "3", "0.5", "1e-4", "1e400", "nan", "inf", "True", "None", "adam", "native", "author", "''",
          "[]", "[0, 1]", "['mobilenetv2']", "['a', 'a']", "[[1]]", "{}", "{[]: 1}", "(1, 2)", "b'x'", "'\\x00'",
          "1" * 5000, "[" * 5000, "a" * 300, "~nobody-of-this-name", "/dev/null", ".", "\x1b[31m", "1+1",
          "print()", *PIXEL_SCALINGS)  # fmt: skip
LINES = ("{0}: {1}\n", "{0}: &x {1}\n", "{0}: *x\n", "{0}:\n  - {1}\n", "? {1}\n: {0}\n", "<<: {{{0}: {1}}}\n",
         "- {0}\n", "{0}: !!python/object/apply:os.getcwd []\n", "{0}: !!binary {1}\n", "---\n", "{0} {1}\n",
         "\t\0\n")  # fmt: skip

names, values = st.sampled_from(NAMES), st.one_of(st.sampled_from(VALUES), st.text(max_size=5))
option = st.one_of(
    st.tuples(st.just("-p"), names, values),
    st.builds(
        lambda name, several: ("--sweep", f"{name}={','.join(several)}"),
        names,
        st.lists(values, max_size=3),
    ),
    st.tuples(
        st.sampled_from(("--seeds", "--jobs", "--timeout", "--data", "--profile", "--junit")),
        values,
    ),
)
line = st.builds(
    lambda form, name, value: form.format(name, value), st.sampled_from(LINES), names, values
)


fuzzed = hypothesis.settings(
    suppress_health_check=[
        hypothesis.HealthCheck.function_scoped_fixture
    ]  # nothing is written there
)


@pytest.fixture
def refuse(tmp_path, monkeypatch, capsys) -> Callable[..., None]:
    """Gives run_all.py a command line that may be refused, in a sentence; nothing is run or written."""
    spec = spec_from_file_location("run_all", ROOT / "run_all.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr("lib.runs.batch.run", lambda *_, **__: 0)
    monkeypatch.chdir(tmp_path)

    def give(*arguments: str) -> None:
        try:
            status = module.main([SLUG, *arguments, "--reports", str(tmp_path / "out")])
        except SystemExit as stopped:
            status = stopped.code
            assert "run_all.py: error: " in capsys.readouterr().err
        assert status in (0, 2)
        assert not (tmp_path / "out").exists()

    return give


@fuzzed
@hypothesis.given(st.lists(option, min_size=1, max_size=3))
def test_any_command_line_makes_runs_or_is_refused_in_a_sentence(refuse, chosen):
    line = [word for words in chosen for word in words]
    hypothesis.assume("\0" not in "".join(line))  # which no command line can hold
    refuse(*line)


@fuzzed
@hypothesis.given(st.lists(line, min_size=1, max_size=4))
def test_any_file_of_parameters_makes_runs_or_is_refused_in_a_sentence(refuse, tmp_path, lines):
    path = tmp_path / "parameters.yaml"
    path.write_text("".join(lines), encoding="utf-8", errors="surrogatepass")
    refuse("--parameters", str(path))
