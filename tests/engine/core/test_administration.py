"""Who may administer what, and what stands against it: role × act × scope, written out here."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.core.actors import InstallationRole, PipeRole, Standing
from engine.core.administration import (
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
    RemoveSecondFactor,
    RemoveTeam,
    RequireSecondFactor,
    ResetPassword,
    SetLeave,
    TakePipeRole,
    changes_ways_in,
    concerns_cards,
    reasons_against_act,
)
from engine.core.reasons import ReasonCode
from engine.core.scopes import SCOPES, Scope
from pipes.identifiers import PipeId, RoleName, TeamId, UserId
from tests.builders import MONDAY, a_person

TEAM, PIPE, ROLE = TeamId("design"), PipeId("features"), RoleName("director")
LATER = MONDAY + timedelta(days=5)
DAY = timedelta(days=1)


def acts_about(person: str) -> dict[str, Act]:
    """Every kind of act; those about an account are about this one."""
    who = UserId(person)
    return {
        "add": AddPerson(person=UserId("zoe"), name="Zoe"),
        "add an owner": AddPerson(person=UserId("zoe"), name="Zoe", installation_role="owner"),
        "change": ChangePerson(person=who, name="Other", email="o@example.com"),
        "give a role": GiveInstallationRole(person=who, role="author"),
        "make an owner": GiveInstallationRole(person=who, role="owner"),
        "reset the password": ResetPassword(person=who, password_hash="h"),
        "remove the second factor": RemoveSecondFactor(person=who),
        "require a second factor": RequireSecondFactor(roles=("owner", "admin")),
        "disable": DisablePerson(person=who),
        "enable": EnablePerson(person=who),
        "set a leave": SetLeave(person=who, begins_at=MONDAY, ends_at=LATER),
        "end a leave": EndLeave(person=who, begins_at=MONDAY),
        "make a token": MakeToken(
            person=who,
            token="t",
            name="CI",
            scopes=("cards:read",),
            expires_at=LATER,
            token_hash="h",
        ),
        "end a token": EndToken(person=who, token="t"),
        "name a team": NameTeam(team=TEAM, name="Design"),
        "remove a team": RemoveTeam(team=TEAM),
        "join a team": JoinTeam(team=TEAM, person=who),
        "leave a team": LeaveTeam(team=TEAM, person=who),
        "give a pipe's role": GivePipeRole(pipe=PIPE, person=who, role=ROLE),
        "take a pipe's role": TakePipeRole(pipe=PIPE, person=who, role=ROLE),
    }


ALL = set(acts_about("bo"))
OWN = {
    "change",
    "remove the second factor",
    "set a leave",
    "end a leave",
    "make a token",
    "end a token",
}
IN_A_PIPE = {"give a pipe's role", "take a pipe's role"}
OF_OWNERS = {"add an owner", "make an owner"}
# Who acts: role on the installation and in the pipe; what they may do about a colleague.
MAY: Mapping[tuple[InstallationRole, PipeRole | None], set[str]] = {
    ("owner", None): ALL,
    ("admin", None): ALL - OF_OWNERS,
    ("author", "member"): set(),
    ("member", "admin"): IN_A_PIPE,
    ("member", "member"): set(),
    ("member", "requester"): set(),
    ("member", "viewer"): set(),
    ("guest", None): set(),
}
ROLES = list(MAY)


def who_is(role: tuple[InstallationRole, PipeRole | None]) -> Standing:
    return a_person("ada", installation_role=role[0], pipe_role=role[1])


def by(standing: Standing, scopes: tuple[Scope, ...] = SCOPES) -> Administrator:
    return Administrator(user=standing.user, way="api", scopes=frozenset(scopes))


def known(person: str = "bo", role: InstallationRole = "member", **parts: object) -> Known:
    account = Account(id=UserId(person), installation_role=role)
    return Known(**{"person": account, "owners": 2, **parts})  # type: ignore[arg-type]  # a table's


def codes(act: Act, standing: Standing | None, about: Known) -> list[str]:
    who = by(standing) if standing else Administrator(user=UserId("ada"), way="api")
    return [str(each.code) for each in reasons_against_act(act, who, standing, about, MONDAY)]


def barred(act: Act, who: Administrator, standing: Standing | None, about: Known) -> bool:
    """Whether it is for what one is, and not for what one wants, that it is refused."""
    reasons = reasons_against_act(act, who, standing, about, MONDAY)
    return any(each.code in (ReasonCode.NOT_ALLOWED, ReasonCode.MISSING_SCOPE) for each in reasons)


@pytest.mark.parametrize("name", sorted(ALL))
@pytest.mark.parametrize("role", ROLES, ids=str)
def test_role_and_act(role: tuple[InstallationRole, PipeRole | None], name: str) -> None:
    standing, act = who_is(role), acts_about("bo")[name]

    assert barred(act, by(standing), standing, known()) == (name not in MAY[role])


@pytest.mark.parametrize("name", sorted(ALL))
@pytest.mark.parametrize("role", ROLES, ids=str)
def test_everybody_keeps_their_own_account_and_no_more(
    role: tuple[InstallationRole, PipeRole | None], name: str
) -> None:
    standing, act = who_is(role), acts_about("ada")[name]

    allowed = name in MAY[role] | OWN
    assert barred(act, by(standing), standing, known("ada", role[0])) == (not allowed)


@pytest.mark.parametrize("name", sorted(ALL - IN_A_PIPE))
def test_only_an_owner_does_anything_about_an_owner(name: str) -> None:
    act, owner = acts_about("ora")[name], known("ora", "owner")
    about_a_person = not isinstance(
        act, AddPerson | NameTeam | RemoveTeam | JoinTeam | LeaveTeam | RequireSecondFactor
    )

    for role in ("owner", "admin"):
        standing = who_is((role, None))
        expected = role == "admin" and (about_a_person or name in OF_OWNERS)
        assert barred(act, by(standing), standing, owner) == expected


@pytest.mark.parametrize("name", sorted(ALL))
@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_gives_no_more_than_its_scopes(name: str, scope: Scope) -> None:
    owner = who_is(("owner", None))

    def act_about(person: str) -> Act:
        act = acts_about(person)[name]
        return replace(act, scopes=(scope,)) if isinstance(act, MakeToken) else act

    about_bo = barred(act_about("bo"), by(owner, (scope,)), owner, known())
    assert about_bo == (scope != "admin")

    own = act_about("ada")
    needed = {"make a token": "cards:read", "end a token": "cards:read"}.get(name, "cards:write")
    if name in OWN:
        assert barred(own, by(owner, (scope,)), owner, known("ada", "owner")) == (scope != needed)


def test_who_has_no_account_any_more_may_nothing() -> None:
    for act in (*acts_about("bo").values(), *acts_about("ada").values()):
        assert barred(act, Administrator(user=UserId("ada"), way="page"), None, known())


def test_a_token_cannot_give_what_it_has_not() -> None:
    admin = who_is(("admin", None))
    act = MakeToken(
        person=UserId("ada"),
        token="t",
        name="More",
        scopes=("cards:read", "admin"),
        expires_at=LATER,
        token_hash="h",
    )

    reasons = reasons_against_act(
        act, by(admin, ("cards:read",)), admin, known("ada", "admin"), MONDAY
    )

    assert [each.code for each in reasons] == [ReasonCode.MISSING_SCOPE]


OWNER = who_is(("owner", None))
BO, GONE = UserId("bo"), Account(id=UserId("del"), installation_role="member", disabled=True)
LAST = known("ora", "owner", owners=1)
LEAVE = SetLeave(person=BO, begins_at=MONDAY, ends_at=LATER)
WRONG: Mapping[str, tuple[Act, Known, list[str]]] = {
    "an id that is taken": (AddPerson(person=BO, name="Bo"), known(), ["id_taken"]),
    "an id that is none": (
        AddPerson(person=UserId("Bö"), name=" ", email="nowhere"),
        Known(),
        ["invalid_value", "empty_text", "invalid_value"],
    ),
    "a person who is not there": (EnablePerson(person=BO), Known(), ["not_there"]),
    "a team that is not there": (
        JoinTeam(team=TEAM, person=BO),
        Known(exists=False),
        ["not_there", "not_there"],
    ),
    "a pipe that is not there": (
        GivePipeRole(pipe=PIPE, person=BO, role=ROLE),
        known(exists=False),
        ["not_there"],
    ),
    "a leave that is not there": (
        EndLeave(person=BO, begins_at=MONDAY),
        known(exists=False),
        ["not_there"],
    ),
    "the last owner disabled": (DisablePerson(person=UserId("ora")), LAST, ["last_owner"]),
    "the last owner made less": (
        GiveInstallationRole(person=UserId("ora"), role="admin"),
        LAST,
        ["last_owner"],
    ),
    "the last owner made owner again": (
        GiveInstallationRole(person=UserId("ora"), role="owner"),
        LAST,
        [],
    ),
    "oneself disabled": (DisablePerson(person=UserId("ada")), known("ada"), ["own_account"]),
    "a leave that ends before it begins": (
        SetLeave(person=BO, begins_at=LATER, ends_at=MONDAY),
        known(),
        ["invalid_value"],
    ),
    "a leave that is over": (
        SetLeave(person=BO, begins_at=MONDAY - 2 * DAY, ends_at=MONDAY - DAY),
        known(),
        ["invalid_value"],
    ),
    "one leave too many": (LEAVE, known(leaves=50), ["invalid_value"]),
    "oneself as delegate": (
        SetLeave(person=BO, begins_at=MONDAY, ends_at=LATER, delegate=BO),
        known(delegate=Account(id=BO, installation_role="member")),
        ["invalid_value"],
    ),
    "a delegate who is not there": (
        SetLeave(person=BO, begins_at=MONDAY, ends_at=LATER, delegate=UserId("del")),
        known(),
        ["unknown_person"],
    ),
    "a delegate who is disabled": (
        SetLeave(person=BO, begins_at=MONDAY, ends_at=LATER, delegate=GONE.id),
        known(delegate=GONE),
        ["unknown_person"],
    ),
    "a token for nothing that is over": (
        MakeToken(person=BO, token="t", name="", scopes=(), expires_at=MONDAY, token_hash="h"),
        known(),
        ["empty_text", "invalid_value", "invalid_value"],
    ),
    "a name of two lines": (NameTeam(team=TEAM, name="A\nB"), Known(), ["invalid_value"]),
    "a role that is none": (
        GivePipeRole(pipe=PIPE, person=BO, role=RoleName("Big Boss")),
        known(),
        ["invalid_value"],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_all_at_once(case: str) -> None:
    act, about, expected = WRONG[case]

    assert codes(act, OWNER, about) == expected


def test_what_changes_ways_in_wants_proof() -> None:
    """Bo writes from an address of old; the act that keeps it changes no way in."""
    acts = {
        **acts_about("bo"),
        "rename": ChangePerson(person=BO, name="B", email="old@example.com"),
    }

    assert {name for name, act in acts.items() if changes_ways_in(act, "old@example.com")} == {
        "change",
        "reset the password",
        "remove the second factor",
        "require a second factor",
        "make a token",
    }


def test_what_changes_who_people_are_concerns_cards_that_wait() -> None:
    concerned = {name for name, act in acts_about("bo").items() if concerns_cards(act)}

    assert concerned == {
        "add an owner",
        "give a role",
        "make an owner",
        "disable",
        "enable",
        "set a leave",
        "end a leave",
        "remove a team",
        "join a team",
        "leave a team",
        "give a pipe's role",
        "take a pipe's role",
    }
