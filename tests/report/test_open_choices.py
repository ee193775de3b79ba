"""Between what open choices move a score, and of whom that is not known."""

import made_up_runs as made_up

from lib.report.open_choices import spreads_by_arm, untried_sentence


def test_every_arm_has_the_spread_of_its_own_choices_or_none():
    tried = [
        made_up.choice("loss", "a", 0.9, used=True),
        made_up.choice("loss", "b", 0.8),
        made_up.choice("loss", "b", 0.1).model_copy(update={"arm": "other"}),
    ]
    spreads = spreads_by_arm(iter(tried[:2]), ["net", "other"])
    assert "0.800 instead of 0.900" in spreads["net"]
    assert spreads["other"] == ""


def test_variants_are_no_other_settings_and_no_arms_need_no_sentence():
    assert untried_sentence([], variants=False) == ""
    assert untried_sentence(["a"], variants=False).startswith("No other settings")
    assert "how far they move its score" in untried_sentence(["a"], variants=False)
    text = untried_sentence(["a", "b"], variants=True)
    assert text.startswith("Apart from the variants, no other settings")
    assert "with a and b, so how far they move their scores" in text
