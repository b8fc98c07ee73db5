"""One installation for each module, in a folder of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.servers.installation import Installation, installation


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    async with installation(tmp_path_factory.mktemp("house")) as made:
        yield made
