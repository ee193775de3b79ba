"""The declaration of the blood-cancer paper, against its text and the files of its two collections."""

import re
from collections import Counter

import pytest
from declarations import between, stated, tree

from lib.data import DataError, scan
from lib.paper import Assumed, Flip, Rotation, Stated, printed_count
from lib.papers import load

PAPER = load("violina_blood_cancer")
# Files of Kaggle paultimothymooney/blood-cells: images of TRAIN, images of TEST.
KAGGLE_FILES = {
    "eosinophil": (2497, 623),
    "lymphocyte": (2483, 620),
    "monocyte": (2478, 620),
    "neutrophil": (2499, 624),
}
# Folders of AML-Cytomorphology_LMU at TCIA.
TCIA_FOLDERS = (
    *("BAS", "EBO", "EOS", "KSC", "LYA", "LYT", "MMZ", "MOB", "MON", "MYB"),
    *("MYO", "NGB", "NGS", "PMB", "PMO"),
)
NORMAL = "dataset2-master/dataset2-master/images"
CANCER = "AML-Cytomorphology_LMU"
SECTIONS = {
    "Abstract": ("#### **ABSTRACT**", "**Kata Kunci:**"),
    "§Pendahuluan": ("#### **PENDAHULUAN**", "## METODE"),
    "§Hasil dan Pembahasan": ("## HASIL DAN PEMBAHASAN", "## Preprocessing Image"),
    "§Preprocessing Image": ("## Preprocessing Image", "## Perancangan Model CNN"),
    "Table 1": ("**Tabel 1.", "Setelah dilakukan proses data balancing"),
    "Table 2": ("**Tabel 2.", "## Perancangan Model CNN"),
    "§Perancangan Model CNN": ("## Perancangan Model CNN", "## SIMPULAN"),
    "§Simpulan": ("## SIMPULAN", "## DAFTAR PUSTAKA"),
}
CHANGES = (Flip("horizontal"), Rotation(0.125, "nearest"))  # an eighth of a turn are 45 degrees
DESIGN = "§Perancangan Model CNN"
# Arm, setting, its value, its place, and the passage that states it there.
STATED = [
    ("cnn", "trainable", True, DESIGN, "arsitektur jaringan pada proses training"),
    ("cnn", "augmentation", CHANGES, "Table 2", "horizontal_flip akan melakukan"),
    ("cnn", "augmentation", CHANGES, "Table 2", "besar rotasi sebesar 45 derajat"),
    ("cnn", "pooling", "flatten", DESIGN, "citra akan memasuki flatten layer"),
    ("cnn", "output", "softmax", DESIGN, "dengan bantuan aktivasi softmax"),
    ("cnn", "image_size", 64, "§Hasil dan Pembahasan", "berukuran 64x64 piksel"),
    ("cnn", "image_size", 64, DESIGN, "ukuran yang sama yakni $64 \\times 64$"),
    ("cnn", "pixel_scaling", "[0, 1]", "Table 2", "menjadi 0 – 1, dengan cara membagi"),
    ("cnn", "optimizer", "adam", DESIGN, "optimizer Adam"),
    ("cnn", "learning_rate", 0.001, "Abstract", "learning rate value of 0.001"),
    ("cnn", "learning_rate", 0.001, "Abstract", "nilai learning rate 0,001"),
    ("cnn", "epochs", 10, "Abstract", "a number of epochs of 10"),
    ("cnn", "epochs", 10, "Abstract", "jumlah epoch 10"),
    ("cnn", "epochs", 10, DESIGN, "menggunakan jumlah 10 epoch"),
    ("cnn", "epochs", 10, "§Simpulan", "nilai epoch 10"),
    ("cnn-200", "image_size", 200, DESIGN, "input layer adalah 200 x 200 x 3"),
]


