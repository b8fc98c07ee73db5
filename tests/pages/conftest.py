"""One company for all tests of the pages that run in a process."""

from collections.abc import AsyncIterator

import pytest

from tests.pages.company import Company, found
from tests.servers.installation import installation


@pytest.fixture(scope="session")
async def company(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    async with installation(tmp_path_factory.mktemp("company")) as house:
        yield await found(house)
