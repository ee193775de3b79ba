"""Every number of a paper's text is declared, or set aside here with the reason why.

The text up to its references is cut into the places that declarations name ("Table 1", "§III.B"). In each
place, the passages of `elsewhere` are dropped, then references, years of citations, and the numbers of
figures, tables and headings. Of the numbers that are left

- one that a claim prints at this place must stand there exactly as often as claims say: once for every
  place in a claim's `where`, "(twice)" twice; six claims of a place with "one number for 6" once;
- every other must be part of what is stated for this place: of a setting, a count of images, an example,
  a printed layer, or the epoch of a claim.

So a forgotten claim fails, and so does an invented one, or one at a place where it is not. Limits: within a
place the order does not count, so that two numbers could be swapped between rows (the tests of the single
papers read those row by row); a sign is not read; a number behind a letter or an underscore is a name;
a number that is no claim's may stand any number of times where it is stated once; a passage is set aside
wherever it stands; title pages and tables of contents are not read. Contradictions account for nothing by
themselves, since they quote claims: a passage of `elsewhere` names the contradiction that has its numbers.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise

import pytest
from declarations import TEXTS, paper_text

from lib import ROOT
from lib.papers import load, slugs
from lib.papers.declare import Convolution, Paper, Sizes, Stated

NUMBER = re.compile(r"(?<![A-Za-z_\d])(?<!\d[.,])(\d+(?:[.,]\d+)*)(\s?\\?%)?")
GROUPED = re.compile(r"[1-9]\d{0,2}([.,]\d{3})+")
POINTER = re.compile(
    r"\[\d+\]|\([^()\d]*(19|20)\d\d\)|#+ \**\d+(\.\d+)?|"
    r"\b(Fig(ure)?s?|Gambar|Tab(le|el))\b\.? \d+( and \d+)?",
    re.IGNORECASE,
)
TIMES = {"twice": 2, "three times": 3, "four times": 4}
OTHERS = "other people's work"
PAGE = "head of a page"
CLASSES = "the number of classes"
LIST = "a number of a list or formula"


@dataclass(frozen=True, kw_only=True)
class Text:
    """How the text of one paper is read.

    Attributes:
        places: (name, first words) in the order of the text; "" for what is not read.
        end: First words of the references.
        elsewhere: (passage, why its numbers are no claims); "contradiction: …" names the topic of one.
    """

    places: tuple[tuple[str, str], ...]
    end: str
    elsewhere: tuple[tuple[str, str], ...]


HULU = Text(
    places=(
        ("Abstract", "Abstract:"),
        ("INTRODUCTION", "INTRODUCTION Cancer"),
        ("LITERATURE REVIEW", "LITERATURE REVIEW The"),
        ("METHOD", "METHOD The study"),
        ("RESULT", "RESULT The purpose"),
        ("Fig. 10", "Accuracy for AlexNet 98.1%"),
        ("Fig. 11", r"$$Accuracy = \frac{240}"),
        ("Table 1", "Table 1. Model Accuracy"),
        ("RESULT", "The Table 1 contains"),
        ("DISCUSSIONS", "DISCUSSIONS In the"),
        ("Fig. 12", "precision recall"),
        ("Fig. 13", "Classification Report: precision"),
        ("DISCUSSIONS", "From the visualized"),
        ("CONCLUSION", "CONCLUSION their"),
    ),
    end="REFERENCES -",
    elsewhere=(
        ("e-ISSN: 2541-2019", PAGE),
        ("p-ISSN: 2541-044X", PAGE),
        ("Volume 8, Number 3, July 2024", PAGE),
        ("DOI: https://doi.org/10.33395/sinkron.v8i3.13792", PAGE),
        ("70% training", "what the declared share of 30 % to test leaves"),
        ("20,052 lives or about 1.41%", OTHERS),
        ("accuracy of 53-54%", OTHERS),
        ("400 breast images classified into 4 classes", OTHERS),
        ("accuracy of 92.79% with a precision of 86.98%", OTHERS),
        ("accuracy of 95.12% with a precision of 90.23%", OTHERS),
        ("95.40% for coccidiosis, 94% for", OTHERS),
        ("90.21% for Newcastle disease, and 96.50%", OTHERS),
        ("1 second with an accuracy of 85%", OTHERS),
        ("96.49%", OTHERS),
        ("86%, and the F1-score was 0.8682", OTHERS),
        ("16 attributes and 4025 records", OTHERS),
        ("increase of 1%", OTHERS),
        ("the 2 models", "the number of arms"),
    ),
)
SULISTIANA = Text(
    places=(
        ("Abstract", "Abstrak—"),
        ("§I", "I. PENDAHULUAN"),
        ("§II.A", "II. METODE A."),
        ("§II.B", "B. Pre-processing"),
        ("§II.C", "C. Machine Learning"),
        ("§II.D", "D. Convolutional"),
        ("§II.E", "E. MobileNet-V2"),
        ("§II.F", "F. Model Pengujian"),
        ("§III", "III. HASIL"),
        ("Fig. 5", "A. Hasil Pengujian Model"),
        ("§III.A", "Gambar 5. Hasil"),
        ("§III.B", "B. Pengujian Model"),
        ("§III.C", "C. Hasil Model"),
        ("§IV", "IV. KESIMPULAN"),
    ),
    end="DAFTAR PUSTAKA",
    elsewhere=(
        ("142 ras", "how many breeds there are"),
        ("142 cat breeds", "how many breeds there are"),
        ("140 ras", "how many breeds there are"),
        ("5 jenis ras", CLASSES),
        ("5 types", CLASSES),
        ("79,5%", OTHERS),
        ("88,4%", OTHERS),
        ("97,97%", OTHERS),
        ("100 x 100 piksel", OTHERS),
        ("rentang 0–255", "what every pixel is before it is scaled"),
        ("*Pooling Layer*. 1.", LIST),
        ("2. Pooling Layer", LIST),
        ("*Global Average Pooling 2D*", "the name of a layer"),
        ("(80%)", "what the declared share of 20 % to test leaves"),
        ("500 citra digunakan sebagai", "contradiction: Number of training and validation images"),
        ("400 citra sebagai", "contradiction: Number of training and validation images"),
        ("dan 100 citra sisanya", "contradiction: Number of training and validation images"),
        ("terhadap 100 citra tersebut", "contradiction: Number of training and validation images"),
    ),
)
KUMAR = Text(
    places=(
        ("", "# BREAST CANCER"),
        ("Abstract", "#### **ABSTRACT**"),
        ("", "# **TABLE OF CONTENTS**"),
        ("§1", "#### INTRODUCTION"),
        ("§2", "#### LITERATURE SURVEY"),
        ("§3.1", "## 3.1 Arch"),
        ("§3.2", "## 3.2 Design"),
        ("§4.1", "## 4.1 Prop"),
        ("§4.2", "## 4.2 Image"),
        ("§4.3", "## 4.3 Trans"),
        ("CODING", "## **CODING**"),
        ("§6.1", "## **6.1"),
        ("Table 2", "Metrices VGG16"),
        ("§6.1", "Table. 2."),
        ("Conclusion", "#### CONCLUSION"),
    ),
    end="#### REFERENCES",
    elsewhere=(
        ("1.7 million women", OTHERS),
        ("in 2012", OTHERS),
        ("2.1 million people", OTHERS),
        ("627 thousand women", OTHERS),
        ("in 2018", OTHERS),
        ("0.8585 and 0.8271", OTHERS),
        ("(78.4% and 74.3%", OTHERS),
        ("88% and 80% accurate", OTHERS),
        ("ResNet-50 has 50 layers", "the name of a network and why it has it"),
        ("ResNet-50", "the name of a network"),
        ("(e.g., [0, 1])", "contradiction: Pixels and augmentation"),
        ("subplots(ncols=4, figsize=(8, 4))", "how a figure is drawn"),
        ("size=10, pad=10", "how a figure is drawn"),
        ("figsize=(14, 9)", "how a figure is drawn"),
        ("size=9", "how a figure is drawn"),
        ("plt.subplot(4, 7, i + 1)", "how a figure is drawn; the assumed batch size fills it"),
        ("(IMG_SIZE, IMG_SIZE, 3)", "colour channels"),
        ("layers.Dense(1,", "the one unit of the declared sigmoid"),
        ("test_ds.take(1)", "the first batch"),
        ("reshape(- 1,)", "an argument of NumPy"),
    ),
)
VIOLINA = Text(
    places=(
        ("", "## **DETEKSI"),
        ("Abstract", "#### **ABSTRACT**"),
        ("§Pendahuluan", "#### **PENDAHULUAN**"),
        ("§Metode", "## METODE"),
        ("§Hasil dan Pembahasan", "## HASIL DAN"),
        ("§Preprocessing Image", "## Preprocessing"),
        ("Table 1", "**Tabel 1."),
        ("§Preprocessing Image", "Setelah dilakukan proses data balancing"),
        ("Table 2", "**Tabel 2."),
        ("§Perancangan Model CNN", "## Perancangan"),
        ("Fig. 4", "The diagram illustrates"),
        ("§Perancangan Model CNN", "**Gambar 4."),
        ("Fig. 6", "Classification Report:"),
        ("§Perancangan Model CNN", "**Gambar 6."),
        ("§Simpulan", "## SIMPULAN"),
    ),
    end="## DAFTAR PUSTAKA",
    elsewhere=(
        ("VGG-16", "the name of a network"),
        ("tahun 2021", OTHERS),
        ("10 juta kasus", OTHERS),
        ("0,4% dibandingan tahun sebelumnya yaitu 9,96 juta", OTHERS),
        ("474.519 kasus baru dan 311.594 kasus kematian menurut Globocan 2020", OTHERS),
        ("80% dari 25 data uji", OTHERS),
        ("pelatihan sebesar 100%", OTHERS),
        ("pengujian sebesar 88%", OTHERS),
        ("data baru sebesar 90%", OTHERS),
        ("sebanyak 4000 gambar", OTHERS),
        ("*learning rate* 0,001, epoch 50 dan batch size 32", OTHERS),
        ("learning rate 0,001, epoch 50 dan batch size 32", OTHERS),
        ("99,70%, loss 0,0055, presisi 0,9975, recall 0,9975 dan f1-score 0,9950", OTHERS),
        ("DenseNet 121", "the name of a network"),
        ("sebesar 83,59%", OTHERS),
        ("SGD pada learning rate 0,1", OTHERS),
        ("mulai dari 80% hingga 100%", OTHERS),
        ("94.41% di data train dan 95%", OTHERS),
        ("akurasi sebesar 90,9%", OTHERS),
        ("Precision sebesar 87,5%", OTHERS),
        ("limfoblas 0,192", OTHERS),
        ("limfoblas 0,062", OTHERS),
        ("merupakan 0,9 dari", "contradiction: Share of training images"),
        ("top-5 test accuracy mencapai 92,7%", OTHERS),
        ("14 juta gambar dalam 1000 kelas (kompetisi 2014", OTHERS),
        ("dataset 1000 data", "contradiction: Number of images"),
        ("digunakan 10.000 gambar", "contradiction: Number of images"),
        ("berjumlah 10.000 diambil", "contradiction: Number of images"),
        ("16.000", "contradiction: Share of training images"),
        ("2000 normal", "contradiction: Share of training images"),
        ("sebesar 45 derajat", "the declared rotation is 45 / 360 of a turn"),
        ("yaitu 255", "the declared scale to [0, 1] divides by it"),
        ("yaitu 3 (Red", "colour channels"),
        ("menggunakan 2 kategori", CLASSES),
        ("pada 2 kategori", CLASSES),
        ("ini 2 rancangan", "of what is drawn in two figures"),
        ("dalam 2 tahapan", "features and classifier"),
        ("dari 2 bagian", "convolution and pooling"),
        ("melalui 5 proses", "contradiction: The network"),
        ("dan 5 proses", "contradiction: The network"),
        (r"$3 \times 3$", "contradiction: The network"),
        (r"$2 \times 2$", "contradiction: The network"),
        ("dan stride 1", "of the worked example"),
        ("padding 0", "contradiction: Padding"),
        ("learning rate 1,000", "contradiction: Learning rate"),
        ("a 5 x 3 grid", "what the declared matrix measures"),
        ("a 3 x 3 filter", "what the declared matrix measures"),
        ("a 3 x 3 output", "what the declared matrix measures"),
        ("a stride of 1", "of the worked example"),
        ("antara lain: 1.", LIST),
        ("dropout. 2.", LIST),
    ),
)
KUNCORO = Text(
    places=(
        ("Abstract", "ABSTRACT The"),
        ("§I", "I. PENDAHULUAN"),
        ("§II", "II. METODE"),
        ("§III", "III. HASIL"),
        ("Fig. 5", 'Model: "sequential"'),
        ("§III", "Gambar 5. Ringkasan"),
        ("Table 1", "Table 1. Training"),
        ("§III", "Grafik di bawah"),
        ("Fig. 8", "precision recall"),
        ("§III", "Gambar 8. Hasil"),
        ("§IV", "IV. KESIMPULAN"),
    ),
    end="REFERENSI",
    elsewhere=(
        ("pada tahun 1979", OTHERS),
        ("akurasi 88.78%", OTHERS),
        ("akurasi 89.75%", OTHERS),
        ("5 kelas", CLASSES),
        ("training 80%", "what the declared share of 20 % to test leaves"),
        ("aturan 80/20", "Pareto's rule"),
        ("80% dari hasil berasal dari 20% penyebab", "Pareto's rule"),
        (r"\quad (1)", LIST),
        (r"\quad (2)", LIST),
        (r"\quad (3)", LIST),
        (r"\quad (4)", LIST),
        (r"2 \times \frac{Presisi", "the formula of the F1-score"),
    ),
)
PAPERS = {
    "hulu_breast_mammography": HULU,
    "sulistiana_cat_breeds": SULISTIANA,
    "kumar_breakhis": KUMAR,
    "violina_blood_cancer": VIOLINA,
    "kuncoro_white_blood_cells": KUNCORO,
}
every_paper = pytest.mark.parametrize("slug", PAPERS)


# What stands in a text


def _whole(slug: str) -> str:
    """The text with single spaces, 3x3 as 3 x 3; skips where it is absent."""
    text = " ".join(paper_text(ROOT.parent / "shared", slug).split())
    return re.sub(r"(?<=\d) ?[x×] ?(?=\d)", " x ", text)


def _passage(words: str) -> re.Pattern:
    return re.compile(rf"(?<!\d){re.escape(words)}(?!\d)")


@cache
def _by_place(slug: str) -> dict[str, str]:
    """Name of a place → what stands there, pieces joined, without what is set aside."""
    text, how, at = _whole(slug), PAPERS[slug], 0
    passages: dict[str, str] = {}
    for (name, start), (_, end) in pairwise([*how.places, ("", how.end)]):
        at = text.index(start, at)
        piece = text[at : text.index(end, at + 1)]
        for words, _ in how.elsewhere:
            piece = _passage(words).sub("…", piece)
        passages[name] = f"{passages.get(name, '')} {POINTER.sub('…', piece)}"
    passages.pop("", None)
    return passages


@cache
def _occurrences(slug: str) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """(place, number) → each of its occurrences, with its percent sign, and the words around it."""
    occurrences: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for place, text in _by_place(slug).items():
        for match in NUMBER.finditer(text):
            around = f"{text[: match.start()][-50:]}[{match[0]}]{text[match.end() :][:30]}"
            occurrences.setdefault((place, match[1]), []).append((match[0], around))
    return occurrences


# What is declared


def _places(where: str, names: Iterable[str]) -> Counter:
    """How many printed numbers of each place a `where` speaks of."""
    counts: Counter = Counter()
    for part in re.split("[,;] ", where):
        named = [name for name in names if re.match(rf"{re.escape(name)}(?!\w)", part)]
        if named:
            times = next((times for word, times in TIMES.items() if word in part), 1)
            shared = re.search(r"one number for (\d+)", part)
            counts[max(named, key=len)] += Fraction(times, int(shared[1]) if shared else 1)
    return counts


def _claimed(paper: Paper, names: Iterable[str], unit: str = "") -> Counter:
    """(place, number) → how often claims of `unit` (of any) print it there."""
    counts: Counter = Counter()
    for claim in paper.claims:
        places = _places(claim.where, names)
        assert places, f"no such place: {claim}"
        for place, times in places.items():
            if unit in ("", claim.unit):
                counts[place, claim.printed] += times
    return counts


def _worked_out(paper: Paper, names: Iterable[str]) -> Counter:
    """(place, number) → how often the worked examples print it there."""
    counts: Counter = Counter()
    for example in paper.examples:
        if isinstance(example, Convolution):
            (place,) = _places(example.where, names)
            for row in (*example.image, *example.kernel, *example.output):
                counts.update((place, str(abs(number))) for number in row)
    return counts


def _stated(paper: Paper, names: Iterable[str]) -> set[tuple[str, float]]:
    """(place, number) for what is stated there besides claims."""
    texts = [(f"{setting.value!r} {setting.where}", setting.where) for setting in _settings(paper)]
    texts += [(layer.output, arm.layers_where) for arm in paper.arms for layer in arm.layers]
    texts += [(str(claim.epoch), claim.where) for claim in paper.claims if claim.epoch is not None]
    for example in paper.examples:
        if isinstance(example, Sizes):
            texts += [(f"{example.side} {example.where}", example.where)]
            texts += [(str(side), where) for _, side, where in example.steps]
    return {
        (place, value)
        for text, where in texts
        for place in _places(where, names)
        for number in NUMBER.finditer(POINTER.sub("", text))
        for value in _values(number[0])
    }


def _settings(paper: Paper) -> Iterator[Stated]:
    named = [pair for arm in paper.every_arm for pair in arm.settings.items()]
    named += [*vars(paper.split).items(), *paper.dataset.counts.items()]
    named += [("total", paper.dataset.total), ("side", paper.dataset.side)]
    for name, setting in named:
        if isinstance(setting, Stated):
            # A dropout of 0 says that there is no such layer: nothing is printed.
            value = tuple(filter(None, setting.value)) if name == "dropout" else setting.value
            yield Stated(value, setting.where)


def _values(printed: str) -> set[float]:
    """What a printed number may mean: 10.000 is ten or ten thousand, 30% is 30 or 0.3."""
    number = printed.rstrip("\\% ")
    values = {float(re.sub("[.,]", "", number))} if GROUPED.fullmatch(number) else set()
    if len(re.findall("[.,]", number)) < 2:
        values.add(float(number.replace(",", ".")))
    return values | ({value / 100 for value in values} if printed != number else set())


def _numbers(text: str) -> set[float]:
    return {value for match in NUMBER.finditer(text) for value in _values(match[1])}


def _unaccounted(slug: str, paper: Paper) -> list[str]:
    """The numbers of the text that no claim and no setting accounts for, and claims without a number."""
    names, occurrences = _by_place(slug), _occurrences(slug)
    claimed = _claimed(paper, names) + _worked_out(paper, names)
    percent, stated = _claimed(paper, names, "percent"), _stated(paper, names)
    problems = []
    for key in dict.fromkeys([*occurrences, *claimed]):
        (place, number), there = key, occurrences.get(key, [])
        signed = sum(printed.endswith("%") for printed, _ in there)
        if claimed[key] and (len(there) != claimed[key] or signed > percent[key]):
            around = [words for _, words in there]
            problems.append(
                f"{place}: {number} is claimed {claimed[key]} times, stands in {around}"
            )
        for printed, around in [] if claimed[key] else there:
            if stated.isdisjoint((place, value) for value in _values(printed)):
                problems.append(f"{place}: {number} is not declared, stands in {around}")
    return problems


@every_paper
def test_every_number_of_the_text_is_declared_or_set_aside(slug):
    assert _unaccounted(slug, load(slug)) == []


@every_paper
def test_no_claim_is_one_too_few_or_one_too_many(slug):
    paper = load(slug)
    assert paper.claims
    for at, claim in enumerate(paper.claims):
        for claims in (paper.claims[:at] + paper.claims[at + 1 :], (*paper.claims, claim)):
            assert _unaccounted(slug, replace(paper, claims=claims)), claim


@every_paper
def test_a_claim_with_another_digit_or_place_is_found_out(slug):
    paper = load(slug)
    (first, *others), names = paper.claims, _by_place(slug)
    elsewhere = next(name for name in names if name not in _places(first.where, names))
    for changes in ({"printed": f"{first.printed}9"}, {"where": elsewhere}):
        changed = replace(paper, claims=(replace(first, **changes), *others))
        assert _unaccounted(slug, changed), changes


def test_a_number_with_a_percent_sign_is_no_fraction():
    slug = "hulu_breast_mammography"
    paper = load(slug)
    percent = [at for at, claim in enumerate(paper.claims) if claim.unit == "percent"]
    assert len(percent) == 5 + 18
    for at in percent:
        claims = list(paper.claims)
        claims[at] = replace(claims[at], unit="fraction")
        assert _unaccounted(slug, replace(paper, claims=tuple(claims))), paper.claims[at]


@every_paper
def test_what_is_set_aside_stands_in_the_text_and_has_a_number_and_a_reason(slug):
    whole = _whole(slug)
    for words, reason in PAPERS[slug].elsewhere:
        assert _passage(words).search(whole), words
        assert re.search(r"\d", words), words
        assert reason, words


@every_paper
def test_what_a_contradiction_accounts_for_stands_in_one_of_its_readings(slug):
    readings = {known.topic: known.readings for known in load(slug).contradictions}
    for words, reason in PAPERS[slug].elsewhere:
        kind, _, topic = reason.partition(": ")
        if kind == "contradiction":
            quoted = _numbers(" ".join(str(reading.value) for reading in readings[topic]))
            assert _numbers(words) <= quoted, (words, topic)


def test_every_paper_has_its_text_read():
    assert set(PAPERS) <= set(slugs())
    assert set(PAPERS) == set(TEXTS)
    assert len(set(TEXTS.values())) == len(TEXTS)


# How it reads, without a text


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0.9801 and 97,57 % of 20.000, 99% in 2.", ["0.9801", "97,57 %", "20.000", "99%", "2"]),
        (r"\frac{362}{369} = 0.981", ["362", "369", "0.981"]),
        ("VGG16, F1-score, mobilenetv2_1.00_224, dense_1", []),
        ("14MB on 1–3 of 80/20", ["14", "1", "3", "80", "20"]),
        ("[3, -1; 10.5]", ["3", "1", "10.5"]),
        (r"79\% in v8i3.13792", [r"79\%"]),
    ],
)
def test_numbers_are_told_from_names(text, numbers):
    assert [match[0] for match in NUMBER.finditer(text)] == numbers


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("as in [12], [3]", "as in …, …"),
        ("(Putra et al., 2022) and (2021) but (16 of 2022)", "… and … but (16 of 2022)"),
        ("Fig. 12 shows 12, Figures 2 and 3, gambar 4 and Table. 2.", "… shows 12, …, … and …."),
        ("## 3.1 Design: 3.1", "… Design: 3.1"),
    ],
)
def test_references_years_figures_and_headings_are_dropped(text, left):
    assert POINTER.sub("…", text) == left


@pytest.mark.parametrize(
    ("printed", "values"),
    [
        ("20.000", {20, 20000}),
        ("0,001", {0.001}),
        ("1,234,567", {1234567}),
        ("30%", {30, 0.3}),
        ("7", {7}),
    ],
)
def test_a_number_means_what_it_may_mean(printed, values):
    assert _values(printed) == values


@pytest.mark.parametrize(
    ("where", "places"),
    [
        ("Abstract, §III (twice), §IV", {"Abstract": 1, "§III": 2, "§IV": 1}),
        ("Fig. 10, above; Fig. 1 (three times)", {"Fig. 10": 1, "Fig. 1": 3}),
        ("§III.A (one number for 6 scores), §III", {"§III.A": Fraction(1, 6), "§III": 1}),
        ("§III.B: twice", {"§III": 2}),
        ("§IIX, Fig. 11", {}),
    ],
)
def test_places_are_told_apart_and_counted(where, places):
    names = ("Abstract", "§II", "§III", "§III.A", "§IV", "Fig. 1", "Fig. 10")
    assert _places(where, names) == places
