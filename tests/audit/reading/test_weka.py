"""Weka's output: pasted from Weka 3.9.7, naive Bayes on Fisher's irises, by this project."""

import pytest

from lib.audit.reading import Unreadable, read

OUTPUT = """
=== Error on training data ===

Correctly Classified Instances         145               96.6667 %
Total Number of Instances              150     

=== Stratified cross-validation ===

Correctly Classified Instances         144               96      %
Incorrectly Classified Instances         6                4      %
Kappa statistic                          0.94  
Mean absolute error                      0.0342
Root mean squared error                  0.155 
Relative absolute error                  7.6997 %
Root relative squared error             32.8794 %
Total Number of Instances              150     


=== Detailed Accuracy By Class ===

                 TP Rate  FP Rate  Precision  Recall   F-Measure  MCC      ROC Area  PRC Area  Class
                 1.000    0.000    1.000      1.000    1.000      1.000    1.000     1.000     Iris-setosa
                 0.960    0.040    0.923      0.960    0.941      0.911    0.992     0.983     Iris-versicolor
                 0.920    0.020    ?          0.920    0.939      0.910    0.992     0.986     Iris-virginica
Weighted Avg.    0.960    0.020    0.960      0.960    0.960      0.940    0.994     0.989     


=== Confusion Matrix ===

  a  b  c   <-- classified as
 50  0  0 |  a = Iris-setosa
  0 48  2 |  b = Iris-versicolor
  0  4 46 |  c = Iris-virginica
"""  # noqa: W291


def test_the_last_evaluation_is_read_as_one():
    reading = read(OUTPUT)
    numbers = [(entry.metric, entry.of, entry.number.digits) for entry in reading.entries]
    assert reading.source == "Weka's output"
    assert reading.classes == ("Iris-setosa", "Iris-versicolor", "Iris-virginica")
    assert numbers[:4] == [
        ("correct", "", "144"),
        ("accuracy", "", "96"),
        ("kappa", "", "0.94"),
        ("support", "", "150"),
    ]
    assert ("precision", "Iris-versicolor", "0.923") in numbers
    assert not [number for number in numbers if number[:2] == ("precision", "Iris-virginica")]
    assert ("f1", "weighted avg", "0.960") in numbers
    assert ("cell", "Iris-virginica → Iris-versicolor", "4") in numbers
    assert [note for note in reading.notes if "2 evaluations" in note]


def test_weighted_instances_are_refused():
    with pytest.raises(Unreadable, match=r"line 9: a number .* whole number; received “144\.5”"):
        read(OUTPUT.replace("         144  ", "         144.5"))
