"""Who reads a page: their time zone, and the names of the people on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request

from api.pages.words import Person
from engine.core.actors import Actor
from engine.store import people
from engine.store.database import AsyncConnection
from pipes.identifiers import TeamId

_UTC = ZoneInfo("UTC")


def zone_of(request: Request) -> ZoneInfo:
    """The reader's time zone, as their browser told it; UTC until then."""
    named = request.cookies.get("zone", "")
    if not named or len(named) > 60 or ".." in named or named.startswith("/"):
        return _UTC
    try:
        return ZoneInfo(named)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What people are called."""

    by_id: Mapping[str, str]

    def with_teams(self, teams: Mapping[TeamId, str]) -> "Names":
        """The same names, and those of a definition's teams."""
        return Names(by_id={**{str(team): name for team, name in teams.items()}, **self.by_id})

    def person(self, user: str) -> Person:
        """Somebody by id; the id stands for a name that is not known."""
        return Person(id=user, name=self.by_id.get(user, user))

    def actor(self, actor: Actor) -> Person:
        """Whoever did something."""
        match actor.kind:
            case "user":
                return self.person(actor.id)
            case "public":
                return Person(id="", name="Somebody without an account")
            case "automation":
                return Person(id=actor.id, name=f"Automation {actor.id}")
            case "engine":
                return Person(id="phaseline", name="Phaseline")


async def names_of(connection: AsyncConnection, users: Iterable[str]) -> Names:
    """The names of these people."""
    return Names(by_id=await people.names(connection, users))


async def everybody(connection: AsyncConnection) -> tuple[Person, ...]:
    """Everybody who can be chosen."""
    found = await people.list_users(connection)
    return tuple(
        Person(id=user.id, name=user.name)
        for user in found
        if not user.disabled and user.installation_role != "guest"
    )
