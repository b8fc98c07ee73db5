"""Who the caller is."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.administering import require
from api.problems import Problem
from api.routes.answers import problems
from api.routes.models import Body, Text
from api.services import Has
from api.signin.people import Member
from engine.locales import LANGUAGES, zone_called
from engine.store import people

router = APIRouter(tags=["me"])


class MeShown(BaseModel):
    """The caller."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "ana",
                    "name": "Ana Ribeiro",
                    "installation_role": "member",
                    "teams": ["product"],
                    "leads": ["product"],
                    "roles": {"product-lifecycle": ["admin"]},
                    "scopes": ["cards:read", "cards:write"],
                    "language": "en-IE",
                    "time_zone": "Europe/Lisbon",
                }
            ]
        }
    )
    id: str
    name: str
    installation_role: str
    teams: list[str]
    leads: list[str]
    roles: dict[str, list[str]]
    scopes: list[str]
    language: str | None
    time_zone: str | None


class LocaleChoice(Body):
    """How pages and mails are written for the caller; null leaves it to their browser."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"language": "en-US", "time_zone": "America/Chicago"}]}
    )
    language: Annotated[str, Field(json_schema_extra={"enum": list(LANGUAGES)})] | None
    time_zone: Annotated[Text, Field(max_length=60)] | None


@router.get("/me", summary="Who I am", responses=problems())
async def me(services: Has, person: Member) -> MeShown:
    """The caller with teams and roles."""
    async with services.database.reading() as connection:
        teams = await people.list_teams(connection)
        roles = await people.list_roles(connection, person.id)
    return MeShown(
        id=person.id,
        name=person.name,
        installation_role=person.user.installation_role,
        teams=[team.id for team in teams if person.id in team.members],
        leads=[team.id for team in teams if person.id in team.leads],
        roles={pipe: list(held) for pipe, held in roles.items()},
        scopes=sorted(person.scopes),
        language=person.user.language,
        time_zone=person.user.time_zone,
    )


@router.put("/me/locale", summary="Choose language and time zone", responses=problems())
async def choose_locale(body: LocaleChoice, services: Has, person: Member) -> LocaleChoice:
    """Keeps how dates, times, numbers and money are written for the caller."""
    require(person, "keep_account")
    if body.time_zone is not None and zone_called(body.time_zone) is None:
        raise Problem(422, "invalid_value", "There is no time zone of that name.")
    if body.language is not None and body.language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise Problem(422, "invalid_value", f"There is no such language; there are {known}.")
    async with services.database.writing() as connection:
        await people.set_locale(connection, person.id, language=body.language, zone=body.time_zone)
    return body
