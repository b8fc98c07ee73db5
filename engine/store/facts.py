"""Answers to the core's questions that stand in the database; times are reckoned elsewhere."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.actors import Standing
from engine.core.commands import CommandKey
from engine.core.facts import (
    AbsentAmong,
    Answered,
    ChildrenOf,
    IsUnique,
    NextOf,
    PeopleIn,
    Question,
    Room,
    RoomIn,
    StandingOf,
    UploaderOf,
)
from engine.store import files
from engine.store.assigning import absent_people, next_person, reserve_person
from engine.store.reservations import count_room, reserve_place, reserve_value
from engine.store.standings import people_in, standing_of
from engine.store.tables import cards
from pipes.identifiers import Instant, JsonValue, UserId


@dataclass(slots=True)
class StoredAnswers:
    """What the database answers, by the kind of question."""

    rooms: list[Answered[RoomIn, Room]] = field(default_factory=list)
    unique: list[Answered[IsUnique, bool]] = field(default_factory=list)
    people: list[Answered[StandingOf, Standing | None]] = field(default_factory=list)
    children: list[Answered[ChildrenOf, tuple[Mapping[str, JsonValue], ...]]] = field(
        default_factory=list
    )
    members: list[Answered[PeopleIn, tuple[UserId, ...]]] = field(default_factory=list)
    next_ones: list[Answered[NextOf, UserId | None]] = field(default_factory=list)
    absent: list[Answered[AbsentAmong, tuple[UserId, ...]]] = field(default_factory=list)
    uploaders: list[Answered[UploaderOf, str | None]] = field(default_factory=list)


async def answer_reserving(
    connection: AsyncConnection,
    asked: Iterable[Question],
    *,
    pipe: str,
    card: str,
    command: CommandKey,
    now: Instant,
) -> StoredAnswers:
    """Answers for a command that is about to be decided: places and values are reserved for it.

    The connection has to be a writing transaction.
    """
    answers = StoredAnswers()
    for question in asked:
        match question:
            case RoomIn(phase=phase, limit=limit, enforce=enforce):
                room = await reserve_place(
                    connection,
                    pipe=pipe,
                    phase=phase,
                    limit=limit,
                    enforce=enforce,
                    card=card,
                    command=command,
                    now=now,
                )
                answers.rooms.append(Answered(question=question, answer=room))
            case IsUnique(field=name, value=value):
                free = await reserve_value(
                    connection,
                    pipe=pipe,
                    field=name,
                    value=value,
                    card=card,
                    command=command,
                    now=now,
                )
                answers.unique.append(Answered(question=question, answer=free))
            case NextOf(team=team, by="round_robin" | "least_loaded" as by):
                picked = await reserve_person(
                    connection, team=team, by=by, card=card, command=command, now=now
                )
                answers.next_ones.append(Answered(question=question, answer=picked))
            case UploaderOf(file=file):
                await files.note_use(connection, file.id, now)
                await _answer(connection, question, pipe, now, answers)
            case _:
                await _answer(connection, question, pipe, now, answers)
    return answers


async def answer_looking(
    connection: AsyncConnection, asked: Iterable[Question], *, pipe: str, card: str, now: Instant
) -> StoredAnswers:
    """Answers for an explanation: nothing is reserved."""
    answers = StoredAnswers()
    for question in asked:
        if isinstance(question, RoomIn):
            room = await count_room(
                connection, pipe=pipe, phase=question.phase, limit=question.limit, card=card
            )
            answers.rooms.append(Answered(question=question, answer=room))
        else:
            await _answer(connection, question, pipe, now, answers)
    return answers


def reserves(asked: Iterable[Question]) -> bool:
    """Whether one of the questions is answered by a reservation."""
    return any(
        isinstance(question, RoomIn | IsUnique | UploaderOf)
        or (isinstance(question, NextOf) and question.by != "anybody")
        for question in asked
    )


async def _answer(
    connection: AsyncConnection, question: Question, pipe: str, now: Instant, answers: StoredAnswers
) -> None:
    match question:
        case StandingOf(user=user):
            standing = await standing_of(connection, user, pipe, now)
            answers.people.append(Answered(question=question, answer=standing))
        case PeopleIn(principal=principal):
            people = await people_in(connection, principal, pipe, now)
            answers.members.append(Answered(question=question, answer=people))
        case NextOf(team=team, by=by):
            likely = await next_person(connection, team=team, by=by, now=now)
            answers.next_ones.append(Answered(question=question, answer=likely))
        case AbsentAmong(people=named, team=team):
            absent = await absent_people(connection, named, team=team, now=now)
            answers.absent.append(Answered(question=question, answer=absent))
        case ChildrenOf():
            children = await _children(connection, question)
            answers.children.append(Answered(question=question, answer=children))
        case UploaderOf(file=file):
            uploader = await files.uploader_of(connection, file)
            answers.uploaders.append(Answered(question=question, answer=uploader))
        case _:
            return


async def _children(
    connection: AsyncConnection, question: ChildrenOf
) -> tuple[Mapping[str, JsonValue], ...]:
    """The cards as they stand, without taking their snapshots apart where rules ask for less."""
    named = question.cards
    columns = [cards.c.id, cards.c.key, cards.c.pipe, cards.c.phase, cards.c.status]
    if question.fields:
        columns.append(cards.c.snapshot)
    rows = await connection.execute(
        select(*columns).where(cards.c.id.in_(named) | cards.c.key.in_(named)).order_by(cards.c.id)
    )
    return tuple(
        {
            "id": row["id"],
            "key": row["key"],
            "pipe": row["pipe"],
            "phase": row["phase"],
            "status": row["status"],
            "fields": _fields(row["snapshot"], question.fields) if question.fields else {},
        }
        for row in rows.mappings()
    )


def _fields(snapshot: str, names: tuple[str, ...]) -> dict[str, JsonValue]:
    values = json.loads(snapshot)["values"]
    return {name: values[name] for name in names if name in values}
