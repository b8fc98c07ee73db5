"""Cards are found by what their text says, and by nothing else: the same on both databases."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine.core.card import Card
from engine.core.commands import EditCard
from engine.store import log
from engine.store.database import Database
from engine.store.queries import narrowing, views
from engine.store.queries.filters import CardFilter, Viewer, words
from engine.store.readmodel import Indexing, card_row, searched_text, value_rows
from engine.store.tables import card_values, cards
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, UserId
from tests.builders import MONDAY, a_document, a_field, a_life, a_pipe
from tests.engine.store.test_store import PIPE, published, recorded

EVERYBODY = Viewer(user=UserId("ana"), sees_all=True)
TITLES = (
    "Straße nach Łódź",
    "STRASSE 4711",
    '50 % of "quoted"',
    "a_b under_score",
    "ab",
    "Ünïcödé 🜁🜁🜁🜁",
    "back\\slash / and ' apostrophe",
    "number 471 and 711",
    "AND OR NOT NEAR(x)",
    "ﬁne ligature İstanbul",
    "日本語の題名",
    "x" * 40,
)


def a_card(number: int, title: str) -> Card:
    card = a_life().creates(name="Like this").it
    identity = replace(card.identity, id=f"c{number}", key=f"FEAT-{number}")
    return replace(card, identity=identity, work=replace(card.work, title=title))


CARDS = tuple(a_card(number, title) for number, title in enumerate(TITLES))
INDEXING = Indexing.of(a_pipe().definition)


async def with_titles(database: Database) -> Database:
    await published(database)
    async with database.writing() as connection:
        rows = [card_row(card, "", INDEXING) for card in CARDS]
        await connection.execute(insert(cards), rows)
    return database


async def found(database: Database, **wanted: str) -> set[str]:
    async with database.reading() as connection:
        listed = await views.list_cards(
            connection,
            pipe=PIPE,
            status="all",
            wanted=CardFilter(**wanted),  # type: ignore[arg-type]  # texts, as a test gives them
            viewer=EVERYBODY,
            now=MONDAY,
            order="updated",
            limit=100,
        )
    return {card.key for card in listed}


def expected(asked: str) -> set[str]:
    return {
        card.identity.key
        for card in CARDS
        if all(word in searched_text(card, INDEXING) for word in words(asked))
    }


ASKED = (
    *TITLES,
    *(title[at : at + size] for title in TITLES for at in range(0, 12, 5) for size in (1, 2, 3, 5)),
    "",
    "   ",
    "feat-1",
    "4711 strasse",
    "striße",
    '"',
    '"""',
    "%%%",
    "___",
    "a\\_b",
    "🜁🜁",
    "i\u0307st",
    "本語の題",
    "NOT near(x)",
    "x" * 200,
    "one two three four five six seven eight nine",
)


@pytest.mark.parametrize("few", [0, 3, 1_000])
async def test_both_databases_find_what_the_text_says(
    on_sqlite: Database, on_postgresql: Database, few: int, monkeypatch: pytest.MonkeyPatch
):
    """However many cards are few, so that one way or the other is taken to them."""
    monkeypatch.setattr(narrowing, "FEW", few)
    for database in (on_sqlite, on_postgresql):
        await with_titles(database)
        for asked in ASKED:
            assert await found(database, text=asked) == expected(asked), asked


def a_place(**options: Any) -> CompiledPipe:
    """A pipe whose cards have a place, which is asked for at the start."""
    place = a_field("short_text", "Place", index=True, **options)
    return a_pipe(
        fields={**a_document()["fields"], "place": place},
        start={"phase": "concept", "form": ["name", "place"]},
    )


async def test_a_word_is_not_found_across_two_values(database: Database):
    await published(database)
    await recorded(database, a_life(a_place()).creates(name="Bridge", place="Werder"))
    assert await found(database, text="wer")
    assert await found(database, text="bridge werder")
    assert not await found(database, text="bridgewerder")


async def test_a_confidential_value_is_not_found(database: Database):
    await published(database)
    pipe = a_place(confidential=["role:director"])
    await recorded(database, a_life(pipe).creates("dee", name="Bridge", place="Werder"))
    assert await found(database, text="bridge")
    assert not await found(database, text="werder")


async def test_what_the_text_was_is_not_found_any_more(database: Database):
    await published(database)
    life = a_life(a_place()).creates(name="Bridge", place="Werder")
    receipt = await recorded(database, life)
    known = len(life.history)
    life.does("bo", EditCard(values={FieldId("name"): "Tunnel"}))
    async with database.writing() as connection:
        await log.record(connection, {1: life.pipe}, life.it, receipt, tuple(life.history[known:]))
    assert await found(database, text="tunnel werder")
    assert not await found(database, text="bridge")


async def test_sqlite_finds_the_same_when_cards_are_gone_and_the_file_is_vacuumed(
    on_sqlite: Database, tmp_path: Path
):
    await with_titles(on_sqlite)
    with closing(sqlite3.connect(tmp_path / "phaseline.db", isolation_level=None)) as another:
        another.execute("DELETE FROM cards WHERE key IN ('FEAT-0', 'FEAT-3')")
        another.execute("VACUUM")
        another.execute("INSERT INTO cards_found (cards_found) VALUES ('integrity-check')")
    for asked in ASKED:
        assert await found(on_sqlite, text=asked) == expected(asked) - {"FEAT-0", "FEAT-3"}


async def test_cards_of_before_are_found_by_their_values(database: Database):
    """The migration writes what an older version left out."""
    await database.migrate_down("2026_11_27_second_factors")
    await published(database)
    life = a_life(a_place()).creates(name="Bridge", place="Werder")
    row = card_row(life.it, "", Indexing.of(life.pipe.definition))
    first, _, _ = str(row["search"]).partition("\n")
    async with database.writing() as connection:
        await connection.execute(insert(cards), {**row, "search": first})
        values = value_rows(life.it, Indexing.of(life.pipe.definition))
        await connection.execute(insert(card_values), values)
    await database.migrate()
    assert await found(database, text="bridge werder")
    async with database.reading() as connection:
        assert (await connection.execute(select(cards.c.search))).scalar_one() == row["search"]
