"""What all records of results.json have in common."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["exact", "substitute", "phantom"]
Verdict = Literal["reproduced", "not reproduced", "inconclusive", "not comparable"]


class Record(BaseModel):
    """Base: unknown fields are errors, values never change after the run."""

    model_config = ConfigDict(extra="forbid", frozen=True)
