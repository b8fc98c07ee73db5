"""Fills an installation with the sample: people at first, then cards, through the gateway.

Nothing is written past the rules: each card is created, filled in and moved by the people who may.
"""

import asyncio
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from engine.core.actors import user
from engine.core.card import Card
from engine.core.commands import (
    AcceptHandoff,
    AddComment,
    ApproveRequest,
    AssignCard,
    Command,
    CommandKey,
    EditCard,
    MoveCard,
    Values,
    Wish,
)
from engine.gateway import Accepted, Gateway, Outcome, utc_now
from engine.store import people
from engine.store.database import Database
from engine.store.people import User
from engine.store.queries.cards import any_card
from pipes.identifiers import FieldId, JsonValue, PipeId, TransitionId, UserId

SAMPLE_PIPE = PipeId("product-lifecycle")

_HERE = Path(__file__).parent
# So that no more cards are on their way through a phase than its limit lets in.
_AT_ONCE = 2
_PHASES = ("concept", "design", "develop", "launch", "measure", "done")
_WAYS = ("to-design", "to-develop", "to-launch", "to-measure", "finish")
_TEAM_OF = {"design": "design", "develop": "engineering", "launch": "marketing"}
_APPROVERS = {
    "peers": ("ana", "bruno", "clara"),
    "directors": ("marta", "otavio"),
    "marketing": ("karen", "lucas"),
    "finance": ("marta",),
}
_CHECKS = ("tests", "review", "security", "accessibility", "monitoring", "rollback")

# The sample's own files, read as they are.
type Part = Mapping[str, Any]


class SampleRefused(Exception):
    """A part of the sample was turned away; the message says which and why."""


async def has_cards(database: Database) -> bool:
    """Whether there is any card at all."""
    async with database.reading() as connection:
        return await any_card(connection)


async def seed(database: Database, gateway: Gateway) -> int:
    """Adds the sample's people, as far as they are not there, and its cards; how many cards.

    Raises:
        SampleRefused: The rules turned something away: the pipe was changed, perhaps.
    """
    await _add_people(database)
    features: list[Part] = _read("features.json")
    # Those that have come furthest first: what is done later must not stand in their way.
    ordered = sorted(enumerate(features), key=lambda each: -_how_far(each[1]))
    turns = asyncio.Semaphore(_AT_ONCE)

    async def lead(number: int, feature: Part) -> None:
        async with turns:
            await _Journey(gateway, feature, number).lead()

    async with asyncio.TaskGroup() as group:
        for number, feature in ordered:
            group.create_task(lead(number, feature))
    return len(features)


def _how_far(feature: Part) -> int:
    phase = feature["phase"]
    return _PHASES.index(phase) if phase in _PHASES else 0


@cache
def _read(name: str) -> Any:  # noqa: ANN401 -- a file of the sample
    return json.loads((_HERE / name).read_text(encoding="utf-8"))


async def _add_people(database: Database) -> None:
    sample = _read("people.json")
    async with database.writing() as connection:
        known = {each.id for each in await people.list_users(connection)}
        for person in sample["people"]:
            if person["id"] in known:
                continue
            await people.add_user(
                connection,
                User(
                    id=person["id"],
                    name=person["name"],
                    email=f"{person['id']}@example.com",
                    password_hash=None,
                    must_change_password=False,
                    installation_role="member",
                    disabled=False,
                    created_at=utc_now(),
                ),
            )
            for role in person.get("roles", ()):
                await people.give_role(connection, SAMPLE_PIPE, person["id"], role)
        teams = {team.id for team in await people.list_teams(connection)}
        for team in sample["teams"]:
            if team["id"] not in teams:
                await people.add_team(connection, team["id"], team["name"])
            for member in team["members"]:
                await people.set_member(connection, team["id"], member, lead=member == team["lead"])