@pytest.fixture(scope="module")
def text(shared) -> str:
    return (shared / "papers" / "003_530da3de61629c0e.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def table_1(text) -> str:
    return between(text, "**Tabel 1.", "Setelah dilakukan proses data balancing")


# Arithmetic


def test_the_set_of_kaggle_is_rebuilt_in_its_own_numbers():
    counts = {kind: int(count.value) for kind, count in PAPER.dataset.rebuild.counts.items()}
    assert counts == {kind: sum(parts) for kind, parts in KAGGLE_FILES.items()}
    assert sum(counts.values()) == 12444
    assert any("12,444 normal images" in defect for defect in PAPER.dataset.defects)


def test_the_parts_of_table_1_make_up_the_total():
    total = printed_count(PAPER.dataset.total.value)
    assert total == 16000 + 2000 + 2000
    assert PAPER.split.test_share.value == 2000 / total


def test_the_supports_of_figure_6_rule_out_a_stratified_split():
    assert PAPER.split.stratified.value is False
    assert "(975 and 1025)" in PAPER.split.stratified.reason
    assert 975 + 1025 == 2000


def test_each_class_comes_from_one_source():
    given = {source.title: source.classes for source in PAPER.dataset.sources}
    assert len(given) == 2
    (aml,), (normal,) = (
        [classes for title, classes in given.items() if word in title] for word in ("AML", "Kaggle")
    )
    assert (aml, normal) == (("cancer",), ("normal",))


# The text


def test_title_authors_and_affiliation_stand_in_the_text(text):
    assert PAPER.title.upper() in text
    for passage in (*PAPER.authors, "Universitas Widyatama", "Bandung"):
        assert passage in text
    assert PAPER.affiliation.endswith("Universitas Widyatama, Bandung")


def test_both_collections_stand_in_the_text(text):
    results = between(text, "## HASIL DAN PEMBAHASAN", "## Preprocessing Image")
    assert "*The Cancer Imaging Archive* (TCIA)" in results
    assert "*Blood Cell Image* (Kaggle)" in results


@pytest.mark.parametrize("name", ["normal", "cancer"])
def test_counts_stand_in_table_1_and_preprocessing_as_printed(text, table_1, name):
    count = PAPER.dataset.counts[name]
    assert count.where == "Table 1, §Preprocessing Image"
    preprocessing = between(text, "## Preprocessing Image", "**Tabel 1.")
    row = {"cancer": "Kanker darah", "normal": "normal"}[name]
    assert re.search(rf"{row} {re.escape(count.value)}\b", table_1)
    assert re.search(rf"\b{re.escape(count.value)}\b", preprocessing)
    assert printed_count(count.value) == 10000


def test_the_total_stands_in_the_abstract_as_printed(text):
    assert "Abstract" in PAPER.dataset.total.where
    abstract = between(text, "#### **ABSTRACT**", "**Kata Kunci:**")
    assert re.search(rf"\b{re.escape(PAPER.dataset.total.value)} dat", abstract)


def test_the_share_stands_in_table_1(table_1):
    assert PAPER.split.test_share.where.startswith("Table 1")
    assert "Training Testing Validation Kanker darah 10.000 16.000 2000 2000" in table_1


def test_both_readings_of_the_side_stand_where_they_are_said_to(text):
    side = PAPER.dataset.side
    assert side == Stated(
        64, "§Hasil dan Pembahasan: 64 x 64 (200 x 200 in §Perancangan Model CNN)"
    )
    results = between(text, "## HASIL DAN PEMBAHASAN", "## Preprocessing Image")
    assert "berukuran 64x64 piksel" in results
    assert "200 x 200 piksel" in between(text, "## Perancangan Model CNN", "**Gambar 3.")


def test_the_supports_stand_in_figure_6(text):
    report = text[text.index("Classification Report:") : text.index("**Gambar 6.")]
    rows = re.findall(r"^(darah_normal|kanker)(?:\t1\.00){3}\t(\d+)\b", report, re.M)
    assert rows == [("darah_normal", "975"), ("kanker", "1025")]


def test_the_accuracy_told_in_brief_stands_below_figure_6(text):
    assert "99.85 %" in PAPER.in_brief
    assert "sebesar 99,85" in text


# The model


@pytest.mark.parametrize(("arm", "name", "value", "place", "passage"), STATED)
def test_what_the_paper_states_of_its_model_is_declared(arm, name, value, place, passage):
    setting = PAPER.arm(arm).settings[name]
    assert setting.value == value
    assert place in setting.where


@pytest.mark.parametrize(("arm", "name", "value", "place", "passage"), STATED)
def test_what_is_stated_of_its_model_stands_in_the_text(text, arm, name, value, place, passage):
    assert passage in between(text, *SECTIONS[place])


def test_nothing_else_is_said_to_be_stated_of_its_model():
    assert stated(PAPER) == {row[:2] for row in STATED}


def test_the_network_has_five_blocks_of_which_the_text_gives_the_first_two(text):
    arm = PAPER.arm("cnn")
    assert arm.backbone == "ConvBlocks"
    assert arm.filters.value == (32, 64, 128, 256, 512)
    assert isinstance(arm.filters, Assumed)
    design = between(text, *SECTIONS[DESIGN])
    first, second = design.index("Proses konvolusi pertama"), design.index("Proses konvolusi kedua")
    assert "jumlah filter sebanyak 32 filter" in design[first:second]
    assert "jumlah filter sebanyak 64" in design[second:]
    assert "5 proses di convolutional layer dengan jumlah kernel yang berbeda-beda" in design
    assert "5 proses di pooling layer" in design


def test_the_head_has_one_hidden_layer_whose_size_and_dropout_are_assumed(text):
    arm = PAPER.arm("cnn")
    assert (arm.dense.value, arm.dropout.value) == ((128,), (0, 0.5))
    assert all(isinstance(one, Assumed) for one in (arm.dense, arm.dropout, arm.weights))
    assert arm.weights.value == "random"
    assert arm.recipe.batch_size.value == 32
    design = between(text, *SECTIONS[DESIGN])
    assert "digunakan hanya satu hidden layer" in design
    hidden, dropout = design.index("hanya satu hidden layer"), design.index("nilai dropout")
    assert hidden < dropout < design.index("aktivasi softmax")


def test_the_sizes_of_the_first_blocks_follow_from_64_pixels_not_from_200(text):
    design = between(text, *SECTIONS[DESIGN])
    side = PAPER.arm("cnn").recipe.image_size.value
    for size in (side, side // 2, side // 4):
        assert re.search(rf"\$?{size} ?(x|\\times) ?{size}\b", design)
    assert not re.search(r"100 ?(x|\\times) ?100|\b50 ?(x|\\times) ?50", design)


@pytest.mark.parametrize(
    ("topic", "place", "passage"),
    [
        ("Size of the input", DESIGN, "200 x 200 x 3"),
        ("Size of the input", "§Hasil dan Pembahasan", "64x64 piksel"),
        ("The network", "Abstract", "VGG-16"),
        ("The network", "§Pendahuluan", "VGG-16"),
        ("The network", "§Simpulan", "VGG-16"),
        ("The network", DESIGN, "hanya satu hidden layer"),
        ("Learning rate", "Abstract", "learning rate 0,001"),
        ("Learning rate", DESIGN, "nilai learning rate 1,000"),
        ("Which images are augmented", "§Preprocessing Image", "data training dan data testing"),
        ("Which images are augmented", "Table 1", "16.000 2000 2000"),
    ],
)
def test_contradicting_readings_stand_where_they_are_said_to(text, topic, place, passage):
    (one,) = (one for one in PAPER.contradictions if one.topic == topic)
    assert any(place in reading.where for reading in one.readings)
    assert passage in between(text, *SECTIONS[place])


def test_the_paper_calls_the_network_vgg16_but_describes_another():
    assert PAPER.arm("cnn").called == "VGG16"
    assert PAPER.arm("cnn").backbone != "VGG16"


# The files


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        *((folder, "cancer") for folder in TCIA_FOLDERS),
        *((kind, "normal") for kind in KAGGLE_FILES),
        *((kind.upper(), "normal") for kind in KAGGLE_FILES),
        ("darah_normal", "normal"),
        ("kanker", "cancer"),
        ("Kanker darah", "cancer"),
        ("Normal", "normal"),
    ],
)
def test_folders_of_both_collections_and_of_the_paper_are_known(tmp_path, folder, name):
    other = "cancer" if name == "normal" else "normal"
    files = scan(PAPER, tree(tmp_path, f"{folder}/1.png", f"{other}/2.png")).files
    read = {
        path: PAPER.class_names[label]
        for path, label in zip(files["path"], files["label"], strict=True)
    }
    assert read[f"{folder}/1.png"] == name


