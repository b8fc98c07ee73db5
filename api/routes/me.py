"""Who the caller is."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.routes.answers import problems
from api.services import Has
from api.signin.people import Member
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
    )
