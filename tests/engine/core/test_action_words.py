"""What an automation does, as people say it."""

import pytest

from engine.core.action_words import cron_beside_words, occasion, said
from engine.core.actors import automation_name
from pipes.actions import CreateConnectedCard, SendEmail, UpdateConnected
from pipes.definition import Trigger
from pipes.fields.field import Constant
from pipes.identifiers import FieldId, PhaseId, PipeId
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


def test_other_pipes_and_their_fields_are_called_by_their_names() -> None:
    there = a_pipe(name="Chores", fields={"effort": {"type": "integer", "label": "Hours"}})
    here = a_pipe(
        fields={"chores": {"type": "connection", "label": "What is to do", "pipe": "chores"}}
    ).definition
    others = {PipeId("chores"): there.definition}
    create = CreateConnectedCard(pipe=PipeId("chores"), fields={})
    write = UpdateConnected(
        connection=FieldId("chores"), fields={FieldId("effort"): Constant(value=1)}
    )

    assert said(here, create, others) == "creates a card in “Chores”"
    assert said(here, create) == "creates a card in chores"
    assert said(here, write, others) == "writes Hours of the cards in What is to do"
    assert said(here, write) == "writes effort of the cards in What is to do"


@pytest.mark.parametrize(
    ("cron", "timezone", "phase", "words"),
    [
        ("0 9 * * 1", "Europe/Berlin", None, "Every Monday at 09:00, Europe/Berlin"),
        ("*/15 9-17 * * *", None, None, "Every 15 minutes from 09:00 to 17:45, UTC"),
        ("1 2 */3 * 4", None, None, "At the times of 1 2 */3 * 4, UTC"),
        ("no schedule", None, None, "At the times of no schedule, UTC"),
        ("0 6 * * *", None, PhaseId("design"), "Every day at 06:00, UTC, for cards in Design"),
    ],
)
def test_a_schedule_is_told_in_words(
    cron: str, timezone: str | None, phase: PhaseId | None, words: str
) -> None:
    definition = a_pipe().definition
    on = Trigger(event="schedule", cron=cron, timezone=timezone, phase=phase)
    assert occasion(definition, on) == words
    is_worded = not words.startswith("At the times of")
    assert cron_beside_words(on) == (cron if is_worded else None)


def test_what_happens_is_told_after_when() -> None:
    assert occasion(a_pipe().definition, Trigger(event="card.done")) == "When the card is done"


@pytest.mark.parametrize(
    ("automation", "name"),
    [("kickoff", "Kickoff"), ("tell-it-shipped", "Tell it shipped"), ("a_b-c", "A b c")],
)
def test_an_automation_is_called_by_its_id_as_words(automation: str, name: str) -> None:
    assert automation_name(automation) == name
