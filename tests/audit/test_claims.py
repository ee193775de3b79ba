"""Which claims belong together."""

from made_up_paper import arm, claim, paper

from lib.audit.claims import distinct, final_accuracies


def test_a_number_printed_in_two_units_is_one():
    first, other = claim("accuracy", "98.1", unit="percent"), claim("accuracy", "0.981")
    assert distinct([first, other, claim("accuracy", "0.98")])[0] is first
    assert len(distinct([first, other, claim("accuracy", "0.98")])) == 2


def test_the_final_accuracies_are_those_of_the_trained_network_and_the_last_epoch():
    claims = [
        claim("accuracy", "0.1", part=part, epoch=epoch)
        for part in ("train", "validation", "test")
        for epoch in (None, 2, 3)
    ]
    made = paper(
        arm(epochs=3), claims=[*claims, claim("accuracy", "0.1", of="a"), claim("f1", "0.1")]
    )
    assert [(claim.part, claim.epoch) for claim in final_accuracies(made, "net", "train")] == [
        ("train", None)
    ]
    assert [(claim.part, claim.epoch) for claim in final_accuracies(made, "net", "test")] == [
        ("validation", None),
        ("validation", 3),
        ("test", None),
        ("test", 3),
    ]
