"""The runs of automations: noted when they begin, when a step fails, and when they have ended."""

import json
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import RowMapping, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.effects import RunOrder
from engine.encoding import decoded_run, encoded_run
from engine.store.database import insert_new
from engine.store.tables import automation_runs as runs
from pipes.identifiers import Instant

type RunState = Literal["running", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An automation that ran, or runs.

    Attributes:
        order: What it was to do, and why.
        done: What it has done, in words.
        reasons: Why it failed; while it runs, why the step that it is at has failed so far.
        failed_step: Where it failed; it can be run again from there.
        tries: How often that step was tried in vain.
        next_try_at: When it is tried again; None where it is not.
    """

    pipe: str
    order: RunOrder
    state: RunState
    done: tuple[str, ...]
    reasons: tuple[str, ...]
    failed_step: int | None
    tries: int
    next_try_at: Instant | None
    began_at: Instant
    ended_at: Instant | None


async def begin(connection: AsyncConnection, pipe: str, order: RunOrder, *, at: Instant) -> None:
    """Notes that an automation runs; a repeat changes nothing."""
    await connection.execute(
        insert_new(connection, runs).values(
            id=order.id,
            pipe=pipe,
            automation=order.automation,
            card=order.card,
            order=encoded_run(order),
            state="running",
            done="[]",
            reasons="[]",
            began_at=at,
        )
    )


async def note_failed_try(
    connection: AsyncConnection,
    run: str,
    *,
    tries: int,
    reasons: tuple[str, ...],
    next_try_at: Instant | None,
) -> None:
    """Notes that the step that a run is at has failed so often, and when it is tried again."""
    await connection.execute(
        update(runs)
        .where(runs.c.id == run, runs.c.state == "running")
        .values(tries=tries, reasons=_json(reasons), next_try_at=next_try_at)
    )


async def note_success(connection: AsyncConnection, run: str) -> None:
    """Notes that the step that had failed before has gone well."""
    await note_failed_try(connection, run, tries=0, reasons=(), next_try_at=None)


async def end(
    connection: AsyncConnection,
    run: str,
    *,
    done: tuple[str, ...],
    reasons: tuple[str, ...],
    failed_step: int | None,
    at: Instant,
) -> None:
    """Notes what came of a run."""
    await connection.execute(
        update(runs)
        .where(runs.c.id == run)
        .values(
            state="done" if failed_step is None else "failed",
            done=_json(done),
            reasons=_json(reasons),
            failed_step=failed_step,
            next_try_at=None,
            ended_at=at,
        )
    )


async def give_up(
    connection: AsyncConnection, run: Run, *, reasons: tuple[str, ...], at: Instant
) -> None:
    """Notes that a run has failed which does not go on; one that has ended meanwhile stays so."""
    await connection.execute(
        update(runs)
        .where(and_(runs.c.id == run.order.id, runs.c.state == "running"))
        .values(
            state="failed",
            reasons=_json(reasons),
            failed_step=run.order.first_step,
            next_try_at=None,
            ended_at=at,
        )
    )


async def read(connection: AsyncConnection, run: str) -> Run | None:
    """The run of that id."""
    rows = await connection.execute(select(runs).where(runs.c.id == run))
    row = rows.mappings().one_or_none()
    return None if row is None else _run(row)


async def unfinished(connection: AsyncConnection) -> tuple[Run, ...]:
    """The runs that are said to go on, those that began first at the top."""
    rows = await connection.execute(
        select(runs).where(runs.c.state == "running").order_by(runs.c.began_at, runs.c.id)
    )
    return tuple(_run(row) for row in rows.mappings())


async def of_card(connection: AsyncConnection, card: str, *, limit: int) -> tuple[Run, ...]:
    """The latest runs because of a card, the newest first."""
    rows = await connection.execute(
        select(runs)
        .where(runs.c.card == card)
        .order_by(runs.c.began_at.desc(), runs.c.id.desc())
        .limit(limit)
    )
    return tuple(_run(row) for row in rows.mappings())


async def of_pipe(
    connection: AsyncConnection,
    pipe: str,
    *,
    automation: str | None,
    state: RunState | None,
    before: tuple[Instant, str] | None,
    limit: int,
) -> tuple[Run, ...]:
    """Runs in a pipe, the newest first, from after a place in that list."""
    wanted = [runs.c.pipe == pipe]
    if automation is not None:
        wanted.append(runs.c.automation == automation)
    if state is not None:
        wanted.append(runs.c.state == state)
    if before is not None:
        at, last = before
        wanted.append(or_(runs.c.began_at < at, and_(runs.c.began_at == at, runs.c.id < last)))
    rows = await connection.execute(
        select(runs)
        .where(and_(*wanted))
        .order_by(runs.c.began_at.desc(), runs.c.id.desc())
        .limit(limit)
    )
    return tuple(_run(row) for row in rows.mappings())


async def forget(connection: AsyncConnection, *, before: Instant) -> None:
    """Forgets runs that ended before an instant; one that has not ended is not forgotten."""
    await connection.execute(delete(runs).where(runs.c.ended_at < before))


def _json(lines: tuple[str, ...]) -> str:
    return json.dumps(lines, ensure_ascii=False)


def _run(row: RowMapping) -> Run:
    return Run(
        pipe=row["pipe"],
        order=decoded_run(row["order"]),
        state=row["state"],
        done=tuple(json.loads(row["done"])),
        reasons=tuple(json.loads(row["reasons"])),
        failed_step=row["failed_step"],
        tries=row["tries"],
        next_try_at=row["next_try_at"],
        began_at=row["began_at"],
        ended_at=row["ended_at"],
    )
