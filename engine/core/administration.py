"""What may be done about people, teams, roles, leaves and tokens, and what stands against it.

Pure, as the decisions about cards are: the store carries out what nothing stands against.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, assert_never

from engine.core.actors import InstallationRole, Standing, user
from engine.core.authorization import reasons_against
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import Deed
from engine.core.scopes import SCOPES, Scope
from pipes.identifiers import FieldId, Instant, PipeId, RoleName, TeamId, UserId

type WayIn = Literal["api", "page", "command"]
# What is done about an account or by it, each under the name that the audit log keeps.
type PersonAct = (
    AddPerson
    | ChangePerson
    | GiveInstallationRole
    | ResetPassword
    | RemoveSecondFactor
    | DisablePerson
    | EnablePerson
    | SetLeave
    | EndLeave
    | MakeToken
    | EndToken
)
type TeamAct = NameTeam | RemoveTeam | JoinTeam | LeaveTeam
type RoleAct = GivePipeRole | TakePipeRole
type Act = PersonAct | TeamAct | RoleAct | RequireSecondFactor

ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
# What a reason is about, as the API calls it.
_ID, _NAME = FieldId("id"), FieldId("name")
LONGEST_NAME = 200
LONGEST_ADDRESS = 254
MOST_LEAVES = 50
# How long a one-time password can be used.
ONE_TIME_LASTS = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """Who administers, and by which way; `user` is empty for a command on the machine itself.

    Whoever runs commands beside the database could change it anyway: they stand as an owner.
    """

    user: UserId
    way: WayIn
    scopes: frozenset[Scope] = frozenset(SCOPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What has to be known of an account."""

    id: UserId
    installation_role: InstallationRole
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is there already.

    Attributes:
        person: The account that the act is about.
        delegate: The account that a leave names.
        owners: How many owners can sign in.
        leaves: How many leaves the person has.
        exists: Whether the team, pipe, leave or token that the act names is there.
    """

    person: Account | None = None
    delegate: Account | None = None
    owners: int = 1
    leaves: int = 0
    exists: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPerson:
    """Give somebody an account. Without a password nobody can sign in with it."""

    person: UserId
    name: str
    email: str | None = None
    installation_role: InstallationRole = "member"
    password_hash: str | None = None
    one_time: bool = True
    kind: Literal["add_person"] = "add_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePerson:
    """Call somebody something else, or write to them elsewhere."""

    person: UserId
    name: str
    email: str | None
    kind: Literal["change_person"] = "change_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveInstallationRole:
    """Give somebody another role on the installation."""

    person: UserId
    role: InstallationRole
    kind: Literal["give_installation_role"] = "give_installation_role"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPassword:
    """Give somebody a one-time password; their sessions end."""

    person: UserId
    password_hash: str
    kind: Literal["reset_password"] = "reset_password"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveSecondFactor:
    """Take somebody's second factor away: they have lost it, or want another."""

    person: UserId
    kind: Literal["remove_second_factor"] = "remove_second_factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequireSecondFactor:
    """Have people of these roles on the installation set up a second factor, and no others."""

    roles: tuple[InstallationRole, ...]
    kind: Literal["require_second_factor"] = "require_second_factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisablePerson:
    """Let an account rest: nobody signs in with it, its sessions and tokens end."""

    person: UserId
    kind: Literal["disable_person"] = "disable_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnablePerson:
    """Let a resting account be used again."""

    person: UserId
    kind: Literal["enable_person"] = "enable_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLeave:
    """Say that somebody is away, and who decides in their name meanwhile."""

    person: UserId
    begins_at: Instant
    ends_at: Instant
    delegate: UserId | None = None
    kind: Literal["set_leave"] = "set_leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLeave:
    """Take a leave away."""

    person: UserId
    begins_at: Instant
    kind: Literal["end_leave"] = "end_leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeToken:
    """Let a program act in somebody's name."""

    person: UserId
    token: str
    name: str
    scopes: tuple[Scope, ...]
    expires_at: Instant
    token_hash: str
    kind: Literal["make_token"] = "make_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndToken:
    """End one of somebody's tokens."""

    person: UserId
    token: str
    kind: Literal["end_token"] = "end_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameTeam:
    """Make a team, or call it something else."""

    team: TeamId
    name: str
    kind: Literal["name_team"] = "name_team"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveTeam:
    """Dissolve a team; its people stay."""

    team: TeamId
    kind: Literal["remove_team"] = "remove_team"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinTeam:
    """Put somebody into a team, as its lead or not."""

    team: TeamId
    person: UserId
    lead: bool = False
    kind: Literal["join_team"] = "join_team"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveTeam:
    """Take somebody out of a team."""

    team: TeamId
    person: UserId
    kind: Literal["leave_team"] = "leave_team"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivePipeRole:
    """Give somebody a role in a pipe: one of the pipe's own, or one that its definition names."""

    pipe: PipeId
    person: UserId
    role: RoleName
    kind: Literal["give_pipe_role"] = "give_pipe_role"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePipeRole:
    """Take a role in a pipe from somebody."""

    pipe: PipeId
    person: UserId
    role: RoleName
    kind: Literal["take_pipe_role"] = "take_pipe_role"


