"""One company for all tests of the pages that run in a process."""

from collections.abc import AsyncIterator

import pytest

from tests.pages.company import Company, found
from tests.pages.press import answers
from tests.servers.installation import installation
from tests.servers.receiver import a_receiver


@pytest.fixture(scope="session")
async def company(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    folder = tmp_path_factory.mktemp("company")
    async with a_receiver(answers) as receiver, installation(folder) as house:
        yield await found(house, receiver)