class _Journey:
    """One feature's way through the pipe."""

    def __init__(self, gateway: Gateway, feature: Part, number: int) -> None:
        self._gateway = gateway
        self._feature = feature
        self._number = number
        self._card = ""

    async def lead(self) -> None:
        """Creates the card and takes it to its phase."""
        feature, by = self._feature, self._feature["by"]
        outcome = await self._gateway.create(
            SAMPLE_PIPE, key=_key(), actor=user(UserId(by)), values=_values(_start(feature))
        )
        self._card = self._accepted(outcome, "create").card.identity.id
        await self._do(by, AssignCard(assignees=(UserId(by),)))
        labels = tuple(feature.get("labels", ()))
        priority = feature.get("priority")
        if labels or priority:
            await self._do(by, EditCard(labels=labels or None, priority=priority))
        await self._concept()
        if feature["phase"] == "rejected":
            comment = _read("phases.json")["reject_comment"]
            await self._do("marta", MoveCard(transition=TransitionId("reject"), comment=comment))
            return
        for phase, way in self._ahead():
            sender = self._worker(phase)
            asked = await self._do(sender, MoveCard(transition=TransitionId(way)))
            moved = await self._approve(asked.card, sender)
            following = _PHASES[_PHASES.index(phase) + 1]
            await self._arrive(following, waits=moved.handoff is not None)
        if self._asks_next:
            sender = self._worker("concept")
            await self._do(sender, MoveCard(transition=TransitionId(_WAYS[0])))

    @property
    def _asks_next(self) -> bool:
        """Whether the card is one for which approval has been asked, and nobody has decided."""
        return self._feature["phase"] == "concept" and self._number % 3 == 2

    async def _approve(self, card: Card, sender: str) -> Card:
        """Everybody who is asked says yes, round by round."""
        while (stage := _open_stage(card)) is not None:
            for person in _APPROVERS[stage]:
                if _open_stage(card) == stage and person not in (sender, self._feature["by"]):
                    comment = _of("approvals", self._number + len(person))
                    told = await self._do(person, ApproveRequest(comment=comment))
                    card = told.card
        return card

    def _ahead(self) -> Iterator[tuple[str, str]]:
        last = _PHASES.index(self._feature["phase"])
        return zip(_PHASES[:last], _WAYS[:last], strict=True)

    async def _concept(self) -> None:
        """Cards that stay in concept are filled in as far as they have come: the third one not."""
        feature = self._feature
        if feature["phase"] == "concept" and self._number % 3 == 0:
            await self._comment("concept")
            return
        values = _concept(feature, self._number)
        if feature["phase"] == "concept" and self._number % 3 == 1:
            values.pop("research")
        await self._do(feature["by"], EditCard(values=_values(values)))
        await self._comment("concept")

    async def _arrive(self, phase: str, *, waits: bool) -> None:
        if phase == "done":
            return
        worker = self._worker(phase)
        is_there = phase == self._feature["phase"]
        if waits and is_there and self._number % 5 == 0:
            return  # Nobody has accepted it yet.
        if waits:
            checked = tuple(_read("phases.json")["checklists"][phase])
            await self._do(worker, AcceptHandoff(checked=checked))
        if not waits:
            await self._do(worker, AssignCard(assignees=(UserId(worker),)))
        values = _PHASE_VALUES[phase](self._number)
        if is_there and self._number % 2:
            # Not everything is known of a card that still stands here.
            values = dict(list(values.items())[:2])
        await self._do(worker, EditCard(values=_values(values)))
        if self._number % 3 == len(phase) % 3:
            await self._comment(phase)

    def _worker(self, phase: str) -> str:
        team = _TEAM_OF.get(phase)
        if team is None:
            return str(self._feature["by"])
        members = next(
            each["members"] for each in _read("people.json")["teams"] if each["id"] == team
        )
        return str(members[self._number % len(members)])

    async def _comment(self, phase: str) -> None:
        texts = _read("phases.json")["comments"].get(phase, ())
        if texts and self._number % 2 == 0:
            text = texts[self._number % len(texts)]
            await self._do(self._worker(phase), AddComment(text=text))

    async def _do(self, who: str, wish: Wish) -> Accepted:
        command = Command(key=_key(), actor=user(UserId(who)), wish=wish)
        return self._accepted(await self._gateway.send(self._card, command), wish.kind)

    def _accepted(self, outcome: Outcome, what: str) -> Accepted:
        if isinstance(outcome, Accepted):
            return outcome
        reasons = " ".join(reason.message for reason in outcome.reasons)
        raise SampleRefused(f"“{self._feature['name']}”, {what}: {reasons}")


def _open_stage(card: Card) -> str | None:
    return None if card.pending is None else card.pending.stage


def _key() -> CommandKey:
    return CommandKey(f"sample:{uuid.uuid4()}")


def _values(values: Mapping[str, JsonValue]) -> Values:
    return {FieldId(name): value for name, value in values.items()}


def _start(feature: Part) -> dict[str, JsonValue]:
    return {
        "name": feature["name"],
        "problem": feature["problem"],
        "target_market": feature["market"],
        "personas": feature["personas"],
    }


def _of(name: str, number: int) -> Any:  # noqa: ANN401 -- a part of the sample
    variants: Sequence[Any] = _read("phases.json")[name]
    return variants[number % len(variants)]


def _concept(feature: Part, number: int) -> dict[str, JsonValue]:
    research = _of("research", number)
    return {
        "customer_value": feature["value"],
        "expected_revenue": {"amount": feature["revenue"], "currency": "BRL"},
        "expected_margin": feature["margin"],
        "research": [
            {"kind": kind, "source": research[told][0], "finding": research[told][1]}
            for kind, told in (("quantitative", "numbers"), ("qualitative", "words"))
        ],
        "success_metrics": [
            {"metric": name, "baseline": baseline, "target": target}
            for name, baseline, target in _of("metrics", number)
        ],
        "reach": feature["reach"],
        "impact": feature["impact"],
        "confidence": feature["confidence"],
        "effort": feature["effort"],
        "target_quarter": feature["quarter"],
    }


def _design(number: int) -> dict[str, JsonValue]:
    return dict(_of("design", number))


def _develop(number: int) -> dict[str, JsonValue]:
    told = dict(_of("develop", number))
    criteria = told.pop("criteria")
    begin = utc_now().date() - timedelta(days=10 + number % 20)
    return {
        **told,
        "acceptance_criteria": [{"criterion": text, "met": True} for text in criteria],
        "dev_start": begin.isoformat(),
        "dev_end": (begin + timedelta(weeks=4)).isoformat(),
        "quality_checks": list(_CHECKS),
    }


def _launch(number: int) -> dict[str, JsonValue]:
    told = dict(_of("launch", number))
    if "price" in told:
        told["price"] = {"amount": told["price"], "currency": "BRL"}
    launch = utc_now().date() + timedelta(days=5 + number % 15)
    return {
        **told,
        "launch_date": launch.isoformat(),
        "sales_enabled": True,
        "success_enabled": True,
    }


def _measure(number: int) -> dict[str, JsonValue]:
    told = _of("measure", number)
    first, later = (
        [{"metric": name, "target": target, "value": value}]
        for name, target, value in told["readings"]
    )
    return {
        "readings_30": first,
        "readings_90": later,
        "decision": told["decision"],
        "lessons": told["lessons"],
    }


_PHASE_VALUES = {
    "design": _design,
    "develop": _develop,
    "launch": _launch,
    "measure": _measure,
}
