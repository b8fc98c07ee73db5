"""What all tests share: the real servers, started once a process by the first test that asks."""

import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:  # A pure test must not wait for their imports.
    from playwright.async_api import Browser, Page
    from temporalio.client import Client
    from temporalio.testing import WorkflowEnvironment

    from tests.servers.postgres import PostgresServer
    from tests.servers.temporal import TemporalServer

pytest_plugins = ["tests.servers.exits"]

settings.register_profile("everyday", deadline=None)
# The same examples each time: a build that fails must be the change's doing.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "everyday")


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator["PostgresServer"]:
    from tests.servers.postgres import postgres_server

    async with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
async def temporal(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator["TemporalServer"]:
    from tests.servers.temporal import temporal_server

    async with temporal_server(tmp_path_factory.mktemp("temporal")) as server:
        yield server


@pytest.fixture(scope="session")
async def temporal_client(temporal: "TemporalServer") -> "Client":
    return await temporal.connect()


@pytest.fixture
async def time_skipping() -> AsyncIterator["WorkflowEnvironment"]:
    from tests.servers.temporal import time_skipping_environment

    async with time_skipping_environment() as environment:
        yield environment


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator["Browser"]:
    from tests.servers.browser import headless_browser

    async with headless_browser() as browser:
        yield browser


@pytest.fixture
async def page(browser: "Browser") -> AsyncIterator["Page"]:
    """A page in a context of its own: no cookies, no storage, no cache of another test."""
    context = await browser.new_context()
    try:
        yield await context.new_page()
    finally:
        await context.close()
