"""The declaration of the cat paper, against its text and the folders of two public sets of cats."""

import re
from collections import Counter
from functools import partial

import pytest
from declarations import (
    between,
    contradiction,
    matching_claim,
    matching_claims,
    paper_text,
    prints,
    stated,
    tree,
)

from lib.datasets import scan
from lib.evaluation import tolerances
from lib.papers import load
from lib.papers.declare import Stated

PAPER = load("sulistiana_cat_breeds")
TOLERANCE_OF = tolerances.claim_tolerances(PAPER)
_claims = partial(matching_claims, PAPER)
_claim = partial(matching_claim, PAPER)
_contradiction = partial(contradiction, PAPER)
SECTIONS = {
    "Abstract": ("Abstract—", "Keywords—"),
    "§II.B": ("B. Pre-processing Data", "C. Machine Learning"),
    "§II.F": ("F. Model Pengujian", "III. HASIL"),
    "§III": ("III. HASIL DAN PEMBAHASAN", "A. Hasil Pengujian Model"),
    "§III.B": ("B. Pengujian Model", "C. Hasil Model"),
    "§IV": ("IV. KESIMPULAN", "DAFTAR PUSTAKA"),
}
# Setting, its value, its place, and the passage that states it there.
STATED = [
    ("weights", "imagenet", "§II.F", "*MobileNetV2* dengan bobot dari *ImageNet*"),
    ("trainable", False, "§II.F", "tidak dilatih ulang (non-trainable)"),
    ("pooling", "avg", "§II.F", "*Global Average Pooling 2D*"),
    ("dense", (256, 128), "§II.F", "masing-masing terdiri dari 256 dan 128 *neuron*"),
    ("activation", "relu", "§II.F", "dengan fungsi *aktivasi ReLU*"),
    ("dropout", (0, 0.5, 0.3), "§II.F", "dua *lapisan Dropout* berturut-turut sebesar 0.5 dan 0.3"),
    ("output", "softmax", "§II.F", "fungsi *aktivasi Softmax* digunakan sebagai output layer"),
    ("image_size", 224, "§II.B", "menjadi 224x224 piksel"),
    ("image_size", 224, "§II.F", "menjadi 224x224 piksel dengan tiga saluran warna"),
    ("pixel_scaling", "[0, 1]", "§II.B", "ke dalam skala bilangan riil antara 0 dan 1"),
    ("optimizer", "adam", "§II.F", "*optimizer Adam*"),
    ("learning_rate", 0.0001, "§II.F", "laju pembelajaran 0.0001"),
    ("loss", "categorical_crossentropy", "§II.F", "fungsi kerugian *categorical crossentropy*"),
    ("batch_size", 32, "Abstract", "with a batch size of 32"),
    ("batch_size", 32, "§III", "*batch size* sebesar 32"),
    ("batch_size", 32, "§III.B", "*batch size* sebesar 32"),
    ("batch_size", 32, "§IV", "*batch size* sebanyak 32"),
    ("epochs", 20, "Abstract", "trained for 20 epochs"),
    ("epochs", 20, "§III", "dijalankan selama 20 epoch"),
    ("epochs", 20, "§III.B", "selama 20 *epoch*"),
    ("epochs", 20, "§IV", "sebanyak 20 *epoch*"),
]


# Right, called and there of each breed: the one matrix's margins that Fig. 5 allows, found below.
MARGINS = {
    "American Curl": (15, 18, 20),
    "Maine Coon": (18, 22, 20),
    "Peaknose": (20, 21, 20),
    "Scottish Fold": (18, 19, 20),
    "Sphynx": (20, 20, 20),
}


@pytest.fixture(scope="module")
def text(shared) -> str:
    return paper_text(shared, PAPER.slug)


@pytest.fixture(scope="module")
def collection(text) -> str:
    """§II.A, how the images were collected."""
    return between(text, "A. Pengumpulan Data", "B. Pre-processing Data")


# Arithmetic


def test_counts_are_those_of_training_and_validation_together():
    assert {count.value for count in PAPER.dataset.counts.values()} == {str(80 + 20)}
    assert int(PAPER.dataset.total.value) == 5 * (80 + 20)
    assert PAPER.split.test_share.value == 20 / (80 + 20)


