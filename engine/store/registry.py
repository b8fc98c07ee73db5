"""Published definitions: every version for ever, numbered and hashed; nothing is ever changed."""

from dataclasses import dataclass

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.queries.filters import Viewer, seen_by
from engine.store.tables import IS_OPEN, cards, pipe_versions, pipes
from pipes.identifiers import Instant

_WHO_SEES_ALL = Viewer(user="", sees_all=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PipeVersion:
    """One published version.

    Attributes:
        document: The definition's JSON, as published.
        holidays: For each calendar the dates of its holidays, as JSON.
    """

    pipe: str
    version: int
    hash: str
    document: str
    holidays: str
    published_by: str
    published_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class PipeListing:
    """A pipe as lists of pipes show it."""

    id: str
    name: str
    version: int
    retired: bool
    open_cards: int
    late_cards: int


async def publish(
    connection: AsyncConnection,
    *,
    pipe: str,
    name: str,
    digest: str,
    document: str,
    holidays: str,
    by: str,
    at: Instant,
) -> tuple[int, bool]:
    """Stores a version; gives its number, and whether it is new.

    The content that is current already makes no new version.
    """
    current = await current_version(connection, pipe)
    if current is not None and current.hash == digest:
        return current.version, False
    if current is None:
        number = 1
        await connection.execute(
            insert(pipes).values(id=pipe, name=name, version=1, next_number=1, retired=False)
        )
    else:
        number = (
            1
            + (
                await connection.execute(
                    select(func.max(pipe_versions.c.version)).where(pipe_versions.c.pipe == pipe)
                )
            ).scalar_one()
        )
        await connection.execute(
            update(pipes).where(pipes.c.id == pipe).values(name=name, version=number)
        )
    await connection.execute(
        insert(pipe_versions).values(
            pipe=pipe,
            version=number,
            hash=digest,
            document=document,
            holidays=holidays,
            published_by=by,
            published_at=at,
        )
    )
    return number, True


async def current_number(connection: AsyncConnection, pipe: str) -> int | None:
    """The number of the version on which new cards start."""
    found: int | None = (
        await connection.execute(select(pipes.c.version).where(pipes.c.id == pipe))
    ).scalar_one_or_none()
    return found


async def current_version(connection: AsyncConnection, pipe: str) -> PipeVersion | None:
    """The version on which new cards start."""
    row = (
        (
            await connection.execute(
                select(pipe_versions)
                .join(pipes, pipes.c.id == pipe_versions.c.pipe)
                .where(and_(pipes.c.id == pipe, pipe_versions.c.version == pipes.c.version))
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else PipeVersion(**row)


async def current_versions(connection: AsyncConnection) -> tuple[PipeVersion, ...]:
    """Of every pipe the version on which new cards start."""
    rows = await connection.execute(
        select(pipe_versions)
        .join(pipes, pipes.c.id == pipe_versions.c.pipe)
        .where(pipe_versions.c.version == pipes.c.version)
        .order_by(pipes.c.id)
    )
    return tuple(PipeVersion(**row) for row in rows.mappings())


async def read_version(connection: AsyncConnection, pipe: str, version: int) -> PipeVersion | None:
    """A version, as it was published."""
    row = (
        (
            await connection.execute(
                select(pipe_versions).where(
                    and_(pipe_versions.c.pipe == pipe, pipe_versions.c.version == version)
                )
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else PipeVersion(**row)


async def read_document(connection: AsyncConnection, pipe: str, version: int) -> str | None:
    """The JSON of a version."""
    return (
        await connection.execute(
            select(pipe_versions.c.document).where(
                and_(pipe_versions.c.pipe == pipe, pipe_versions.c.version == version)
            )
        )
    ).scalar_one_or_none()


async def list_versions(connection: AsyncConnection, pipe: str) -> tuple[PipeVersion, ...]:
    """Every version of a pipe, the newest first."""
    rows = await connection.execute(
        select(pipe_versions)
        .where(pipe_versions.c.pipe == pipe)
        .order_by(pipe_versions.c.version.desc())
    )
    return tuple(PipeVersion(**row) for row in rows.mappings())


async def is_retired(connection: AsyncConnection, pipe: str) -> bool:
    """Whether no new cards may start."""
    return bool(
        (await connection.execute(select(pipes.c.retired).where(pipes.c.id == pipe))).scalar()
    )


async def set_retired(connection: AsyncConnection, pipe: str, *, retired: bool) -> bool:
    """Lets no new cards start, or lets them again; false if there is no such pipe.

    Cards that run go on either way.
    """
    done = await connection.execute(
        update(pipes).where(pipes.c.id == pipe).values(retired=retired).returning(pipes.c.id)
    )
    return done.first() is not None


async def pipe_names(connection: AsyncConnection) -> dict[str, str]:
    """What the pipes are called, by id."""
    rows = await connection.execute(select(pipes.c.id, pipes.c.name))
    return {row.id: row.name for row in rows}


async def list_pipes(
    connection: AsyncConnection, now: Instant, viewer: Viewer = _WHO_SEES_ALL
) -> tuple[PipeListing, ...]:
    """Every pipe, by name, with how many open and late cards the viewer may see in it."""
    counted = (
        select(
            cards.c.pipe,
            func.count().label("open_cards"),
            func.count().filter(cards.c.late_at <= now).label("late_cards"),
        )
        .where(IS_OPEN, *seen_by(viewer))
        .group_by(cards.c.pipe)
        .subquery()
    )
    rows = await connection.execute(
        select(
            pipes.c.id,
            pipes.c.name,
            pipes.c.version,
            pipes.c.retired,
            func.coalesce(counted.c.open_cards, 0).label("open_cards"),
            func.coalesce(counted.c.late_cards, 0).label("late_cards"),
        )
        .outerjoin(counted, counted.c.pipe == pipes.c.id)
        .order_by(pipes.c.name)
    )
    return tuple(PipeListing(**row) for row in rows.mappings())


async def pipe_versions_in_use(connection: AsyncConnection) -> tuple[tuple[str, int, bool], ...]:
    """Every pipe with its current version, and whether it is retired."""
    rows = await connection.execute(
        select(pipes.c.id, pipes.c.version, pipes.c.retired).order_by(pipes.c.id)
    )
    return tuple((row.id, row.version, bool(row.retired)) for row in rows)
