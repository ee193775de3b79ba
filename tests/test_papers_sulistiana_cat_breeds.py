"""The declaration of the cat paper, against its text and the folders of two public sets of cats."""

import re

import pytest
from declarations import between, stated, tree

from lib.data import scan
from lib.paper import Stated
from lib.papers import load

PAPER = load("sulistiana_cat_breeds")
SECTIONS = {
    "Abstract": ("Abstract—", "Keywords—"),
    "§II.B": ("B. Pre-processing Data", "C. Machine Learning"),
    "§II.F": ("F. Model Pengujian", "III. HASIL"),
    "§III": ("III. HASIL DAN PEMBAHASAN", "A. Hasil Pengujian Model"),
    "§III.B": ("B. Pengujian Model", "C. Hasil Model"),
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
    ("epochs", 20, "Abstract", "trained for 20 epochs"),
    ("epochs", 20, "§III", "dijalankan selama 20 epoch"),
    ("epochs", 20, "§III.B", "selama 20 *epoch*"),
]


@pytest.fixture(scope="module")
def text(shared) -> str:
    return (shared / "papers" / "001_88fb5c389c1fc1e4.txt").read_text(encoding="utf-8")


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


# The text


def test_title_authors_and_affiliation_stand_in_the_text(text):
    for passage in (PAPER.title, *PAPER.authors, "Universitas Nusantara PGRI Kediri"):
        assert passage in text
    assert PAPER.affiliation.endswith("Universitas Nusantara PGRI Kediri")


def test_the_total_stands_in_the_abstract_in_both_languages(text, collection):
    assert PAPER.dataset.total == Stated("500", "Abstract, §II.A")
    assert "a dataset of 500 images" in between(text, "Abstract—", "Keywords—")
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
    known = [{one.name, *one.aliases} for one in PAPER.classes]
    assert all(name in names for (name, _), names in zip(rows, known, strict=True))


def test_the_spellings_of_the_introduction_are_known(text):
    introduction = between(text, "I. PENDAHULUAN", "II. METODE")
    spelled = ("Maine Coone", "American curl", "Persia peaknose", "Sphynx", "Scottish fold")
    known = {name.lower() for one in PAPER.classes for name in (one.name, *one.aliases)}
    for name in spelled:
        assert f"*{name}*" in introduction
        assert name.lower() in known


def test_the_text_names_kaggle_but_no_set_of_it(text, collection):
    assert "*Kaggle*" in collection
    assert "kaggle.com" not in text
    assert "does not name" in PAPER.dataset.sources[0].title
    assert "candidate" in PAPER.dataset.sources[0].citation


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
    assumed = [name for name, one in arm.settings.items() if not isinstance(one, Stated)]
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
        f"images/{one}/{46020849 + n}_{n}.jpg" for n, one in enumerate((*BREEDS, *OTHERS))
    ]
    root = tree(tmp_path, *photographs, "data/cats.csv")
    assert _labels(root) == dict(zip(BREEDS, PAPER.class_names, strict=True))
    found = scan(PAPER, root)
    refused = {
        path.split("/")[-2]: reason for path, reason in found.rejected.itertuples(index=False)
    }
    assert set(refused) == set(OTHERS)
    assert "stands in for American Curl only where" in refused["Birman"]
    assert "stands in for Scottish Fold only where" in refused["British Shorthair"]
    assert all(
        "none of the classes" in refused[one] for one in OTHERS if one[:2] not in ("Bi", "Br")
    )
    assert set(found.files["stand_in"]) == {""}


def test_in_the_oxford_set_two_breeds_are_stood_in_for(tmp_path):
    names = ("Birman", "Maine_Coon", "Persian", "British_Shorthair", "Sphynx")
    root = tree(
        tmp_path,
        *(f"{part}/{name}/{name}_{part}.png" for part in ("train", "val") for name in names),
    )
    assert _labels(root) == dict(zip(names, PAPER.class_names, strict=True))
    files = scan(PAPER, root).files
    stand_ins = {
        PAPER.class_names[label]: one
        for label, one in zip(files["label"], files["stand_in"], strict=True)
    }
    assert {name: one for name, one in stand_ins.items() if one} == {
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
    root = tree(tmp_path, *(f"{one}/1.png" for one in folders))
    assert _labels(root) == dict(zip(folders, PAPER.class_names, strict=True))


def test_names_tell_no_group(tmp_path):
    root = tree(tmp_path, *(f"{one}/Birman_{place}.png" for place, one in enumerate(BREEDS)))
    assert set(scan(PAPER, root).files["group"]) == {""}


def test_the_real_stand_in_is_read_with_its_official_split(shared):
    files = scan(PAPER, shared / "data" / PAPER.slug / "oxford_pet_standin").files
    assert files.groupby(["label", "part"]).size().tolist() == [80, 20] * 5
    assert set(files.loc[files["stand_in"] != "", "stand_in"]) == {"Birman", "British_Shorthair"}
