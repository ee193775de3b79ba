"""The table of test images that share something with training images, and the sentences below it."""

import made_up_paper
import made_up_runs as made_up
import pytest
from report_html import caption, cells, columns, page

from lib.report.sections.leaks import leak_table
from lib.results import Leak, Results

MARK = "Synthetic images"
ARMS = ("net", "other")


def _leak(by: str, share: float, sharing: float | None, others: float | None, **where) -> Leak:
    place = {"arm": "net", "protocol": "published"} | where
    scores = {
        name: mean if mean is None else made_up.accuracy(mean, mean - 0.05, mean + 0.05, **place)
        for name, mean in (("sharing", sharing), ("others", others))
    }
    return Leak(by=by, share=share, **scores, **place)


def _leaked(*leaks: Leak, **changes) -> Results:
    data = made_up_paper.data(kind="phantom", group_noun="slide")
    return made_up.results(*ARMS, **{"leaks": list(leaks), "data": data} | changes)


def _sentence(results: Results) -> str:
    (tag,) = page(leak_table(results)).find_all("p")
    return tag.get_text()


def test_each_kind_of_sharing_has_its_share_and_both_accuracies():
    shown = leak_table(
        _leaked(_leak("identical pixels", 0, None, 0.8), _leak("group", 0.125, 0.95, 0.8))
    )
    (row,) = cells(shown)
    assert dict(zip(columns(shown), row, strict=True)) == {
        "Model": "net",
        "Protocol": "published",
        "Shared": "group",
        "Test images": "12.5 %",
        "Accuracy on them": "0.950 [0.900, 1.000]",
        "On the rest": "0.800 [0.750, 0.850]",
        "Difference": "+0.150 [+0.079, +0.221]",
    }
    assert caption(shown).startswith(MARK)
    assert "group (slide)" in caption(shown)


@pytest.mark.parametrize(
    ("leaks", "expected"),
    [
        (
            [_leak("group", 0.5, 0.95, 0.86), _leak("near-duplicate", 0.5, 0.95, 0.89)],
            "The accuracy is higher, by an interval above 0, for net (published) on those that share a "
            "slide: there the model may recognise",
        ),
        (
            [
                _leak("near-duplicate", 0.5, 0.95, 0.8),
                _leak("identical pixels", 0.5, 0.9, 0.7, arm="other", protocol="grouped"),
            ],
            "for net (published) on those that share the same picture and other (grouped) on those that "
            "share the same pixels",
        ),
        (
            [_leak("near-duplicate", 0.5, 0.8, 0.95), _leak("group", 0, None, 0.9)],
            "The accuracy is not shown to be higher for net (published) on those that share the "
            "same picture.",
        ),
        (
            [_leak("group", 1, 0.9, None)],
            "All test images share something, so there is no rest to compare with: net (published) on",
        ),
        (
            [_leak("near-duplicate", 0, None, 0.9)],
            "No test image was found to share anything with a training image.",
        ),
    ],
)
def test_the_sentence_on_leaks_tells_whether_sharing_made_it_easier(leaks, expected):
    assert expected in _sentence(_leaked(*leaks))


def test_nothing_is_said_of_an_arm_that_did_not_learn():
    learning = [
        made_up.learning(arm, name, outcome="one answer" if arm == "other" else "learnt")
        for arm in ARMS
        for name in ("published", "grouped")
    ]
    leaks = [_leak("group", 0.5, 0.95, 0.8), _leak("group", 0.5, 0.95, 0.8, arm="other")]
    results = _leaked(*leaks, learning=learning)
    assert [row[0] for row in cells(leak_table(results))] == ["net"]
    assert "other (" not in _sentence(results)


def test_where_no_arm_learnt_the_shares_alone_are_told():
    learning = [made_up.learning(arm, "published", outcome="one answer") for arm in ARMS]
    leaks = [_leak("group", 0.5, 0.95, 0.8, arm=arm) for arm in ARMS]
    results = _leaked(*leaks, learning=learning)
    assert page(leak_table(results)).table is None
    assert _sentence(results).startswith(
        "50.0 % of the test images (published) share a slide with a training image."
    )


def test_a_split_by_look_is_called_so():
    leak = _leak("look-alike", 0.5, 0.95, 0.8, protocol="grouped")
    shown = leak_table(_leaked(leak, grouping=made_up.grouping(basis="near-duplicates")))
    assert cells(shown)[0][1] == "by-look"
    assert "net (by-look)" in page(shown).p.get_text()


def test_where_no_image_shares_anything_there_is_a_sentence_and_no_table():
    assert page(leak_table(_leaked(_leak("group", 0, None, 0.9)))).table is None


def test_without_records_there_is_no_table():
    assert leak_table(_leaked()).html == ""
