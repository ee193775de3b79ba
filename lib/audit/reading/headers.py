"""What a column or row is called in print → what it measures."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

ALIASES = {
    metric: names.split(", ")
    for metric, names in {
        "accuracy": "accuracy, acc, overall accuracy, oa, classification accuracy, accuracy rate, ca, akurasi, "
        "top 1, top1, top 1 accuracy, top 1 acc",
        "top-5 accuracy": "top 5 accuracy, top 5, top5, top 5 acc",
        "precision": "precision, prec, pre, p, ppv, positive predictive value, pos pred value, presisi",
        "recall": "recall, rec, r",
        "sensitivity": "sensitivity, sens, sen, sn, se, tpr, tp rate, true positive rate, sensitivitas",
        "specificity": "specificity, spec, spe, sp, tnr, tn rate, true negative rate, spesifisitas",
        "npv": "npv, negative predictive value, neg pred value",
        "f1": "f1, f1 score, f1score, f1 measure, f1 scores, f score, fscore, f measure, f, f 1, f 1 score",
        "auc": "auc, auroc, roc auc, auc roc, au roc, roc area, area under curve, area under the curve",
        "mcc": "mcc, matthews, matthews correlation, matthews correlation coefficient, matthews corrcoef",
        "kappa": "kappa, cohen kappa, cohens kappa, cohen s kappa, kappa statistic, kappa score, κ",
        "balanced accuracy": "balanced accuracy, bacc, bal acc, balanced acc, bca, uar",
        "support": "support, n, images, samples, instances, count, cases, patients, number of images, test images, "
        "number of samples, test samples, no of images",
        "loss": "loss, cross entropy, log loss, logloss, cross entropy loss",
    }.items()
}
"""Metric, as claims call it → names in lower case without punctuation."""

METRICS = {alias: metric for metric, aliases in ALIASES.items() for alias in aliases}
NAMES = ("model", "models", "method", "methods", "network", "architecture", "classifier", "class", "label", "classes",
         "category", "name", "dataset", "data set", "data", "backbone", "algorithm", "approach", "study")  # fmt: skip
AVERAGES = {"macro": "macro avg", "weighted": "weighted avg", "micro": "micro avg"}
PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
ASIDES = re.compile(r"[(\[][^()\[\]]*(?:\bci\b|±|\bsd\b|\bstd\b|mean)[^()\[\]]*[)\]]")
FILLERS = {"averaged", "average", "avg", "mean", "the", "score"}


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a column holds.

    Attributes:
        metric: As claims call it.
        of: The average over classes that it names ("macro avg"), else "".
        part: "test", "train" or "validation".
        percent: Whether it says that its numbers are in per cent.
    """

    metric: str
    of: str = ""
    part: str = "test"
    percent: bool = False


def read_header(text: str) -> Header | None:
    """What a header names; None where it is not known."""
    words = plain_words(text)
    part = "test"
    if len(words) > 1:
        parts = [PARTS[word] for word in words if word in PARTS]
        part = parts[0] if parts else part
        words = [word for word in words if word not in PARTS]
    of = next((AVERAGES[word] for word in words if word in AVERAGES), "")
    if of:
        words = [word for word in words if word not in AVERAGES and word not in FILLERS]
    metric = METRICS.get(" ".join(words))
    if metric is None:
        return None
    return Header(metric=metric, of=of, part=part, percent="%" in ASIDES.sub("", text.lower()))


def nearest(text: str) -> str:
    """The known name that an unknown header resembles most; "" for none."""
    words = " ".join(plain_words(text))
    close = get_close_matches(words, [name for name in METRICS if len(name) > 3], n=1, cutoff=0.75)
    return close[0] if close and len(words) > 3 else ""


def names_rows(text: str) -> bool:
    """Whether a header stands above names: "Model", "Class", or nothing."""
    words = " ".join(plain_words(text))
    return not words or words in NAMES


def plain_words(text: str) -> list[str]:
    """In lower case, without units in brackets, arrows that say what is better, and punctuation."""
    plain = re.sub(r"\\[a-z]+\b", " ", ASIDES.sub(" ", text.lower()))
    plain = re.sub(
        r"[(\[]\s*(?:\\?%|in %|percent|ppv|tpr|tnr|sensitivity|recall|precision)\s*[)\]]",
        " ",
        plain,
    )
    return re.sub(r"[^\wκ]+|_", " ", plain).split()
