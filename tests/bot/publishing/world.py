"""A platform of a few lines for the property test: it answers as it is told to, keeps what it took, and notes whatever
was sent that must not be sent."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from channels.base import AccountRef, Can, Channel, Content, Limits, Notes, Outgoing, SaveNotes, Sent, TextLimit
from channels.errors import AuthLost, Rejected, Throttled, Told
from channels.http import unclear, unreachable

SETTLE_S = 60.0
TOLD = Told(vi="Nền tảng giả lập từ chối: hãy làm gì đó.", en="The pretended platform refuses: do something.")


class Answer(StrEnum):
    """What becomes of a call that publishes."""

    TAKEN = "taken"
    WORKED_ON = "taken, still worked on"
    TAKEN_UNTOLD = "taken, the answer is lost"
    LOST = "not taken, the answer is lost"
    LATE = "taken, the answer is lost, listed late"
    UNREACHABLE = "not taken: unreachable"
    THROTTLED = "not taken: too fast"
    REFUSED = "not taken: refused"
    ACCOUNT_LOST = "not taken: the token is dead"


TOOK = frozenset({Answer.TAKEN, Answer.WORKED_ON, Answer.TAKEN_UNTOLD, Answer.LATE})


@dataclass
class World:
    """The platform, and the moment at which the process that speaks to it dies."""

    now: Callable[[], datetime]
    may_go: Callable[[str], str] = lambda text: ""
    answers: list[Answer] = field(default_factory=list)
    posts: list[tuple[str, str]] = field(default_factory=list)
    listed_from: dict[str, datetime] = field(default_factory=dict)
    done_from: dict[str, datetime] = field(default_factory=dict)
    dead_accounts: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    steps_left: int | None = None

    def step(self) -> None:
        """One step of the process; it dies at the last, and nothing of it happens afterwards."""
        if self.steps_left is None:
            return
        if self.steps_left <= 0:
            raise asyncio.CancelledError
        self.steps_left -= 1

    @property
    def dead(self) -> bool:
        """True once the last step was made."""
        return self.steps_left is not None and self.steps_left <= 0

    def seen(self, kind: str, text: str) -> int:
        """How often a text stands there."""
        return Counter(self.posts)[kind, text]

    def take(self, kind: str, text: str) -> Answer:
        """A text is sent: note whether it may be, and do what is told."""
        if why := self.may_go(text):
            self.violations.append(f"{text}: {why}")
        answer = Answer.ACCOUNT_LOST if kind in self.dead_accounts else Answer.TAKEN
        if self.answers and answer is Answer.TAKEN:
            answer = self.answers.pop(0)
        if answer is Answer.ACCOUNT_LOST:
            self.dead_accounts.add(kind)
        if answer in TOOK:
            self.posts.append((kind, text))
            late = timedelta(seconds=SETTLE_S if answer is Answer.LATE else 0)
            self.listed_from[text] = self.now() + late
            self.done_from[text] = self.now() + timedelta(seconds=10 if answer is Answer.WORKED_ON else 0)
        return answer


WORLD: list[World] = []
"""The world of the example that runs; channels are opened by the product, which knows nothing of it."""


class ProofChannel(Channel):
    """Text only, read back after its settle time."""

    kind: ClassVar[str] = "proof"
    label: ClassVar[str] = "Proof"
    limits: ClassVar[Limits] = Limits(text=TextLimit(500), settle_s=SETTLE_S, call_timeout_s=30)
    can: ClassVar[frozenset[Can]] = frozenset({Can.TEXT, Can.FIND_SENT})

    @property
    def world(self) -> World:
        """Where it posts."""
        return WORLD[-1]

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """The text as it is."""
        return Outgoing(channel=cls.kind, form="text", payload={"text": content.text})

    def prepares(self, out: Outgoing) -> bool:
        """Keep a note, as an upload would, of every third text."""
        return sum(str(out.payload["text"]).encode()) % 3 == 0

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Keep a note, as an upload would."""
        self.world.step()
        kept = {**notes, "uploaded": "yes"}
        await save_notes(kept)
        return kept

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """Post the text."""
        self.world.step()
        text: Any = out.payload["text"]
        answer = self.world.take(self.kind, text)
        self.world.step()
        if answer is Answer.UNREACHABLE:
            raise unreachable("told to be")
        if answer is Answer.THROTTLED:
            raise Throttled("told to be", told=TOLD, code="429", retry_after_s=90)
        if answer is Answer.REFUSED:
            raise Rejected("told to be", told=TOLD, code="no")
        if answer is Answer.ACCOUNT_LOST:
            raise AuthLost("told to be", told=TOLD, code="190")
        if answer in (Answer.TAKEN_UNTOLD, Answer.LOST, Answer.LATE):
            raise unclear("told to be")
        return Sent(remote_id=f"id {text}", processing=answer is Answer.WORKED_ON)

    async def poll(self, out: Outgoing, sent: Sent, notes: Notes) -> Sent:
        """Done when its time has come."""
        self.world.step()
        text: Any = out.payload["text"]
        return Sent(sent.remote_id, processing=self.world.now() < self.world.done_from[text])

    async def find_sent(
        self, out: Outgoing, notes: Notes, since: datetime, besides: Collection[str] = ()
    ) -> Sent | None:
        """Look for the text among what is listed by now."""
        self.world.step()
        if self.kind in self.world.dead_accounts:
            raise AuthLost("dead", told=TOLD, code="190")
        text: Any = out.payload["text"]
        listed = self.world.seen(self.kind, text) and self.world.listed_from[text] <= self.world.now()
        return Sent(f"id {text}", processing=True) if listed else None


class BlindChannel(ProofChannel):
    """The same, but it cannot be read back; two sends are a second apart."""

    kind = "blind"
    label = "Blind"
    limits = Limits(text=TextLimit(500), settle_s=0, call_timeout_s=30, spacing_s=1)
    can = frozenset({Can.TEXT})


CHANNEL_KINDS = (ProofChannel, BlindChannel)
