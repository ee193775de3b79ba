"""Which images belong together, and how few originals there are."""

import made_up_runs as made_up
import pytest

from lib.report.leaks import NOT_RULED_OUT, unseen
from lib.report.limits import groups

PARTLY = "partly known groups"


def test_siblings_in_training_are_a_share_of_the_published_test_images():
    folds = [
        made_up.fold(shared_groups=0.5),
        made_up.fold(seed=1, shared_groups=0.75),
        made_up.fold(seed=2, shared_groups=0.0),
        made_up.fold(seed=3, shared_groups=0.75),
        made_up.fold(protocol="grouped", shared_groups=0.0),
    ]
    (sentence,) = groups.shared_groups(made_up.run(folds=folds))
    assert "split 50.0 % of the test images share a patient" in sentence


@pytest.mark.parametrize("share", [0.0, None])
def test_without_siblings_or_groups_there_is_nothing_to_tell(share):
    assert list(groups.shared_groups(made_up.run(folds=[made_up.fold(shared_groups=share)]))) == []


def test_near_duplicates_in_training_are_a_share_of_the_published_test_images():
    folds = [made_up.fold(near_duplicates=4), made_up.fold(protocol="grouped", near_duplicates=9)]
    (sentence,) = groups.near_duplicates(made_up.run(folds=folds))
    assert "split 10.0 % of the test images have a near-duplicate among" in sentence


def test_look_alikes_in_training_count_where_they_were_searched_for():
    folds = [made_up.fold(near_duplicates=4, look_alikes=8)]
    searched = made_up.look_alikes(pairs=20)
    (sentence,) = groups.near_duplicates(made_up.run(folds=folds, look_alikes=searched))
    assert "split 20.0 % of the test images have a look-alike or near-duplicate among" in sentence


def test_of_an_official_split_the_same_is_told():
    official = made_up.fold(protocol="official", shared_groups=0.5, near_duplicates=4)
    run = made_up.run(folds=[made_up.fold(protocol="grouped", shared_groups=0.0), official])
    (of_groups,), (of_twins,) = groups.shared_groups(run), groups.near_duplicates(run)
    assert of_groups.startswith("Under the official split 50.0 % of the test images")
    assert of_twins.startswith("Under the official split ")


def test_a_gap_is_told_where_it_is_a_cost():
    (sentence,) = groups.protocol_gap(made_up.run(gaps=[made_up.gap(0.2, 0.4)]))
    assert sentence == (
        "The published split flatters: keeping every patient on one side of the split costs 0.300 "
        "[0.200, 0.400]."
    )
    assert list(groups.protocol_gap(made_up.run(gaps=[made_up.gap(-0.01, 0.2)]))) == []


def test_why_there_is_no_grouped_split_is_told():
    run = made_up.run(grouping=made_up.grouping(hindrance="all dogs are one"))
    (sentence,) = groups.no_grouped_protocol(run)
    assert sentence.startswith("No grouped split could be made (all dogs are one), so")


def test_a_grouped_protocol_that_was_not_run_is_told():
    (sentence,) = groups.no_grouped_protocol(made_up.run(folds=[made_up.fold()]))
    assert sentence.startswith("The grouped protocol, with every patient on one side, was not run")


@pytest.mark.parametrize("search", [{}, {"pairs": 3}], ids=["not searched", "searched"])
@pytest.mark.parametrize("hindrance", ["", "nothing was found"])
def test_where_groups_are_unknown_a_leak_is_not_ruled_out(search, hindrance):
    look_alikes = made_up.look_alikes(**search)
    run = made_up.run(
        data=made_up.data(groups=None, group_counts=None),
        look_alikes=look_alikes,
        grouping=made_up.grouping(basis="near-duplicates", hindrance=hindrance),
    )
    (sentence,) = groups.unknown_groups(run)
    assert sentence.startswith(NOT_RULED_OUT)
    assert unseen(run.results.data, look_alikes) in sentence
    assert list(groups.unknown_groups(made_up.run())) == []


def test_images_of_unknown_group_are_counted():
    (sentence,) = groups.ungrouped_images(made_up.run(data=made_up.data(ungrouped=7)))
    assert sentence.startswith("The patient of 7 of 200 images is not known")


def test_where_groups_of_some_are_unknown_the_share_of_siblings_is_the_least_it_can_be():
    partly = {"data": made_up.data(ungrouped=7), "grouping": made_up.grouping(basis=PARTLY)}
    run = made_up.run(folds=[made_up.fold(shared_groups=0.5)], **partly)
    (sentence,) = groups.shared_groups(run)
    assert sentence.startswith("Under the published split at least 50.0 % of the test images")


def test_classes_with_fewer_than_ten_originals_are_told_the_rarest_first():
    counts = {"cat": groups.FEW - 1, "dog": 1}
    (sentence,) = groups.classes_of_few_groups(made_up.run(data=made_up.data(group_counts=counts)))
    assert sentence.startswith(
        "All 100 images of dog come from 1 patient and all 100 images of cat come from 9 patients: a"
    )
    enough = made_up.data(group_counts=dict.fromkeys(counts, groups.FEW))
    assert list(groups.classes_of_few_groups(made_up.run(data=enough))) == []


def test_fewer_patients_than_images_are_the_cases():
    (sentence,) = groups.fewer_groups_than_images(made_up.run(data=made_up.data(groups=12)))
    assert sentence == (
        "The 200 images come from 12 patients, so at most 12 cases are independent."
    )


def test_an_image_of_unknown_patient_is_no_case_that_is_known():
    """454 groups of 9,957 images, of which 298 are images that stand for themselves."""
    data = made_up.data(images=9957, groups=454, ungrouped=298)
    (sentence,) = groups.fewer_groups_than_images(made_up.run(data=data))
    assert sentence == (
        "The 9,659 images of known patient come from 156 patients, so at most 156 cases are "
        "independent."
    )


@pytest.mark.parametrize(
    ("limit", "field", "start"),
    [
        (
            groups.found_pairs,
            "between_classes",
            "1 pair of near-duplicates joins two classes: either",
        ),
        (
            groups.found_pairs,
            "between_groups",
            "1 pair of near-duplicates joins two patients: the known groups",
        ),
    ],
)
def test_near_duplicates_that_contradict_labels_or_groups_are_counted(limit, field, start):
    (sentence,) = limit(made_up.run(near_duplicates=made_up.near_duplicates(**{field: 1})))
    assert sentence.startswith(start)
