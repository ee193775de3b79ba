"""How far can a score be trusted? Probes, comparisons, subgroups, and the records made of them."""

from typing import TYPE_CHECKING

from lib import names_when_asked

if TYPE_CHECKING:
    from lib.evaluation.scores import confusion_matrices, score_predictions
    from lib.evidence.attention import answers_to_explain, heat_rows
    from lib.evidence.learning import learning_records
    from lib.evidence.probes import run_probes
    from lib.evidence.records import choice_records, derive
    from lib.evidence.stand_ins import own_class_records

__getattr__, __dir__ = names_when_asked(__name__)
