"""Administering people, teams, roles, leaves and tokens: judged by the core, done, and noted.

Every way in comes through here, so that nothing is done that the audit log does not know of.
"""

from dataclasses import fields
from datetime import UTC, datetime
from typing import assert_never

from engine.core.actors import Standing
from engine.core.administration import (
    ONE_TIME_LASTS,
    Account,
    Act,
    AddPerson,
    Administrator,
    ChangePerson,
    DisablePerson,
    EnablePerson,
    EndLeave,
    EndToken,
    GiveInstallationRole,
    GivePipeRole,
    JoinTeam,
    Known,
    LeaveTeam,
    MakeToken,
    NameTeam,
    PersonAct,
    RemoveSecondFactor,
    RemoveTeam,
    RequireSecondFactor,
    ResetPassword,
    SetLeave,
    TakePipeRole,
    concerns_cards,
    reasons_against_act,
)
from engine.core.reasons import Reason
from engine.store import audit, leaves, people, registry, second_factors, sessions
from engine.store.audit import Entry
from engine.store.database import AsyncConnection
from engine.store.leaves import Leave
from engine.store.people import Token, User
from engine.store.people_changes import PeopleChange, have_cards_look
from engine.store.standings import standing_of
from pipes.identifiers import Instant, JsonValue, UserId

# Nobody reads what they stand for, but they need not lie about in a log either.
_SECRETS = ("password_hash", "token_hash")
_OPERATOR = Standing(user=UserId(""), installation_role="owner")


