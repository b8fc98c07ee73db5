"""What an automation does, as people say it."""

import pytest

from engine.core.action_words import said
from pipes.actions import SendEmail
from tests.builders import a_pipe


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("team:design", "the team Looks"),
        ("lead:design", "the lead of Looks"),
        ("assignees", "the assignees"),
        ("press@example.com", "press@example.com"),
        ("{{ card.fields.mail }}", "{{ card.fields.mail }}"),
    ],
)
def test_readers_of_a_mail_are_called_by_their_names(to: str, words: str) -> None:
    definition = a_pipe(teams={"design": "Looks"}).definition
    action = SendEmail(to=(to,), subject="News", body="There is some.")
    assert said(definition, action) == f"sends an e-mail to {words}"
