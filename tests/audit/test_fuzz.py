"""Tables and options made at random, and genuine ones with something changed: an audit, or a sentence that refuses.

Never another exception, and never a hang.
"""

import json
import time

import hypothesis
from claims_in_toml import CLAIMS
from hypothesis import strategies as st

from lib.audit import table

LONGEST = 30  # seconds of the processor
HEADERS = ("Model", "class", "", "accuracy", "precision", "recall", "F1", "support", "specificity", "images", "n",
           "Acc (%)", "macro F1", "MCC", "kappa", "AUC", "loss", "top-5", "val accuracy", "P", "R", "predicted",
           "accuracy of cat", "IoU")  # fmt: skip
NAMES = ("cat", "dog", "ResNet50", "accuracy", "macro avg", "weighted avg", "micro avg", "samples avg", "total", "",
         "Class:", "\x1b[31m", "\0", "é")  # fmt: skip
ODD = ("0", "1", "-1", "100.0", "95.2 %", "0,91", ".95", "5.", "1.2.3", "1 000 000", "93.2 ± 0.5", "93.2(1.1)",
       "0.91 [0.88, 0.94]", ">99", "nan", "inf", "-", "٣", "²", "1e3", "1e308", "1e999999999", "1e-999999",
       "7,31,47,0.8", "9" * 50, "9" * 5000, str(10**14), "<b>0.9</b>", r"\textbf{3}", "")  # fmt: skip
REPORT = """
              precision    recall  f1-score   support

         cat       0.67      0.75      0.71         8
         dog       0.82      0.75      0.78        12

    accuracy                           0.75        20
   macro avg       0.74      0.75      0.74        20
weighted avg       0.76      0.75      0.75        20
"""
MATRIX = "| | cat | dog | total |\n|-|-|-|-|\n| cat | 50 | 3 | 53 |\n| dog | 2 | 45 | 47 |\n"
LAYOUTS = ("{0},{1}", "{0};{1}", "{0}\t{1}", "{0}  {1}", "{0} | {1}", "{0} & {1}")

scores = st.decimals(0, 1, places=2).map(str)
counts = st.integers(0, 300).map(str)
options = st.fixed_dictionaries(
    {},
    optional={
        "n": st.sampled_from((1, 2, 20, 300, 0, 10**6, 10**12, 10**30)),
        "folds": st.sampled_from((1, 2, 5, 10**6)),
        "mean": st.booleans(),
        "digits": st.sampled_from(("rounded", "cut")),
        "classes": st.sampled_from((1, 2, 1000, 10**9, ("cat", "dog"), {"cat": 8, "dog": 12})),
    },
)


@st.composite
def grids(draw: st.DrawFn) -> str:
    """A header and rows, most of them as wide, in one of the forms that tables are pasted in."""
    header = draw(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=6))
    numbers = st.one_of(scores, scores, counts, st.sampled_from(ODD))
    rows = [header]
    for _ in range(draw(st.integers(0, 6))):
        cells = [
            draw(counts if title in ("support", "images", "n") else numbers) for title in header
        ]
        rows.append([draw(st.sampled_from(NAMES)), *cells[1:]][: draw(st.integers(1, 20))])
    layout = draw(st.sampled_from(LAYOUTS))
    lines = []
    for row in rows:
        line = row[0]
        for cell in row[1:]:
            line = layout.format(line, cell)
        lines.append(line + r" \\" * ("&" in layout))
    return "\n".join(lines)


@st.composite
def changed(draw: st.DrawFn) -> str:
    """A text that can be read, with some stretches exchanged, doubled or left out."""
    text = draw(st.sampled_from((REPORT, MATRIX, CLAIMS)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(text)))
        end = place + draw(st.integers(0, 30))
        odd = st.one_of(st.sampled_from((*ODD, "[[claims]]\n", "[" * 5000)), st.text(max_size=3))
        middle = draw(st.one_of(odd, st.just(2 * text[place:end])))
        text = text[:place] + middle + text[end:]
    return text


@hypothesis.given(st.one_of(grids(), changed()), options)
def test_any_text_is_audited_or_refused_in_a_sentence(text, chosen):
    start, refusal, audit = time.process_time(), "", None
    try:
        audit = table(text, **chosen)
    except ValueError as error:
        refusal = str(error)
    assert time.process_time() - start < LONGEST
    if audit is None:
        assert " should " in refusal
    else:
        assert json.dumps(audit.record)
        assert audit.letter
        assert audit.text
