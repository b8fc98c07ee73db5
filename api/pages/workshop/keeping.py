"""Drafts kept: begun, found, and saved so that nothing typed is lost."""

import uuid
from dataclasses import dataclass, replace

from api.pages.words import now
from api.pages.workshop.texts import name_of
from api.problems import not_found
from api.services import Services
from api.signin.people import SignedIn
from engine.store import drafts
from engine.store.drafts import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was typed is kept.

    Attributes:
        draft: Where it is kept.
        is_apart: The draft was changed in another window meanwhile, so that this text became a
            draft of its own beside it.
    """

    draft: Draft
    is_apart: bool = False


async def begin(
    services: Services,
    person: SignedIn,
    text: str,
    *,
    origin: str | None = None,
    origin_version: int | None = None,
) -> Draft:
    """A new draft that begins with this text."""
    draft = Draft(
        id=str(uuid.uuid4()),
        author=person.id,
        name=name_of(text),
        text=text,
        saved_at=now(),
        origin=origin,
        origin_version=origin_version,
    )
    async with services.database.writing() as connection:
        await drafts.add_draft(connection, draft)
    return draft


async def draft_of(services: Services, person: SignedIn, draft: str) -> Draft:
    """The person's draft of that id.

    Raises:
        Problem: There is none, or it is somebody else's.
    """
    async with services.database.reading() as connection:
        found = await drafts.read_draft(connection, draft, person.id)
    if found is None:
        raise not_found("draft")
    return found


async def keep(
    services: Services, person: SignedIn, draft: str, *, text: str, revision: int
) -> Kept:
    """Saves what was typed into a draft that was seen at a revision.

    Raises:
        Problem: There is no such draft.
    """
    found = await draft_of(services, person, draft)
    if found.text == text:
        return Kept(draft=found)
    seen = replace(found, revision=revision)
    async with services.database.writing() as connection:
        changed = await drafts.change_draft(
            connection, seen, name=name_of(text), text=text, at=now()
        )
    if changed is not None:
        return Kept(draft=changed)
    apart = await begin(
        services, person, text, origin=found.origin, origin_version=found.origin_version
    )
    return Kept(draft=apart, is_apart=True)
