"""One run and many: its key, its record, its folder; the batch that runs all notebooks."""

from typing import TYPE_CHECKING

from lib import names_when_asked

if TYPE_CHECKING:
    from lib.results import run_key
    from lib.runs.keep import keep_models
    from lib.runs.key import key_parts
    from lib.runs.parameters import check_parameters
    from lib.runs.record import ENVIRONMENT, Clock, collect, kept_references, save

__getattr__, __dir__ = names_when_asked(__name__)
