"""What a check of a run comes to: items that are ok, differ, or cannot be told."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from lib.results import Results

State = Literal["ok", "differs", "cannot tell"]
Overall = Literal["consistent", "cannot tell", "not consistent", "unreadable"]
VERSION = "version"  # the topic of the item that a run was made by other code than what checks it
ALONE = "tables"  # the topic of the item that a page came without what its numbers follow from
DONE = "student"  # the topic of what was changed and answered, which is told and not judged
WORST: tuple[State, ...] = ("ok", "cannot tell", "differs")
SHOWN = 300  # characters of a value


class Fault(NamedTuple):
    """One thing that does not agree.

    Attributes:
        sentence: For people.
        stored: What stands there.
        recomputed: What should.
        where: The file, and the place in it.
    """

    sentence: str
    stored: str = ""
    recomputed: str = ""
    where: str = ""


@dataclass(frozen=True)
class Item:
    """One thing that was checked; the texts come from strangers in part and are not escaped.

    Attributes:
        topic: What it belongs to: "files", "record", "scores", "page", ...
        sentence: What was found, for people.
        stored: What stands there, if it differs.
        recomputed: What follows from the rest.
        where: The file, and the place in it.
    """

    topic: str
    state: State
    sentence: str
    stored: str = ""
    recomputed: str = ""
    where: str = ""


@dataclass(frozen=True)
class Verification:
    """What came of checking a submission.

    Attributes:
        items: What was checked, in that order.
        record: Its results.json, or the record in its page; None where it cannot be read.
    """

    name: str
    items: tuple[Item, ...]
    record: Results | None

    @property
    def overall(self) -> Overall:
        """Whether anything differs: consistent is not proven.

        Of a run made by other code it cannot be told what it should show, and anybody can claim other code. Of a
        page alone it cannot be told whether its numbers follow from anything.
        """
        if self.record is None:
            return "unreadable"
        if self.differing:
            return "not consistent"
        return "cannot tell" if {VERSION, ALONE} & {*self.topic_states} else "consistent"

    @property
    def differing(self) -> tuple[Item, ...]:
        """What differs."""
        return tuple(item for item in self.items if item.state == "differs")

    @property
    def untold(self) -> tuple[Item, ...]:
        """What cannot be told."""
        return tuple(item for item in self.items if item.state == "cannot tell")

    @property
    def topic_states(self) -> dict[str, State]:
        """Topic → the worst state of its items."""
        states: dict[str, State] = {}
        for item in self.items:
            states[item.topic] = max(states.get(item.topic, "ok"), item.state, key=WORST.index)
        return states


def differing(topic: str, fault: Fault) -> Item:
    """The item of a fault, its values shortened."""
    stored, recomputed = _shortened(fault.stored), _shortened(fault.recomputed)
    return Item(topic, "differs", fault.sentence, stored, recomputed, fault.where)


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} …"