def test_the_profile_paper_draws_as_many_as_the_paper_has():
    assert PAPER.profiles["paper"].phantoms_per_class == 100


# What is printed, by arithmetic


def test_the_headline_is_the_abstracts_accuracy():
    first = PAPER.claims[0]
    assert (first.metric, first.printed, first.part, first.epoch) == (
        "accuracy",
        "91",
        "test",
        None,
    )
    assert first.where == "Abstract (twice), §III.A"


def test_every_place_has_all_its_numbers():
    assert Counter(claim.where for claim in PAPER.claims) == {
        "Abstract (twice), §III.A": 1,
        "Fig. 5": 7 * 4,
        "Fig. 5, row accuracy": 2,
        "§III.A": 2,
        "§III.A (one number for 6 averages)": 6,
        "§III.A (one number for 5 breeds)": 5,
        "§III.B": 1,
        "§III.B, §IV": 2,
        "§III.B, at the end of training": 1,
        "§IV": 1,
        "§III.C": 1,
        "§II.E": 1,
    }


@pytest.mark.parametrize("breed", MARGINS)
def test_figure_5_allows_one_number_of_hits_and_calls_of_each_breed(breed):
    claims = {
        metric: _claim(where="Fig. 5", metric=metric, of=breed)
        for metric in ("precision", "recall", "f1", "support")
    }
    there = int(claims["support"].value)
    fits = [
        (right, called, there)
        for right in range(there + 1)
        for called in range(max(right, 1), 101)
        if prints(claims["recall"], right / there)
        and prints(claims["precision"], right / called)
        and prints(claims["f1"], 2 * right / (called + there))
    ]
    assert fits == [MARGINS[breed]]


def test_the_breeds_of_figure_5_add_up_to_91_of_100():
    right, called, there = map(sum, zip(*MARGINS.values(), strict=True))
    assert (right, called, there) == (91, 100, 100)
    for claim in PAPER.claims:
        if claim.metric == "accuracy" and claim.epoch is None:
            assert prints(claim, 91 / 100)


@pytest.mark.parametrize("metric", ["precision", "recall", "f1"])
def test_averages_of_figure_5_are_those_of_its_rows(metric):
    scores = {
        "precision": [right / called for right, called, _ in MARGINS.values()],
        "recall": [right / there for right, _, there in MARGINS.values()],
        "f1": [2 * right / (called + there) for right, called, there in MARGINS.values()],
    }[metric]
    for average in ("macro avg", "weighted avg"):  # the same, since all breeds have 20 images
        assert prints(_claim(where="Fig. 5", metric=metric, of=average), sum(scores) / 5)


def test_what_the_text_repeats_is_what_figure_5_has():
    repeated = [claim for claim in PAPER.claims if claim.where.startswith("§III.A") and claim.of]
    for claim in repeated:
        assert claim.printed == _claim(where="Fig. 5", metric=claim.metric, of=claim.of).printed
    assert len(repeated) == 2 + 6 + 5


def test_the_text_names_the_best_and_the_worst_f1_of_figure_5():
    f1 = {breed: _claim(where="Fig. 5", metric="f1", of=breed).value for breed in PAPER.class_names}
    named = {claim.of for claim in PAPER.claims if (claim.where, claim.metric) == ("§III.A", "f1")}
    assert named == {max(f1, key=f1.get), min(f1, key=f1.get)}


def test_points_of_the_validation_curve_are_the_start_the_best_and_the_end():
    points = {
        (claim.metric, claim.of, claim.epoch): claim.value
        for claim in PAPER.claims
        if claim.part == "validation"
    }
    assert points == {
        ("accuracy", "", 1): 0.44,
        ("accuracy", "best epoch", None): 0.91,
        ("epoch", "best epoch", None): 17,
        ("loss", "", 20): 0.33,
        ("loss", "best epoch", None): 0.33,
    }


