"""Which cards do something by themselves next, and when.

Whoever takes a card puts it off first: nobody else takes it meanwhile, and it comes again if
whoever took it dies. Taking one twice is harmless, as the card does what is due once.
"""

from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.tables import cards
from pipes.identifiers import Instant

# Asked twice a second by each worker: built once.
_FIRST = select(func.min(cards.c.acts_at)).where(cards.c.acts_at.is_not(None))
_DUE = (
    select(cards.c.id)
    .where(cards.c.acts_at <= bindparam("now"))
    .order_by(cards.c.acts_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_TAKE = (
    update(cards)
    .where(cards.c.id.in_(_DUE))
    .values(acts_at=bindparam("until"))
    .returning(cards.c.id)
)
_PUT_OFF = (
    update(cards)
    .where(and_(cards.c.id == bindparam("number"), cards.c.version == bindparam("seen")))
    .values(acts_at=bindparam("until"))
)


async def first(connection: AsyncConnection) -> Instant | None:
    """When the next card does something by itself; None if none does."""
    found: Instant | None = (await connection.execute(_FIRST)).scalar_one()
    return found


async def take(
    connection: AsyncConnection, *, now: Instant, until: Instant, most: int
) -> tuple[str, ...]:
    """Takes the cards for which something is due, longest first; nobody else does until then."""
    taken = await connection.execute(_TAKE, {"now": now, "until": until, "most": most})
    return tuple(taken.scalars())


async def put_off(
    connection: AsyncConnection, card: str, *, version: int, until: Instant | None
) -> None:
    """Has nobody take the card before an instant, unless it has moved on from that version."""
    told = {"number": card, "seen": version, "until": until}
    await connection.execute(_PUT_OFF, told)
