"""What a request may use: the database, the gateway, definitions and settings of this process."""

from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import State

from api.sample.loading import SampleLoading
from api.signin.guessing import Guesses
from api.signin.openid import OpenIdConnect
from engine.attaching import Attaching
from engine.gateway import Definitions, Gateway
from engine.gateway.delivering import Deliveries
from engine.gateway.migrating import Migrations
from engine.runtime.sealing import Sealer, load_sealer
from engine.runtime.settings import Settings
from engine.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Made when the process starts, the same for every request."""

    settings: Settings
    database: Database
    gateway: Gateway
    definitions: Definitions
    deliveries: Deliveries
    attaching: Attaching
    migrations: Migrations
    openid: OpenIdConnect | None = None
    guesses: Guesses
    sample: SampleLoading = field(default_factory=SampleLoading)

    def public_attaching(self) -> Attaching:
        """What takes files in from people without an account."""
        return replace(self.attaching, largest=self.settings.largest_public_upload)

    def sealer(self) -> Sealer:
        """What keeps secrets.

        Raises:
            SettingsError: There is no key.
        """
        return load_sealer(self.settings)


def services_of(request: Request) -> Services:
    """The services of the application that a request came to."""
    state: State = request.app.state
    found: Services = state.services
    return found


async def _given(request: Request) -> Services:
    """As a coroutine: FastAPI sends plain functions through a thread."""
    return services_of(request)


Has = Annotated[Services, Depends(_given)]