def test_two_numbers_can_be_held_against_nothing():
    incomparable = {claim.metric: claim for claim in PAPER.claims if claim.incomparable}
    assert set(incomparable) == {"confidence", "memory"}
    assert "not published" in incomparable["confidence"].incomparable
    assert "own classifier" in incomparable["memory"].incomparable
    assert {claim.part for claim in incomparable.values()} == {""}
    assert incomparable["memory"].value == 14 * 1024**2


def test_numbers_are_of_100_validation_images_and_of_the_matrix_behind_figure_5():
    for breed, (_, called, there) in MARGINS.items():
        for metric, images in (("precision", called), ("recall", there), ("f1", there)):
            claim = _claim(where="Fig. 5", metric=metric, of=breed)
            assert TOLERANCE_OF[claim].images == images
    curve = [
        claim for claim in PAPER.claims if claim.part == "validation" and claim.metric != "epoch"
    ]
    assert {TOLERANCE_OF[claim].images for claim in curve} == {100}


def test_supports_are_exact_since_the_split_is_stratified():
    assert {TOLERANCE_OF[claim].margin for claim in _claims(metric="support")} == {0}


def test_any_epoch_from_the_14th_to_the_last_counts_as_the_17th():
    best = _claim(metric="epoch")
    tolerance = TOLERANCE_OF[best]
    assert (best.value - tolerance.margin, best.value + tolerance.margin) == (14, 20)
    assert PAPER.arm("mobilenetv2").recipe.epochs.value == 20
    assert "14th" in tolerance.source


# The text


def test_title_authors_and_affiliation_stand_in_the_text(text):
    for passage in (PAPER.title, *PAPER.authors, "Universitas Nusantara PGRI Kediri"):
        assert passage in text
    assert PAPER.affiliation.endswith("Universitas Nusantara PGRI Kediri")


def test_the_total_stands_in_the_abstract_in_both_languages(text, collection):
    places = "Abstract, §III, §III.B, §IV; §II.A as 400 + 100"
    assert PAPER.dataset.total == Stated("500", places)
    assert "a dataset of 500 images" in between(text, "Abstract—", "Keywords—")
    assert "total 500 citra" in between(text, *SECTIONS["§III"])
    for place in ("§III.B", "§IV"):
        assert "terdiri dari 500 gambar" in between(text, *SECTIONS[place])
    assert "500" not in collection
    assert "sebanyak 400 gambar" in collection
    assert "berjumlah 100 gambar" in collection


def test_the_number_of_each_breed_stands_in_the_collection(collection):
    for name, count in PAPER.dataset.counts.items():
        assert count == Stated("100", "§II.A: 80 for training and 20 for validation")
        assert f"*{name}*" in collection
    assert "80 citra untuk pelatihan dan 20 citra untuk validasi" in collection


def test_the_classes_stand_in_the_order_of_the_collection(collection):
    places = [collection.index(f"*{name}*") for name in PAPER.class_names]
    assert places == sorted(places)


def test_the_side_stands_in_the_preprocessing(text):
    side = PAPER.dataset.side
    assert "§II.B" in side.where
    assert f"{side.value}x{side.value} piksel" in between(text, "B. Pre-processing", "C. Machine")


def test_the_share_stands_in_both_places(text, collection):
    share = PAPER.split.test_share
    assert share.where.startswith("§II.A, §III.B")
    assert "400 citra (80%) untuk pelatihan dan 100 citra (20%) untuk validasi" in between(
        text, "B. Pengujian Model", "C. Hasil Model"
    )
    assert "(*validation data*) berjumlah 100" in collection


def test_every_breed_has_as_many_validation_images_in_figure_5(text):
    assert PAPER.split.stratified.value is True
    assert "Fig. 5" in PAPER.split.stratified.where
    report = text[text.index("A. Hasil Pengujian Model") : text.index("Gambar 5. Hasil Pengujian")]
    rows = re.findall(r"^([A-Z]\w+(?: \w+)?)\t[\d.]+\t[\d.]+\t[\d.]+\t(\d+)$", report, re.M)
    assert [support for _, support in rows] == ["20"] * 5
    known = [{class_name.name, *class_name.aliases} for class_name in PAPER.classes]
    assert all(name in names for (name, _), names in zip(rows, known, strict=True))


