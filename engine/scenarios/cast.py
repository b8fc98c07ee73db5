"""The people of a scenario: a creator, an admin, and those whom teams and roles bring along.

Each team has a lead and a member, each role one person; more are there when the story names them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.core.actors import PipeRole, Standing
from engine.core.rights import addresses
from pipes.definition import Definition
from pipes.identifiers import JsonValue, RoleName, TeamId, UserId
from pipes.principals import parse_principal
from pipes.scenarios import Act, Expect, Scenario

_NUMBERED = re.compile(r"^(member|role):([^#]+)#(\d)$")
_PIPE_ROLES: Mapping[str, PipeRole] = {
    "member": "member",
    "requester": "requester",
    "viewer": "viewer",
}


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody in a scenario, by the words that address them."""

    people: Mapping[str, Standing]
    by_user: Mapping[UserId, Standing] = field(init=False, repr=False, compare=False)
    asked: dict[str, tuple[UserId, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Knows them by their ids as well."""
        known = {standing.user: standing for standing in reversed([*self.people.values()])}
        object.__setattr__(self, "by_user", known)

    def user(self, who: str) -> UserId:
        """The id of whom `creator`, `member:<team>` and the like address."""
        return self.people[who].user if who in self.people else _plain(who).user

    def standing(self, user: UserId) -> Standing:
        """What a person is. Somebody whom the story only names in a field is a member."""
        return self.by_user.get(user) or _plain(f"user:{user}")

    def members(self, principal: str) -> tuple[UserId, ...]:
        """The people of a team, its leads, or those with a role."""
        if principal not in self.asked:
            named = parse_principal(principal)
            found = {each.user for each in self.people.values() if addresses(named, each, None)}
            self.asked[principal] = tuple(sorted(found))
        return self.asked[principal]

    def next_of(self, team: TeamId) -> UserId | None:
        """Who of a team is given a card: its member, or the lead of one that has no member."""
        who = f"member:{team}"
        return self.people[who].user if who in self.people else None


def cast_of(definition: Definition, scenario: Scenario) -> Cast:
    """The people whom a scenario needs."""
    named = {"creator", "admin", *_named(scenario)}
    for team in definition.teams:
        named |= {f"lead:{team}", f"member:{team}"}
    named |= {f"role:{role}" for role in definition.roles if role != "admin"}
    return Cast({who: _person(who) for who in sorted(named)})


def _named(scenario: Scenario) -> Iterable[str]:
    for step in scenario.steps:
        match step:
            case Act(who=who, deed=deed, object=objects):
                yield who
                if deed == "assign":
                    yield from objects
            case Expect(facts=facts):
                yield from _texts(facts.get("assignees"))
            case _:
                continue


def _texts(value: JsonValue) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _person(who: str) -> Standing:
    numbered = _NUMBERED.match(who)
    kind, _, name = who.partition(":")
    if numbered is not None:
        name = numbered[2]
    user = UserId(who.replace(":", "-").replace("#", "-"))
    match kind:
        case "admin":
            return Standing(user=user, installation_role="member", pipe_role="admin")
        case "lead":
            team = frozenset([TeamId(name)])
            return Standing(
                user=user, installation_role="member", pipe_role="member", teams=team, leads=team
            )
        case "member":
            team = frozenset([TeamId(name)])
            return Standing(user=user, installation_role="member", pipe_role="member", teams=team)
        case "role":
            return _with_role(user, name)
        case _:
            return _plain(who)


def _with_role(user: UserId, name: str) -> Standing:
    if name == "admin":
        return Standing(user=user, installation_role="member", pipe_role="admin")
    return Standing(
        user=user,
        installation_role="member",
        pipe_role=_PIPE_ROLES.get(name, "member"),
        roles=frozenset([RoleName(name)]),
    )


def _plain(who: str) -> Standing:
    """A member of the pipe without a team: `creator`, or `user:<id>`."""
    user = UserId(who.removeprefix("user:"))
    return Standing(user=user, installation_role="member", pipe_role="member")
