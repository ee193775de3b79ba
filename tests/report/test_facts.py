"""How facts of a run are looked up."""

import made_up_runs as made_up
import pytest


@pytest.mark.parametrize(
    ("protocols", "shown"), [(["grouped", "published"], "published"), (["grouped"], "grouped")]
)
def test_the_papers_protocol_is_shown_where_it_was_run(protocols, shown):
    run = made_up.run(folds=[made_up.fold(protocol=name) for name in (*protocols, *protocols)])
    assert run.protocols == protocols
    assert run.shown_protocol == shown
