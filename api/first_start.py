"""What a data folder gets before anything runs: up-to-date tables, an owner, the shipped pipes."""

from dataclasses import dataclass
from pathlib import Path
from typing import override

from api.signin.passwords import hash_password, one_time_password
from engine.core.administration import ONE_TIME_LASTS
from engine.gateway import utc_now
from engine.publishing import Refusal, publish
from engine.runtime.settings import Settings
from engine.store import people, registry
from engine.store.database import Database
from engine.store.people import User

SHIPPED = Path(__file__).parents[1] / "pipe_definitions"
OWNER = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStart:
    """Who may sign in on a new installation, once, with this password."""

    user: str
    password: str

    @override
    def __str__(self) -> str:
        """As it is told, once."""
        return (
            f"Sign in as {self.user} with the one-time password {self.password} (shown only now,"
            f" good for {ONE_TIME_LASTS.days} days)."
        )


async def prepare(settings: Settings) -> FirstStart | None:
    """Prepares the database; how to sign in, if nobody could before."""
    if settings.database_url is None:
        settings.data.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    try:
        await database.migrate()
        await _publish_shipped(database)
        return await _owner(database)
    finally:
        await database.close()


async def _owner(database: Database) -> FirstStart | None:
    async with database.writing() as connection:
        if await people.count_users(connection):
            return None
        password, moment = one_time_password(), utc_now()
        await people.add_user(
            connection,
            User(
                id=OWNER,
                name="Owner",
                email=None,
                password_hash=hash_password(password),
                must_change_password=True,
                installation_role="owner",
                disabled=False,
                created_at=moment,
                password_ends_at=moment + ONE_TIME_LASTS,
            ),
        )
    return FirstStart(user=OWNER, password=password)


async def _publish_shipped(database: Database) -> None:
    """Publishes the pipes that ship, where there are none of that name; admins may change them."""
    async with database.reading() as connection:
        known = {pipe.id for pipe in await registry.list_pipes(connection, utc_now())}
    for path in sorted(SHIPPED.glob("*.json")):
        if path.stem in known:
            continue
        outcome = await publish(database, path.read_bytes(), by=OWNER, at=utc_now())
        if isinstance(outcome, Refusal):
            raise ValueError(  # noqa: TRY004 -- the definition is wrong, not its type
                f"{path.name} cannot be published: {outcome.findings}"
            )
