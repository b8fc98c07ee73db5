"""Administration for whoever asks: what a request may do, done and noted.

What the JSON routes and the pages have in common; the core decides.
"""

from collections.abc import Sequence

from api.problems import rejected
from api.services import Services
from api.signin.people import SignedIn, now
from api.signin.proving import require_proof
from engine.administration import ActRefused, administer
from engine.core.actors import Standing, user
from engine.core.administration import (
    Act,
    Administrator,
    ChangePerson,
    WayIn,
    changes_ways_in,
)
from engine.core.authorization import reasons_against
from engine.core.reasons import Reason
from engine.core.rights import Deed, may
from engine.core.scopes import reasons_against_scope
from engine.store import people
from engine.store.database import AsyncConnection
from pipes.identifiers import UserId


def standing_outside(person: SignedIn) -> Standing:
    """What somebody is on the installation, whatever the pipe."""
    return Standing(user=UserId(person.id), installation_role=person.user.installation_role)


def may_administer(person: SignedIn, deed: Deed) -> bool:
    """Whether somebody may do what is no pipe's business."""
    return may(deed, user(person.id), standing_outside(person), None)


def require(person: SignedIn, deed: Deed, standing: Standing | None = None) -> None:
    """Refuses whoever may not do this, or whose token was not made for it.

    Args:
        person: Who asks.
        deed: What they want to do.
        standing: What they are in the pipe that it is about; it may be no pipe's business.

    Raises:
        Problem: They may not.
    """
    known = standing or standing_outside(person)
    reasons = reasons_against(deed, user(person.id), known, scopes=person.scopes)
    if reasons:
        raise rejected(reasons)


def require_token(person: SignedIn, deed: Deed) -> None:
    """Refuses a token that was not made for this; whether the person may is judged elsewhere: by
    what the card is to them, and by its definition.

    Raises:
        Problem: The token lacks the scope.
    """
    reasons = reasons_against_scope(deed, person.scopes)
    if reasons:
        raise rejected(tuple(reasons))


async def attempted(
    services: Services, person: SignedIn, *acts: Act, way: WayIn
) -> tuple[Reason, ...]:
    """Does all of it, or nothing and gives every reason why not.

    Raises:
        ProofNeeded: It changes how somebody shows who they are, and who asks has no fresh proof.
    """
    by = Administrator(user=UserId(person.id), way=way, scopes=person.scopes)
    try:
        async with services.database.writing() as connection:
            if await _change_ways_in(connection, acts):
                require_proof(person)
            await administer(connection, *acts, by=by, at=now())
    except ActRefused as refused:
        return refused.reasons
    return ()


async def _change_ways_in(connection: AsyncConnection, acts: Sequence[Act]) -> bool:
    for act in acts:
        known = None
        if isinstance(act, ChangePerson):
            known = await people.read_user(connection, act.person)
        if changes_ways_in(act, None if known is None else known.email):
            return True
    return False


async def administered(services: Services, person: SignedIn, *acts: Act) -> None:
    """Does all of it for the API, or nothing.

    Raises:
        Problem: With every reason why it cannot be done.
    """
    reasons = await attempted(services, person, *acts, way="api")
    if reasons:
        raise rejected(reasons)