def _both_collections(root):
    """As the two archives unpack, side by side."""
    kinds = [kind.upper() for kind in KAGGLE_FILES]
    return tree(
        root,
        *(f"blood-cells/{NORMAL}/TRAIN/{kind}/_0_1414.jpeg" for kind in kinds),
        *(f"blood-cells/{NORMAL}/TEST/{kind}/_0_1414.jpeg" for kind in kinds),
        *(f"blood-cells/{NORMAL}/TEST_SIMPLE/{kind}/_0_1.jpeg" for kind in kinds),
        "blood-cells/dataset2-master/dataset2-master/labels.csv",
        *(
            f"blood-cells/dataset-master/dataset-master/JPEGImages/BloodImage_0000{n}.jpg"
            for n in range(5)
        ),
        "blood-cells/dataset-master/dataset-master/Annotations/BloodImage_00000.xml",
        *(f"{CANCER}/{folder}/{folder}_0001.tiff" for folder in TCIA_FOLDERS),
        f"{CANCER}/annotations.csv",
    )


def test_the_two_archives_side_by_side_are_one_set(tmp_path):
    root = _both_collections(tmp_path / "violina_blood_cancer")
    found = scan(PAPER, root)
    files = found.files
    assert Counter(PAPER.class_names[label] for label in files["label"]) == {
        "normal": 8,
        "cancer": 15,
    }
    parts = {
        path.rsplit("/", 2)[0]: part
        for path, part in zip(files["path"], files["part"], strict=True)
    }
    assert parts == {
        f"blood-cells/{NORMAL}/TRAIN": "train",
        f"blood-cells/{NORMAL}/TEST": "test",
        CANCER: "",
    }
    assert set(files["stand_in"]) == {""}
    assert (files["group"] == "").all()


