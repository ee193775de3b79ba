"""The papers: discovered by looking into lib/papers/; each declaration whole and free of contradiction."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module

import numpy as np
import pytest

from lib import ROOT, papers
from lib.datasets.names import SPLIT_LEVELS, plain_name
from lib.evaluation import tolerances
from lib.machine import KERAS_FILES, OFFLINE_FILES
from lib.papers.declare import (
    NATIVE,
    PIXEL_SCALINGS,
    Arm,
    Assumed,
    Augmentation,
    Stated,
    printed_count,
)
from lib.results import WEIGHTS
from lib.settings import resolve

# Slug → names of its arms, in order: results, notebooks and readers rely on them.
ARMS = {
    "hulu_breast_mammography": ["alexnet", "resnet50"],
    "kumar_breakhis": ["vgg16", "mobilenetv3", "resnet50v2"],
    "kuncoro_white_blood_cells": ["mobilenetv2"],
    "sulistiana_cat_breeds": ["mobilenetv2"],
    "violina_blood_cancer": ["cnn"],
}
FIVE = list(ARMS)
OWN = ("AlexNet", "ConvBlocks")  # networks that lib/architectures.py builds

every_paper = pytest.mark.parametrize(
    "paper", [*map(papers.load, papers.slugs())], ids=papers.slugs()
)
EVERY = [(paper, arm) for paper in map(papers.load, papers.slugs()) for arm in paper.every_arm]
every_arm = pytest.mark.parametrize(
    ("paper", "arm"), EVERY, ids=[f"{paper.slug}: {arm.name}" for paper, arm in EVERY]
)
every_variant = pytest.mark.parametrize(
    ("paper", "variant"),
    [(paper, arm) for paper, arm in EVERY if arm.variant_of],
    ids=[f"{paper.slug}: {arm.name}" for paper, arm in EVERY if arm.variant_of],
)


def _settings(value: object, place: str) -> Iterator[tuple[str, Stated | Assumed]]:
    """Every setting of a declaration, with its place in it; contradictions quote only."""
    if isinstance(value, Stated | Assumed):
        yield place, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _settings(item, f"{place}[{name}]")
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _settings(item, f"{place}[{number}]")
    elif is_dataclass(value):
        for field in fields(value):
            if field.name != "contradictions":
                yield from _settings(getattr(value, field.name), f"{place}.{field.name}")


# Which there are


def test_the_five_papers_are_there_sorted():
    assert papers.slugs() == sorted(papers.slugs())
    assert set(FIVE) <= set(papers.slugs())


def test_every_module_is_a_paper_whose_slug_is_its_name():
    assert [papers.load(slug).slug for slug in papers.slugs()] == papers.slugs()


def test_papers_with_a_notebook_are_runnable():
    assert "kuncoro_white_blood_cells" in papers.runnable()
    for slug in papers.slugs():
        there = (ROOT / "notebooks" / f"{slug}.ipynb").is_file()
        assert (slug in papers.runnable()) == there


def test_a_notebook_makes_a_paper_runnable(tmp_path, monkeypatch):
    monkeypatch.setattr(papers, "NOTEBOOKS", tmp_path)
    assert papers.runnable() == []
    for name in ("violina_blood_cancer.ipynb", "kumar_breakhis.ipynb", "no_paper.ipynb"):
        (tmp_path / name).touch()
    assert papers.runnable() == ["kumar_breakhis", "violina_blood_cancer"]


def test_every_arm_name_has_the_papers_own_first_and_all_of_the_others():
    names = papers.every_arm_name("kumar_breakhis")
    assert names[:3] == ["vgg16", "mobilenetv3", "resnet50v2"]
    others = {f"{slug}/{arm}" for slug, arms in ARMS.items() for arm in arms}
    assert set(names[3:]) == {name for name in others if not name.startswith("kumar_breakhis/")}
    assert len(names) == len(set(names)) == len(others)


def test_arms_are_found_by_name_borrowed_ones_by_that_of_their_paper():
    cats = papers.load("sulistiana_cat_breeds")
    own, variant, borrowed = papers.find_arms(
        cats, ["mobilenetv2", "mobilenetv2-native", "kumar_breakhis/vgg16"]
    )
    assert (own, variant) == cats.every_arm
    assert borrowed == papers.load("kumar_breakhis").arm("vgg16").borrowed("kumar_breakhis", 5)
    assert borrowed.output.value == "softmax"  # cats of five breeds


@pytest.mark.parametrize("name", ["sulistiana_cat_breeds/mobilenetv2", "kumar_breakhis/vgg", "x/y"])
def test_an_arm_that_no_other_paper_has_lists_those_that_there_are(name):
    with pytest.raises(ValueError, match=f"one of .*kumar_breakhis/vgg16, .*; received '{name}'"):
        papers.find_arm(papers.load("sulistiana_cat_breeds"), name)


def test_whose_arm_it_is_stands_in_its_name():
    assert papers.lender("kumar_breakhis/vgg16") is papers.load("kumar_breakhis")
    assert papers.lender("vgg16") is None


@pytest.mark.parametrize("slug", FIVE)
def test_every_borrowed_arm_can_be_trained_on_any_papers_images(slug):
    paper = papers.load(slug)
    for profile in paper.profiles:
        settings = resolve(paper, profile, arms=papers.every_arm_name(slug))
        for arm in papers.find_arms(paper, settings.arms):
            assert (arm.output.value == "sigmoid") <= (len(paper.classes) == 2)
            loss = settings.training[arm.name].loss
            assert loss.startswith("binary") == (arm.output.value == "sigmoid")


def test_an_unknown_slug_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"one of .*kuncoro_white_blood_cells.*; received 'nope'"):
        papers.load("nope")


# What each declares


@every_paper
def test_texts_are_there_and_end_as_they_should(paper):
    for text in (paper.title, paper.title_english, paper.affiliation, paper.task):
        assert text
        assert text == text.strip()
        assert not text.endswith(".")
    assert paper.in_brief.endswith(".")
    assert paper.language in ("English", "Indonesian")
    assert (paper.title == paper.title_english) == (paper.language == "English")
    assert len(set(paper.authors)) == len(paper.authors) > 0
    assert all(defect.endswith(".") for defect in paper.dataset.defects)
    assert paper.dataset.defects


@every_paper
def test_both_profiles_are_there_and_quick_draws_no_more_than_paper(paper):
    assert set(paper.profiles) == {"quick", "paper"}
    quick, whole = (paper.profiles[name].phantoms_per_class for name in ("quick", "paper"))
    assert 5 <= quick < whole
    assert f"{whole:,}" in paper.profiles["paper"].summary


@every_paper
def test_every_class_has_a_count_and_they_add_up_to_the_total(paper):
    counts = paper.dataset.counts
    assert tuple(counts) == paper.class_names
    printed = [count.value for count in (*counts.values(), paper.dataset.total)]
    assert all(isinstance(number, str) for number in printed)
    numbers = [printed_count(number) for number in printed]
    assert sum(numbers[:-1]) == numbers[-1]


@every_paper
def test_every_setting_has_its_place_or_its_reason(paper):
    settings = dict(_settings(paper, paper.slug))
    assert len(settings) >= len(paper.classes) + 4
    for name, setting in settings.items():
        if isinstance(setting, Stated):
            assert re.search(r"§|Fig\. \d|Table \d|Abstract|[A-Z]{5}", setting.where), name
        else:
            assert len(setting.reason.split()) >= 4, name


@every_paper
def test_the_split_leaves_images_on_both_sides(paper):
    assert 0 < paper.split.test_share.value < 0.5
    assert isinstance(paper.split.stratified.value, bool)


# Where its images come from


@every_paper
def test_every_source_has_title_address_licence_and_citation(paper):
    assert paper.dataset.sources
    for source in paper.dataset.sources:
        assert all((source.title, source.licence, source.citation))
        assert re.fullmatch(r"https://[\w.-]+/\S+", source.address)
        if source.kaggle:
            assert re.fullmatch(r"[\w-]+/[\w-]+", source.kaggle)
            assert source.address == f"https://www.kaggle.com/datasets/{source.kaggle}"
            assert source.kaggle in source.title
    titles = [source.title for source in paper.dataset.sources]
    assert len(set(titles)) == len(titles)


@every_paper
def test_the_sources_together_give_every_class_once(paper):
    given = [
        name for source in paper.dataset.sources for name in source.classes or paper.class_names
    ]
    assert Counter(given) == Counter(paper.class_names)


@every_paper
def test_the_line_of_all_sources_names_each_with_its_licence(paper):
    for source in paper.dataset.sources:
        assert source.title in paper.dataset.source
        assert source.licence in paper.dataset.licence


# How its files are read


@every_paper
def test_names_and_aliases_tell_the_classes_apart(paper):
    known = [
        {plain_name(name) for name in (class_name.name, *class_name.aliases)}
        for class_name in paper.classes
    ]
    assert sum(map(len, known)) == len(set.union(*known))
    stand_ins = [plain_name(name) for class_name in paper.classes for name in class_name.stand_ins]
    assert len(set(stand_ins)) == len(stand_ins)
    assert set.union(*known).isdisjoint(stand_ins)
    assert {*set.union(*known), *stand_ins}.isdisjoint(SPLIT_LEVELS)


@every_paper
def test_the_expression_for_groups_captures_one_thing(paper):
    if paper.dataset.group:
        assert re.compile(paper.dataset.group.pattern).groups == 1
        assert paper.dataset.group.where
    assert paper.dataset.group_noun not in ("", "group")


@every_paper
def test_sidecars_tell_something_of_images_that_they_name(paper):
    for sidecar in paper.dataset.sidecars:
        assert sidecar.name not in ("groups.csv", "classes.csv")  # a user's own
        assert sidecar.path
        assert sidecar.where
        assert sidecar.group or sidecar.label or sidecar.part or sidecar.level
        assert {*sidecar.labels.values()} <= {*paper.class_names}
        assert bool(sidecar.labels) == bool(sidecar.label)
        if sidecar.line:
            assert {*re.compile(sidecar.line).groupindex} == {*sidecar.columns}


@every_paper
def test_tables_of_origins_are_shipped_and_say_how_they_were_made(paper):
    for origins in paper.dataset.origins:
        assert origins.source
        text = origins.file.read_text(encoding="utf-8")
        assert "How it was made" in text
        assert len(text) < 250_000


@every_paper
def test_what_can_be_rebuilt_names_classes_or_their_aliases(paper):
    how = paper.dataset.rebuild
    if how is None:
        return
    known = [
        {plain_name(name) for name in (class_name.name, *class_name.aliases)}
        for class_name in paper.classes
    ]
    assert {plain_name(kind) for kind in how.counts} <= set.union(*known)
    assert all(int(count.value) > 0 for count in how.counts.values())
    assert all(side > 0 for side in how.size.value)
    assert 0 <= how.rotation.value <= 180
    assert set(how.flips.value) <= {"horizontal", "vertical"}
    assert len(how.fill.value) == 3
    assert all(0 <= level <= 255 for level in how.fill.value)


def test_the_two_sets_made_of_copies_can_be_rebuilt():
    rebuilt = [slug for slug in FIVE if papers.load(slug).dataset.rebuild is not None]
    assert rebuilt == ["kuncoro_white_blood_cells", "violina_blood_cancer"]


# What is drawn where there are none


@every_paper
def test_the_phantom_family_draws_every_class_at_the_declared_side(paper):
    family = import_module(f"lib.phantoms.families.{paper.phantom}")
    assert set(paper.class_names) <= set(family.KINDS)
    side = paper.dataset.side.value
    for name in paper.class_names:
        drawn = family.draw(name, size=side, rng=np.random.default_rng(0))
        assert (drawn.shape, drawn.dtype) == ((side, side, 3), np.uint8)


def test_every_family_of_phantoms_serves_one_paper():
    assert len({papers.load(slug).phantom for slug in FIVE}) == len(FIVE)


# What it trains


@pytest.mark.parametrize("slug", ARMS)
def test_the_arms_are_called_and_ordered_as_everything_else_relies_on(slug):
    assert [arm.name for arm in papers.load(slug).arms] == ARMS[slug]


@every_paper
def test_every_paper_has_arms_with_names_of_their_own(paper):
    names = [arm.name for arm in paper.every_arm]
    assert paper.arms
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)  # part of names of files
        assert paper.arm(name).name == name
    assert {(arm.variant_of, arm.differs) for arm in paper.arms} == {("", "")}


@every_paper
def test_all_arms_of_a_paper_take_images_of_one_size(paper):
    """They are decoded once; only a variant may take another."""
    (size,) = {arm.recipe.image_size.value for arm in paper.arms}
    assert resolve(paper, "paper").image_size == size


@every_arm
def test_each_dense_layer_has_a_dropout_in_front_and_the_output_too(paper, arm):
    assert len(arm.dropout.value) == len(arm.dense.value) + 1
    assert all(isinstance(units, int) and units > 0 for units in arm.dense.value)
    assert all(0 <= rate < 1 for rate in arm.dropout.value)
    assert arm.activation.value == "relu"


@every_arm
def test_the_loss_fits_the_output(paper, arm):
    losses = {"softmax": "categorical_crossentropy", "sigmoid": "binary_crossentropy"}
    assert arm.recipe.loss.value == losses[arm.output.value]
    assert arm.output.value == "softmax" or len(paper.classes) == 2


@every_arm
def test_the_network_and_its_weights_are_to_be_had(paper, arm):
    assert arm.backbone in {*NATIVE, *OWN}
    assert (arm.filters is not None) == (arm.backbone in OWN)
    assert arm.weights.value in WEIGHTS
    if arm.weights.value == "imagenet":
        assert arm.backbone in KERAS_FILES
    if arm.weights.value == "torchvision":
        assert arm.backbone in OFFLINE_FILES
    assert arm.weights.value != "random" or arm.trainable.value is True
    assert isinstance(arm.trainable.value, bool)
    assert arm.pooling.value in ("avg", "flatten")


@every_arm
def test_pixels_are_scaled_in_a_known_way(paper, arm):
    scaling = arm.recipe.pixel_scaling.value
    assert scaling in PIXEL_SCALINGS or (scaling == "native" and arm.backbone in NATIVE)
    assert resolve(paper, "paper").training[arm.name].pixel_scaling in PIXEL_SCALINGS


@every_arm
def test_random_changes_are_known_ones(paper, arm):
    assert isinstance(arm.augmentation.value, tuple)
    assert all(isinstance(change, Augmentation) for change in arm.augmentation.value)


@every_arm
def test_a_user_could_have_set_every_value_of_a_recipe(paper, arm):
    declared = {field.name: getattr(arm.recipe, field.name).value for field in fields(arm.recipe)}
    del declared["loss"]  # goes with the output
    training = resolve(paper, "paper", **declared).training[paper.arms[0].name]
    if declared["pixel_scaling"] == "native":
        declared["pixel_scaling"] = NATIVE[paper.arms[0].backbone]
    run_with = {name: getattr(training, name) for name in declared}
    assert run_with == declared


@every_arm
def test_a_printed_summary_or_name_belongs_to_an_arm_and_has_its_place(paper, arm):
    assert bool(arm.layers) == bool(arm.layers_where)
    assert not (arm.variant_of and (arm.layers or arm.called))
    assert arm.called in ("", *KERAS_FILES)
    assert arm.called != arm.backbone


# How its variants differ


def _plain(arm: Arm) -> dict:
    """What an arm is, without its names and reasons."""
    return {"backbone": arm.backbone} | {
        name: setting.value for name, setting in arm.settings.items()
    }


@every_variant
def test_a_variant_is_called_after_its_arm_and_tells_how_it_differs(paper, variant):
    assert variant.variant_of in [arm.name for arm in paper.arms]
    assert variant.name.startswith(f"{variant.variant_of}-")
    assert len(variant.differs.split()) >= 4
    assert not variant.differs.endswith(".")


@every_variant
def test_a_variant_differs_from_its_arm_and_from_every_other(paper, variant):
    assert _plain(variant) != _plain(paper.arm(variant.variant_of))
    others = [arm for arm in paper.every_arm if arm is not variant]
    assert all(_plain(variant) != _plain(arm) for arm in others)


@every_variant
def test_a_variant_is_trained_as_its_arm_in_all_else(paper, variant):
    training = resolve(paper, "paper").training
    own, other = _plain(variant), _plain(paper.arm(variant.variant_of))
    differing = {name for name in own if own[name] != other[name]}
    same = {field.name for field in fields(variant.recipe)} - differing
    for name in same - {"pixel_scaling"}:  # "native" depends on the backbone
        assert getattr(training[variant.name], name) == getattr(training[variant.variant_of], name)


# What its profiles change


@every_paper
@pytest.mark.parametrize("profile", ["quick", "paper"])
def test_a_profile_changes_only_what_a_user_could(paper, profile):
    changes = paper.profiles[profile].changes
    assert resolve(paper, profile) == resolve(paper, profile, **changes)


@every_paper
def test_the_profile_paper_is_the_papers_own_recipe(paper):
    assert resolve(paper, "paper").changed == ()


@every_paper
def test_a_profile_that_changes_more_than_seeds_does_not_call_itself_the_stated_recipe(paper):
    for profile in paper.profiles.values():
        more = set(profile.changes) - {"seeds", "grouped_folds"}
        assert not (more and "stated recipe in full" in profile.summary)


@every_paper
@pytest.mark.parametrize("profile", ["quick", "paper"])
def test_what_a_profile_changes_stands_in_its_summary(paper, profile):
    changes, summary = paper.profiles[profile].changes, paper.profiles[profile].summary
    words = {
        "seeds": lambda value: ("one seed", "two seeds", "three seeds")[len(value) - 1],
        "grouped_folds": lambda value: {2: "two grouped folds"}[value],
        "epochs": lambda value: f"{value} epochs",
        "image_size": lambda value: f"{value} pixels",
    }
    assert all(words[name](value) in summary for name, value in changes.items())


@every_paper
def test_every_paper_is_run_five_times_to_show_the_spread(paper):
    assert isinstance(paper.seeds, Assumed)
    assert paper.seeds.value == (0, 1, 2, 3, 4)


# What it claims


@every_paper
def test_claims_are_about_declared_arms(paper):
    arms = [arm.name for arm in paper.arms]
    assert len(set(arms)) == len(arms)
    assert {claim.arm for claim in paper.claims} <= set(arms)
    assert bool(paper.claims) == (paper.slug in papers.runnable())
    for claim in paper.claims:
        assert claim.where
        assert claim.rounding[0] <= claim.value <= claim.rounding[1]


@every_paper
def test_every_tolerance_has_its_source(paper):
    tolerance_of = tolerances.claim_tolerances(paper)
    assert list(tolerance_of) == list(paper.claims)
    for claim, tolerance in tolerance_of.items():
        assert len(tolerance.source.split()) >= 4, claim
        assert tolerance.margin >= 0
        assert (tolerance.margin == 0) == tolerance.source.startswith("none: "), claim


@every_paper
def test_no_claim_is_declared_twice(paper):
    """A number that stands in two tables is a claim in each, since the audit reads tables whole."""
    keys = Counter(
        (
            claim.arm,
            claim.metric,
            claim.of,
            claim.part,
            claim.epoch,
            claim.unit,
            claim.printed,
            claim.where,
        )
        for claim in paper.claims
    )
    assert [key for key, times in keys.items() if times > 1] == []


@every_paper
def test_no_number_of_a_whole_model_is_declared_twice_even_where_it_is_printed_twice(paper):
    keys = Counter(
        (claim.arm, claim.metric, claim.part, claim.epoch, claim.unit, claim.printed)
        for claim in paper.claims
        if not claim.of
    )
    assert [key for key, times in keys.items() if times > 1] == []


@every_paper
def test_contradictions_have_at_least_two_readings_each_with_its_place(paper):
    for contradiction in paper.contradictions:
        assert (
            len({reading.value for reading in contradiction.readings})
            == len(contradiction.readings)
            >= 2
        )
        assert all(reading.where for reading in contradiction.readings)
        assert all((contradiction.topic, contradiction.used, contradiction.reason))