def test_the_spellings_of_the_introduction_are_known(text):
    introduction = between(text, "I. PENDAHULUAN", "II. METODE")
    spelled = ("Maine Coone", "American curl", "Persia peaknose", "Sphynx", "Scottish fold")
    known = {
        name.lower()
        for class_name in PAPER.classes
        for name in (class_name.name, *class_name.aliases)
    }
    for name in spelled:
        assert f"*{name}*" in introduction
        assert name.lower() in known


def test_the_text_names_kaggle_but_no_set_of_it(text, collection):
    assert "*Kaggle*" in collection
    assert "kaggle.com" not in text
    assert "does not name" in PAPER.dataset.sources[0].title
    assert "candidate" in PAPER.dataset.sources[0].citation


@pytest.mark.parametrize("row", [*PAPER.class_names, "macro avg", "weighted avg"])
def test_rows_of_figure_5_stand_in_the_text_as_declared(text, row):
    spelled = {"American Curl": "America Curl", "Scottish Fold": "Scottishfold"}.get(row, row)
    columns = ("precision", "recall", "f1", "support")
    numbers = [_claim(where="Fig. 5", metric=metric, of=row).printed for metric in columns]
    assert "\t".join([spelled, *numbers]) in text.splitlines()


@pytest.mark.parametrize(
    ("printed", "metric", "place", "passage"),
    [
        ("44", "accuracy", "§III.B", "dimulai dari 44%"),
        ("17", "epoch", "§III.B", "puncaknya pada epoch ke-17"),
        ("17", "epoch", "§IV", "91% pada *epoch* ke-17"),
        ("0,33", "loss", "§III.B", "Pada akhir pelatihan"),
        ("0,33", "loss", "§III.B", "nilai loss yang relatif rendah, yaitu sebesar 0,33"),
        ("0,33", "loss", "§IV", "nilai *loss* minimum sebesar 0,33"),
        ("92.79", "confidence", "§III.C", "*Maine Coon* dengan tingkat akurasi sebesar 92.79%"),
        ("14", "memory", "§II.E", "*MobileNetV2* sendiri hanya berukuran sekitar 14MB"),
    ],
)
def test_numbers_of_the_running_text_stand_where_they_are_said_to(
    text, printed, metric, place, passage
):
    sections = SECTIONS | {
        "§II.E": ("E. MobileNet-V2", "F. Model Pengujian"),
        "§III.C": ("C. Hasil Model", "Gambar 7."),
    }
    assert passage in between(text, *sections[place])
    claims = _claims(printed=printed, metric=metric)
    assert any(place in claim.where for claim in claims)


def test_both_ways_the_photographs_were_got_stand_in_the_collection(collection):
    readings = _contradiction("Where the photographs come from").readings
    assert {reading.where for reading in readings} == {"§II.A"}
    assert "*dataset publik* yang diperoleh dari *Kaggle*" in collection
    assert "*Chrome Download Image*" in collection
    assert "Chrome Download Image" in readings[1].value


def test_the_accuracy_told_in_brief_stands_in_the_abstract(text):
    assert "91 %" in PAPER.in_brief
    assert "highest accuracy of 91%" in between(text, "Abstract—", "Keywords—")


# The models


@pytest.mark.parametrize(("name", "value", "place", "passage"), STATED)
def test_what_the_paper_states_of_its_model_is_declared(name, value, place, passage):
    setting = PAPER.arm("mobilenetv2").settings[name]
    assert setting.value == value
    assert place in setting.where


@pytest.mark.parametrize(("name", "value", "place", "passage"), STATED)
def test_what_is_stated_of_its_model_stands_in_the_text(text, name, value, place, passage):
    assert passage in between(text, *SECTIONS[place])


def test_nothing_else_is_said_to_be_stated_of_its_model():
    assert stated(PAPER) == {("mobilenetv2", row[0]) for row in STATED}


