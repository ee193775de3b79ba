"""Top-5 beside top-1."""

from made_up_paper import claim, paper

from lib.audit.checks.top_k import check_top_k


def _check(*claims):
    return list(check_top_k(paper(claims=claims)))


def test_top_five_is_never_below_top_one():
    one, five = claim("accuracy", "0.71"), claim("top-5 accuracy", "0.69")
    (found,) = _check(five, one)
    assert (found.outcome, found.topic) == ("impossible", "Top-5 accuracy beside accuracy")
    (found,) = _check(one, claim("top-5 accuracy", "0.70"))  # 0.705 prints as both
    assert found.outcome == "consistent"
    assert _check(one) == _check(one, claim("top-5 accuracy", "0.69", where="Table 2")) == []
