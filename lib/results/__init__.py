"""The schema of results.json (pydantic): one run, whole enough to check every number of its report.

`python -m lib schema` prints it as JSON Schema.
"""

from typing import Any, Literal

from pydantic import Field

from lib.results.evidence import (
    Choice,
    Comparison,
    Control,
    Gap,
    Leak,
    Probe,
    Subgroup,
)
from lib.results.images import (
    Colour,
    Data,
    FoldCounts,
    Grouping,
    NearDuplicate,
    NearDuplicates,
    Rejected,
    fold_name,
)
from lib.results.models import WEIGHTS, Cost, LayerRow, Model, Weights
from lib.results.record import Kind, Record, Verdict
from lib.results.scores import ClaimResult, Confusion, Difference, Score

__all__ = [
    "SCHEMA_VERSION",
    "WEIGHTS",
    "Choice",
    "ClaimResult",
    "Colour",
    "Comparison",
    "Confusion",
    "Control",
    "Cost",
    "Data",
    "Difference",
    "FoldCounts",
    "Gap",
    "Grouping",
    "Kind",
    "LayerRow",
    "Leak",
    "Model",
    "NearDuplicate",
    "NearDuplicates",
    "Probe",
    "Provenance",
    "Record",
    "Rejected",
    "Results",
    "Score",
    "Subgroup",
    "Verdict",
    "Weights",
    "fold_name",
]

SCHEMA_VERSION = 5


class Provenance(Record):
    run_key: str = Field(description='hash of key_parts; "" for an interactive run')
    key_parts: dict[str, str]
    versions: dict[str, str]
    backend: str
    device: str
    platform: str
    started: str = Field(description="UTC, ISO 8601")
    seconds: float = Field(description="wall time of the notebook up to its last cell")


class Results(Record):
    schema_version: Literal[5] = SCHEMA_VERSION
    slug: str
    title: str
    classes: list[str]
    profile: str
    settings: dict[str, Any]
    changed: list[str] = Field(description="settings that are not the paper's declaration")
    data: Data
    near_duplicates: NearDuplicates
    grouping: Grouping
    models: list[Model]
    costs: list[Cost]
    folds: list[FoldCounts]
    scores: list[Score]
    differences: list[Difference] = Field(description="of every variant from its arm")
    confusions: list[Confusion] = Field(
        description="of the first seed of each arm, protocol and part"
    )
    gaps: list[Gap] = Field(description="between the protocols; empty unless both were run")
    leaks: list[Leak]
    probes: list[Probe]
    comparisons: list[Comparison] = Field(description="of arms with each other and with probes")
    controls: list[Control]
    choices: list[Choice]
    subgroups: list[Subgroup]
    claims: list[ClaimResult]
    verdict_rule: str
    files: dict[str, str] = Field(description="SHA-256 of the CSV files by name")
    provenance: Provenance
