"""What R's caret prints, in its layout; the numbers are worked out by hand."""

from lib.audit.reading import read

TWO = """Confusion Matrix and Statistics

          Reference
Prediction  a  b
         a 50  3
         b  2 45
                                          
               Accuracy : 0.95            
                 95% CI : (0.8872, 0.9836)
    No Information Rate : 0.52            
    P-Value [Acc > NIR] : <2e-16          
                                          
                  Kappa : 0.8998          
                                          
            Sensitivity : 0.9615          
            Specificity : 0.9375          
         Pos Pred Value : 0.9434          
         Neg Pred Value : NaN             
                                          
       'Positive' Class : a               
"""  # noqa: W291, W293
THREE = """          Reference
Prediction  a  b  c
         a 50  0  0
         b  0 48  4
         c  0  2 46

Overall Statistics

               Accuracy : 0.96

Statistics by Class:

                     Class: a Class: b Class: c
Sensitivity            1.0000   0.9600   0.9200
Specificity            1.0000   0.9600   0.9800
Balanced Accuracy      1.0000   0.9600   0.9500
"""


def numbers(text):
    return [(entry.metric, entry.of, entry.number.digits) for entry in read(text).entries]


def test_rows_are_predictions_and_the_statistics_are_of_the_positive_class():
    assert numbers(TWO) == [
        ("cell", "a → a", "50"),
        ("cell", "b → a", "3"),
        ("cell", "a → b", "2"),
        ("cell", "b → b", "45"),
        ("accuracy", "", "0.95"),
        ("kappa", "", "0.8998"),
        ("recall", "a", "0.9615"),
        ("specificity", "a", "0.9375"),
        ("precision", "a", "0.9434"),
    ]


def test_statistics_by_class_have_a_column_each():
    found = numbers(THREE)
    assert ("cell", "c → b", "4") in found
    assert ("recall", "c", "0.9200") in found
    assert ("specificity", "b", "0.9600") in found
    assert "balanced accuracy" not in {metric for metric, _, _ in found}