def deeds_of(act: Act, by: UserId, person: Account | None) -> tuple[Deed, ...]:
    """Everything that one has to be allowed for the act."""
    match act:
        case GivePipeRole() | TakePipeRole():
            return ("manage_roles",)
        case NameTeam() | RemoveTeam() | JoinTeam() | LeaveTeam():
            return ("manage_teams",)
        case ChangePerson() | SetLeave() | EndLeave() | RemoveSecondFactor() if act.person == by:
            return ("keep_account",)
        case MakeToken() | EndToken() if act.person == by:
            return ("keep_tokens",)
        case AddPerson(installation_role="owner") | GiveInstallationRole(role="owner"):
            return ("manage_people", "manage_owners")
        case AddPerson() | RequireSecondFactor():
            return ("manage_people",)
        case _ if person is not None and person.installation_role == "owner":
            return ("manage_people", "manage_owners")
        case _:
            return ("manage_people",)


def reasons_against_act(
    act: Act, by: Administrator, standing: Standing | None, known: Known, now: Instant
) -> list[Reason]:
    """Everything that stands against the act; empty if it can be done.

    Args:
        act: What is wanted.
        by: Who wants it.
        standing: What they are; in the pipe, for roles in a pipe.
        known: What is there already.
        now: The time.
    """
    barred = [
        reason
        for deed in deeds_of(act, by.user, known.person)
        for reason in reasons_against(deed, user(by.user), standing, scopes=by.scopes)
    ]
    return barred or [*_missing(act, known), *_wrong(act, by, known, now)]


def changes_ways_in(act: Act, email: str | None) -> bool:
    """Whether the act is about how somebody shows who they are: it wants fresh proof of who asks.

    Args:
        act: What is wanted.
        email: The address of the person it is about, as it is now.
    """
    match act:
        case ResetPassword() | RemoveSecondFactor() | RequireSecondFactor() | MakeToken():
            return True
        case ChangePerson():
            return act.email != email
        case _:
            return False


def concerns_cards(act: Act) -> bool:
    """Whether cards that wait for people have to look again who these are."""
    match act:
        case GiveInstallationRole() | DisablePerson() | EnablePerson() | SetLeave() | EndLeave():
            return True
        case RemoveTeam() | JoinTeam() | LeaveTeam() | GivePipeRole() | TakePipeRole():
            return True
        case AddPerson(installation_role=role):
            return role in ("owner", "admin")
        case ChangePerson() | ResetPassword() | MakeToken() | EndToken() | NameTeam():
            return False
        case RemoveSecondFactor() | RequireSecondFactor():
            return False
        case _ as unknown:
            assert_never(unknown)


def _missing(act: Act, known: Known) -> Iterator[Reason]:
    """What the act takes for granted, and is not there."""
    alone = AddPerson | NameTeam | RemoveTeam | RequireSecondFactor
    if not isinstance(act, alone) and known.person is None:
        yield _unknown(f"There is nobody called “{act.person[:60]}”.")
    if known.exists:
        return
    match act:
        case RemoveTeam(team=team) | JoinTeam(team=team) | LeaveTeam(team=team):
            yield _unknown(f"There is no team “{team}”.")
        case GivePipeRole(pipe=pipe) | TakePipeRole(pipe=pipe):
            yield _unknown(f"There is no pipe “{pipe}”.")
        case EndLeave():
            yield _unknown("There is no leave that begins then.")
        case EndToken():
            yield _unknown("There is no such token.")
        case _:
            return


