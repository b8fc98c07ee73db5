"""The sample's stories, told without a server: the rules of the shipped pipes let them happen."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from api.first_start import SHIPPED
from api.sample import company
from api.sample.stories import Known, Story, beginning, chapters, wish_of
from engine.checking import calendars_around
from engine.core.actors import Actor, Standing, user
from engine.core.card import Card
from engine.core.commands import CreateCard
from engine.scenarios.cast import Cast
from engine.scenarios.world import World
from pipes.building import definition_from_document
from pipes.definition import Phase
from pipes.durations import Duration
from pipes.forms import CompiledPipe, connections
from pipes.identifiers import JsonValue, PipeId, RoleName, TeamId, UserId
from pipes.scenarios import Wait

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
STORIES = [story for chapter in chapters() for story in chapter.stories]


@cache
def pipe_of(name: PipeId) -> CompiledPipe:
    document = json.loads((SHIPPED / f"{name}.json").read_text(encoding="utf-8"))
    return CompiledPipe(definition=definition_from_document(document))


def cast() -> Cast:
    """The sample's people, by their ids."""
    read = json.loads((Path(company.__file__).parent / "people.json").read_text(encoding="utf-8"))
    people: dict[str, Standing] = {}
    for person in read["people"]:
        name = person["id"]
        teams = [team for team in read["teams"] if name in team["members"]]
        people[name] = Standing(
            user=UserId(name),
            installation_role="member",
            pipe_role="member",
            roles=frozenset(map(RoleName, person.get("roles", ()))),
            teams=frozenset(TeamId(team["id"]) for team in teams),
            leads=frozenset(TeamId(team["id"]) for team in teams if team["lead"] == name),
        )
    return Cast(people)


def phases_of(name: PipeId) -> tuple[Phase, ...]:
    return pipe_of(name).definition.phases


def begun(story: Story, number: int, known: Known) -> World:
    pipe = pipe_of(story.pipe)
    calendars = calendars_around(pipe.definition, NOW.year)
    world = World(pipe=pipe, calendars=calendars, cast=cast(), now=NOW)
    wish = CreateCard(
        card=story.id,
        number=number,
        definition_version=1,
        definition_hash="",
        values=beginning(story, known),
    )
    rejection = world.tries(actor(story.who), wish)
    assert rejection is None, f"{story.id}: {said(rejection)}"
    return world


def actor(who: str) -> Actor:
    return Actor(kind="public", id="") if who == "public" else user(who)


def told() -> Mapping[str, Card]:
    """What became of every card."""
    worlds: dict[str, World] = {}
    keys: dict[str, str] = {}
    for number, story in enumerate(STORIES, start=1):
        worlds[story.id] = begun(story, number, Known(keys=keys, day=NOW.date()))
        keys[story.id] = card_of(worlds[story.id]).identity.key
    known = Known(keys=keys, day=NOW.date())
    for story in STORIES:
        world = worlds[story.id]
        for number, step in enumerate(story.steps, start=1):
            world.waits(Wait(length=Duration(minutes=5)))
            world.children = {
                name: {card_of(each).identity.key: as_child(each) for each in worlds.values()}
                for name in connections(world.pipe.definition)
            }
            handoff = world.pipe.definition.phase(card_of(world).stay.phase).handoff
            wish = wish_of(step, known, () if handoff is None else handoff.checklist)
            rejection = world.tries(actor(step.who), wish)
            assert rejection is None, f"{story.id}, step {number}: {said(rejection)}"
    return {name: card_of(world) for name, world in worlds.items()}


def said(rejection: object) -> str:
    return " ".join(each.message for each in getattr(rejection, "reasons", ()))


def card_of(world: World) -> Card:
    assert world.card is not None
    return world.card


def as_child(world: World) -> Mapping[str, JsonValue]:
    card = card_of(world)
    return {
        "id": card.identity.id,
        "key": card.identity.key,
        "pipe": card.identity.pipe,
        "phase": card.stay.phase,
        "status": card.life.status,
        "fields": {str(name): value for name, value in card.values.items()},
    }


def test_the_rules_let_every_story_happen_and_cards_stand_in_every_phase():
    standing = {(card.identity.pipe, card.stay.phase) for card in told().values()}
    pipes = {story.pipe for story in STORIES}
    assert standing == {(pipe, each.id) for pipe in pipes for each in phases_of(pipe)}
    assert len(pipes) == 10
