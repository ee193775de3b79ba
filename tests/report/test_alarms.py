"""What is said before anything else, the gravest first."""

import made_up_paper
import made_up_runs as made_up

from lib.report.alarms import alarms

ARMS = ("silent", "poor", "restless", "flat", "good")


def test_where_all_went_as_it_should_there_is_none():
    assert alarms(made_up.results()) == []


def test_alarms_come_in_the_order_of_gravity_each_arm_once():
    outcomes = {"silent": "one answer", "poor": "not above the majority"}
    results = made_up.results(
        *ARMS,
        models=[
            made_up_paper.model(arm, used="random" if arm == "good" else "imagenet") for arm in ARMS
        ],
        learning=[
            made_up.learning(arm, protocol, outcome=outcomes.get(arm, "learnt"))
            for arm in ARMS
            for protocol in ("published", "grouped")
        ],
        scores=[
            *(
                made_up.accuracy(arm=arm, protocol=protocol)
                for arm in ARMS
                for protocol in ("published", "grouped")
            ),
            *made_up.losses(0.7, 0.7, arm="flat"),
        ],
        last_epochs=[made_up.last_epochs(0.9, 0.2, arm="restless")],
    )
    told = alarms(results)
    subjects = [
        next(arm for arm in ARMS if f"{arm} " in f"{alarm.sentence.replace(')', ' ')} ")
        for alarm in told
    ]
    assert subjects == ["silent", "good", "poor", "flat", "restless"]
    assert [alarm.grave for alarm in told] == [True, True, True, False, False]
    assert "random weights instead of Keras' ImageNet weights" in told[1].sentence


def test_random_weights_that_the_paper_states_are_no_alarm():
    weights = made_up_paper.model(used="random").weights.model_copy(update={"declared": "random"})
    models = [made_up_paper.model().model_copy(update={"weights": weights})]
    assert alarms(made_up.results(models=models)) == []


def test_a_variant_raises_no_alarm():
    learning = [
        made_up.learning(arm, protocol, outcome=outcome)
        for arm, outcome in (("net", "learnt"), ("net-other", "one answer"))
        for protocol in ("published", "grouped")
    ]
    models = [
        made_up_paper.model(),
        made_up_paper.model("net-other", variant_of="net", used="random"),
    ]
    results = made_up.results(learning=learning, models=models)
    assert alarms(results) == []