def test_only_the_absence_of_augmentation_is_assumed_of_its_model(text):
    arm = PAPER.arm("mobilenetv2")
    assumed = [name for name, setting in arm.settings.items() if not isinstance(setting, Stated)]
    assert (assumed, arm.augmentation.value) == (["augmentation"], ())
    assert "augment" not in text.lower()


def test_its_model_is_a_mobilenetv2_and_its_one_variant_feeds_other_pixels():
    arm, (variant,) = PAPER.arm("mobilenetv2"), PAPER.variants
    assert arm.backbone == "MobileNetV2"
    assert variant.name == "mobilenetv2-native"
    assert variant.recipe.pixel_scaling.value == "[-1, 1]"


# The files


def _labels(root) -> dict[str, str]:
    """Folder → name of the class it was read as."""
    files = scan(PAPER, root).files
    folders = [path.split("/")[-2] for path in files["path"]]
    return {
        folder: PAPER.class_names[label]
        for folder, label in zip(folders, files["label"], strict=True)
    }


BREEDS = ("American Curl", "Maine Coon", "Persian", "Scottish Fold", "Sphynx - Hairless Cat")
OTHERS = ("Abyssinian", "Birman", "British Shorthair", "Domestic Short Hair", "Exotic Shorthair")


def test_of_the_sixty_breeds_of_kaggle_the_papers_five_are_read(tmp_path):
    photographs = [
        f"images/{breed}/{46020849 + n}_{n}.jpg" for n, breed in enumerate((*BREEDS, *OTHERS))
    ]
    root = tree(tmp_path, *photographs, "data/cats.csv")
    assert _labels(root) == dict(zip(BREEDS, PAPER.class_names, strict=True))
    scanned = scan(PAPER, root)
    refused = {
        path.split("/")[-2]: reason for path, reason in scanned.rejected.itertuples(index=False)
    }
    assert set(refused) == set(OTHERS)
    assert "stands in for American Curl only where" in refused["Birman"]
    assert "stands in for Scottish Fold only where" in refused["British Shorthair"]
    assert all(
        "none of the classes" in refused[breed] for breed in OTHERS if breed[:2] not in ("Bi", "Br")
    )
    assert set(scanned.files["stand_in"]) == {""}


def test_in_the_oxford_set_two_breeds_are_stood_in_for(tmp_path):
    names = ("Birman", "Maine_Coon", "Persian", "British_Shorthair", "Sphynx")
    root = tree(
        tmp_path,
        *(f"{part}/{name}/{name}_{part}.png" for part in ("train", "val") for name in names),
    )
    assert _labels(root) == dict(zip(names, PAPER.class_names, strict=True))
    files = scan(PAPER, root).files
    stand_ins = {
        PAPER.class_names[label]: folder
        for label, folder in zip(files["label"], files["stand_in"], strict=True)
    }
    assert {name: folder for name, folder in stand_ins.items() if folder} == {
        "American Curl": "Birman",
        "Scottish Fold": "British_Shorthair",
    }


@pytest.mark.parametrize(
    "folders",
    [
        ("America Curl", "Maine Coone", "Peaknose", "Scottishfold", "Sphynx"),
        ("american_curl", "MaineCoon", "Persian Peaknose", "scottish-fold", "SPHYNX"),
        ("American curl", "maine coone", "Persia peaknose", "Scottish Fold", "sphynx"),
    ],
)
def test_folders_are_known_in_every_spelling_of_the_paper(tmp_path, folders):
    root = tree(tmp_path, *(f"{folder}/1.png" for folder in folders))
    assert _labels(root) == dict(zip(folders, PAPER.class_names, strict=True))


def test_names_tell_no_group(tmp_path):
    root = tree(tmp_path, *(f"{breed}/Birman_{place}.png" for place, breed in enumerate(BREEDS)))
    assert set(scan(PAPER, root).files["group"]) == {""}


def test_the_real_stand_in_is_read_with_its_official_split(shared):
    files = scan(PAPER, shared / "data" / PAPER.slug / "oxford_pet_standin").files
    assert files.groupby(["label", "part"]).size().tolist() == [80, 20] * 5
    assert set(files.loc[files["stand_in"] != "", "stand_in"]) == {"Birman", "British_Shorthair"}
