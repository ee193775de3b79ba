"""How far can a score be trusted? Probes, comparisons, subgroups, and the records made of them."""

from lib.evaluation.scores import confusions as confusion_matrices
from lib.evaluation.scores import scores as score_predictions
from lib.evidence import probes
