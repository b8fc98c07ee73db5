"""Who reads a page: how they write, and the names of the people on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from fastapi import Request

from api.pages.words import Person
from api.signin.people import SignedIn
from engine.core.actors import Actor, automation_name
from engine.locales import Locale, language_asked, zone_called
from engine.store import people
from engine.store.database import AsyncConnection
from pipes.identifiers import TeamId

_UTC = ZoneInfo("UTC")
_REGIONS = frozenset(
    (
        "Africa",
        "America",
        "Antarctica",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    )
)


def locale_of(request: Request) -> Locale:
    """How the reader writes: by their choice, or as their browser told it."""
    person: SignedIn | None = getattr(request.state, "person", None)
    user = None if person is None else person.user
    return Locale(
        language=(user and user.language) or browser_language(request),
        zone=(user and zone_called(user.time_zone or "")) or browser_zone(request) or _UTC,
    )


def browser_language(request: Request) -> str:
    """The language of pages that the browser asks for, as near as there is one."""
    return language_asked(request.headers.get("accept-language", ""))


def browser_zone(request: Request) -> ZoneInfo | None:
    """The time zone that the browser has told, if it has."""
    return zone_called(request.cookies.get("zone", ""))


@cache
def zones_by_region() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The time zones that one can choose, by the part of the world that their names begin with."""
    regions: dict[str, list[str]] = {}
    for name in sorted(available_timezones()):
        region, found, _ = name.partition("/")
        if found and region in _REGIONS:
            regions.setdefault(region, []).append(name)
    return (*((region, tuple(names)) for region, names in regions.items()), ("Other", ("UTC",)))


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
                return Person(id=actor.id, name=f"Automation “{automation_name(actor.id)}”")
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