class ActRefused(Exception):
    """Something stands against what was wanted; nothing of it was done."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__(" ".join(reason.message for reason in reasons))
        self.reasons = reasons


async def administer(
    connection: AsyncConnection, *acts: Act, by: Administrator, at: Instant
) -> None:
    """Does all of it, in order.

    Args:
        connection: A writing transaction, which is given up if anything is refused.
        acts: What is wanted.
        by: Who wants it.
        at: The time.

    Raises:
        ActRefused: With every reason against any of it.
    """
    reasons: list[Reason] = []
    for act in acts:
        against = await _reasons_against(connection, act, by, at)
        reasons += against
        if not against:
            await _carry_out(connection, act, by, at)
            await _note(connection, act, by, at)
    if reasons:
        raise ActRefused(tuple(dict.fromkeys(reasons)))


async def _reasons_against(
    connection: AsyncConnection, act: Act, by: Administrator, at: Instant
) -> list[Reason]:
    standing = await _standing(connection, act, by, at)
    return reasons_against_act(act, by, standing, await _known(connection, act), at)


async def _note(connection: AsyncConnection, act: Act, by: Administrator, at: Instant) -> None:
    entry = Entry(
        at=at, by=by.user, way=by.way, kind=act.kind, subject=_subject(act), body=_body(act)
    )
    change = await audit.note(connection, entry)
    if concerns_cards(act):
        await have_cards_look(connection, _changed(act), occasion=f"people/{change}", at=at)


def _changed(act: Act) -> PeopleChange:
    """Whom the act changes, of those whom cards may wait for."""
    match act:
        case GivePipeRole(pipe=pipe) | TakePipeRole(pipe=pipe):
            return PeopleChange(pipe=pipe)
        case JoinTeam(team=team) | LeaveTeam(team=team) | RemoveTeam(team=team):
            return PeopleChange(team=team)
        case NameTeam() | RequireSecondFactor():
            return PeopleChange()
        case _:
            return PeopleChange(person=act.person)


async def _standing(
    connection: AsyncConnection, act: Act, by: Administrator, at: Instant
) -> Standing | None:
    if by.way == "command":
        return _OPERATOR
    pipe = act.pipe if isinstance(act, GivePipeRole | TakePipeRole) else ""
    return await standing_of(connection, by.user, pipe, at)


async def _known(connection: AsyncConnection, act: Act) -> Known:
    person = _person(act)
    delegate = act.delegate if isinstance(act, SetLeave) else None
    held = await leaves.list_leaves(connection, person) if isinstance(act, SetLeave) else ()
    return Known(
        person=await _account(connection, person),
        delegate=await _account(connection, delegate),
        owners=await people.count_owners(connection),
        leaves=len(held),
        exists=await _exists(connection, act),
    )


def _person(act: Act) -> UserId | None:
    return None if isinstance(act, NameTeam | RemoveTeam | RequireSecondFactor) else act.person


async def _account(connection: AsyncConnection, person: UserId | None) -> Account | None:
    found = None if person is None else await people.read_user(connection, person)
    if found is None:
        return None
    return Account(
        id=UserId(found.id), installation_role=found.installation_role, disabled=found.disabled
    )


async def _exists(connection: AsyncConnection, act: Act) -> bool:
    match act:
        case RemoveTeam(team=team) | JoinTeam(team=team) | LeaveTeam(team=team):
            return await people.has_team(connection, team)
        case GivePipeRole(pipe=pipe) | TakePipeRole(pipe=pipe):
            return await registry.current_version(connection, pipe) is not None
        case EndLeave(person=person, begins_at=begins_at):
            held = await leaves.list_leaves(connection, person)
            return any(leave.begins_at == begins_at for leave in held)
        case EndToken(person=person, token=token):
            tokens = await people.list_tokens(connection, person)
            return any(each.id == token for each in tokens)
        case _:
            return True


async def _carry_out(connection: AsyncConnection, act: Act, by: Administrator, at: Instant) -> None:
    match act:
        case NameTeam(team=team, name=name):
            await people.add_team(connection, team, name)
        case RemoveTeam(team=team):
            await people.remove_team(connection, team)
        case JoinTeam(team=team, person=person, lead=lead):
            await people.set_member(connection, team, person, lead=lead)
        case LeaveTeam(team=team, person=person):
            await people.remove_member(connection, team, person)
        case GivePipeRole(pipe=pipe, person=person, role=role):
            await people.give_role(connection, pipe, person, role)
        case TakePipeRole(pipe=pipe, person=person, role=role):
            await people.take_role(connection, pipe, person, role)
        case RequireSecondFactor(roles=roles):
            await second_factors.require_of(connection, roles)
        case _:
            await _change_account(connection, act, by, at)


async def _change_account(
    connection: AsyncConnection, act: PersonAct, by: Administrator, at: Instant
) -> None:
    match act:
        case AddPerson():
            await people.add_user(connection, _new_user(act, at))
        case ChangePerson(person=person, name=name, email=email):
            await people.change_user(connection, person, name=name, email=email)
        case GiveInstallationRole(person=person, role=role):
            await people.set_installation_role(connection, person, role)
        case ResetPassword(person=person, password_hash=digest):
            until = at + ONE_TIME_LASTS
            await people.set_password(connection, person, digest, ends_at=until)
        case RemoveSecondFactor(person=person):
            await second_factors.remove(connection, person)
            if person != by.user:
                await sessions.end_others(connection, person, None)
        case DisablePerson(person=person):
            await people.set_disabled(connection, person, disabled=True)
        case EnablePerson(person=person):
            await people.set_disabled(connection, person, disabled=False)
        case SetLeave():
            await leaves.set_leave(
                connection,
                Leave(
                    user=act.person,
                    begins_at=act.begins_at,
                    ends_at=act.ends_at,
                    delegate=act.delegate,
                ),
            )
        case EndLeave(person=person, begins_at=begins_at):
            await leaves.end_leave(connection, person, begins_at)
        case MakeToken():
            await people.add_token(connection, _new_token(act, by, at))
        case EndToken(token=token):
            await people.remove_token(connection, token)
        case _ as unknown:
            assert_never(unknown)


def _new_user(act: AddPerson, at: Instant) -> User:
    return User(
        id=act.person,
        name=act.name,
        email=act.email,
        password_hash=act.password_hash,
        must_change_password=act.one_time,
        installation_role=act.installation_role,
        disabled=False,
        created_at=at,
        password_ends_at=at + ONE_TIME_LASTS if act.one_time else None,
    )


def _new_token(act: MakeToken, by: Administrator, at: Instant) -> Token:
    return Token(
        id=act.token,
        hash=act.token_hash,
        name=act.name,
        user=act.person,
        scopes=" ".join(act.scopes),
        created_at=at,
        expires_at=act.expires_at,
        made_by=None if by.user == act.person else by.user,
    )


def _subject(act: Act) -> str:
    match act:
        case NameTeam(team=team) | RemoveTeam(team=team):
            return f"team:{team}"
        case RequireSecondFactor():
            return "installation"
        case _:
            return act.person


def _body(act: Act) -> dict[str, JsonValue]:
    told = {field.name: getattr(act, field.name) for field in fields(act)}
    return {
        name: _as_json(value)
        for name, value in told.items()
        if name not in ("kind", *_SECRETS) and value is not None
    }


def _as_json(value: object) -> JsonValue:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case tuple():
            return [_as_json(each) for each in value]
        case bool() | str():
            return value
        case _ as unknown:
            raise TypeError(f"An act holds {unknown!r}.")