def test_what_is_no_class_folder_of_the_archives_is_listed(tmp_path):
    found = scan(PAPER, _both_collections(tmp_path))
    reasons = dict(found.rejected.itertuples(index=False))
    assert len(reasons) == 2
    assert "none of the classes" in reasons[f"blood-cells/{NORMAL}/TEST_SIMPLE/"]
    photographs = "blood-cells/dataset-master/dataset-master/JPEGImages/"
    assert reasons[photographs] == "5 images outside the class folders"


def test_the_table_of_originals_groups_the_copies_and_leaves_the_others_alone(tmp_path):
    root = _both_collections(tmp_path)
    (root / "blood-cells" / "augmented_to_original.csv").write_text(
        "split,class,file,original,similarity,margin_to_second\n"
        "TRAIN,EOSINOPHIL,_0_1414.jpeg,BloodImage_00139.jpg,0.99,0.04\n"
        "TRAIN,NEUTROPHIL,_0_1414.jpg,BloodImage_00139.jpg,0.99,0.02\n"  # the suffix may differ
        "TEST,EOSINOPHIL,_0_1414.jpeg,BloodImage_00068.jpg,0.99,0.01\n"
    )
    files = scan(PAPER, root).files
    grouped = files[files["group"] != ""]
    start = f"blood-cells/{NORMAL}"
    assert dict(zip(grouped["path"], grouped["group"], strict=True)) == {
        f"{start}/TRAIN/EOSINOPHIL/_0_1414.jpeg": "BloodImage_00139.jpg",
        f"{start}/TRAIN/NEUTROPHIL/_0_1414.jpeg": "BloodImage_00139.jpg",
        f"{start}/TEST/EOSINOPHIL/_0_1414.jpeg": "BloodImage_00068.jpg",
    }


@pytest.mark.parametrize("collection", [f"{NORMAL}/TRAIN/EOSINOPHIL", f"{CANCER}/MYO"])
def test_one_collection_alone_is_no_data_set(tmp_path, collection):
    missing = "cancer" if "EOS" in collection else "normal"
    with pytest.raises(DataError, match=f"none of {missing}"):
        scan(PAPER, tree(tmp_path, *(f"{collection}/{number}.png" for number in range(3))))


def test_the_real_collections_side_by_side_have_the_declared_numbers_and_groups(shared, tmp_path):
    for name in ("normal_kaggle_64", "aml_lmu_thumbs"):
        (tmp_path / name).symlink_to(shared / "data" / PAPER.slug / name)
    files = scan(PAPER, tmp_path).files
    normal = files[files["label"] == 0]
    kinds = normal["path"].str.split("/").str[-2].str.lower()
    counts = normal.groupby([kinds, "part"]).size()
    for kind, (training, testing) in KAGGLE_FILES.items():
        assert (counts[kind, "train"], counts[kind, "test"]) == (training, testing)
    assert (normal["group"] != "").all()
    assert normal["group"].nunique() == 348
    train, test = (set(normal["group"][normal["part"] == part]) for part in ("train", "test"))
    assert train.isdisjoint(test)
    assert (files["label"] == 1).sum() == 298
    assert set(files["group"][files["label"] == 1]) == {""}
