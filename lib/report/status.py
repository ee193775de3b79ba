"""How a report names the status of a run, and in which colour."""

from lib.evidence.status import Status

STATUS_IN_WORDS: dict[Status, str] = {
    "drawn": "Demonstration on drawn images: no verdict on the paper is possible",
    "other images": "Other images than the paper's: no verdict on the paper is possible",
    "reproduced": "Reproduced",
    "not reproduced": "Not reproduced",
    "inconclusive": "Inconclusive",
}
STATUS_CLASSES: dict[Status, str] = {  # status → its class in style.css
    "drawn": "warn",
    "other images": "warn",
    "reproduced": "yes",
    "not reproduced": "no",
    "inconclusive": "open",
}