def _wrong(act: Act, by: Administrator, known: Known, now: Instant) -> Iterator[Reason]:
    """What is wrong with the act itself."""
    match act:
        case AddPerson(person=person, name=name, email=email):
            if known.person is not None:
                message = f"There is somebody called “{person}” already."
                yield Reason(code=ReasonCode.ID_TAKEN, message=message, field=_ID)
            yield from _against_id(person)
            yield from _against_name(name)
            yield from _against_address(email)
        case ChangePerson(name=name, email=email):
            yield from _against_name(name)
            yield from _against_address(email)
        case GiveInstallationRole(role=role) if role != "owner":
            yield from _against_losing_owner(known, FieldId("role"))
        case DisablePerson(person=person):
            if person == by.user:
                message = "Nobody disables their own account: ask another admin."
                yield Reason(code=ReasonCode.OWN_ACCOUNT, message=message)
            yield from _against_losing_owner(known)
        case SetLeave():
            yield from _against_leave(act, known, now)
        case MakeToken():
            yield from _against_token(act, by, now)
        case NameTeam(team=team, name=name):
            yield from _against_id(team)
            yield from _against_name(name)
        case GivePipeRole(role=role):
            yield from _against_id(role, FieldId("role"))
        case _:
            return


def _against_leave(act: SetLeave, known: Known, now: Instant) -> Iterator[Reason]:
    if act.ends_at <= act.begins_at:
        yield _invalid("A leave ends after it begins.", FieldId("ends_at"))
    elif act.ends_at <= now:
        yield _invalid("The leave is over already.", FieldId("ends_at"))
    if known.leaves >= MOST_LEAVES:
        yield _invalid(f"At most {MOST_LEAVES} leaves are kept of a person.")
    if act.delegate is None:
        return
    if act.delegate == act.person:
        yield _invalid("A delegate is somebody else.", FieldId("delegate"))
    elif known.delegate is None or known.delegate.disabled:
        message = f"There is nobody called “{act.delegate[:60]}” who could be delegate."
        yield Reason(code=ReasonCode.UNKNOWN_PERSON, message=message, field=FieldId("delegate"))


def _against_token(act: MakeToken, by: Administrator, now: Instant) -> Iterator[Reason]:
    yield from _against_name(act.name)
    if not act.scopes:
        yield _invalid("A token needs a scope.", FieldId("scopes"))
    if act.expires_at <= now:
        yield _invalid("A token ends after now.", FieldId("expires_at"))
    beyond = sorted(set(act.scopes) - by.scopes)
    if beyond:
        message = f"The token has no scope {', '.join(beyond)}, and cannot give it to another."
        yield Reason(code=ReasonCode.MISSING_SCOPE, message=message, field=FieldId("scopes"))


def _against_losing_owner(known: Known, field: FieldId | None = None) -> Iterator[Reason]:
    person = known.person
    if person is None or person.installation_role != "owner" or person.disabled:
        return
    if known.owners < 2:
        message = "This is the last owner: make somebody else owner first."
        yield Reason(code=ReasonCode.LAST_OWNER, message=message, field=field)


def _against_id(text: str, field: FieldId = _ID) -> Iterator[Reason]:
    if not ID.fullmatch(text):
        yield _invalid(
            f"“{text[:60]}” cannot be an id: up to 60 of a-z, 0-9, “-”, “_” and “.”, beginning with"
            " a letter or a digit.",
            field,
        )


def _against_name(name: str) -> Iterator[Reason]:
    if not name.strip():
        yield Reason(code=ReasonCode.EMPTY_TEXT, message="A name is needed.", field=_NAME)
    if len(name) > LONGEST_NAME:
        message = f"A name has at most {LONGEST_NAME} characters; this has {len(name)}."
        yield Reason(code=ReasonCode.TOO_LONG, message=message, field=_NAME)
    if not name.isprintable():
        yield _invalid("A name is one line of characters that can be printed.", _NAME)


def _against_address(address: str | None) -> Iterator[Reason]:
    if address is None:
        return
    if len(address) > LONGEST_ADDRESS or not (
        _ADDRESS.fullmatch(address) and address.isprintable()
    ):
        yield _invalid(f"“{address[:60]}” is no e-mail address.", FieldId("email"))


def _unknown(message: str) -> Reason:
    return Reason(code=ReasonCode.NOT_THERE, message=message)


def _invalid(message: str, field: FieldId | None = None) -> Reason:
    return Reason(code=ReasonCode.INVALID_VALUE, message=message, field=field)
