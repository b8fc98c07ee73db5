"""Mails that people write from a card's page."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.cards import command_key, seen_card
from api.messages import reasons_against_writing, write_message
from api.pages.card import done, draw_refused, typed_text
from api.pages.card_context import Attempt
from api.services import Has
from api.signin.people import Member
from engine.core.letters import Letter

router = APIRouter()


@router.post("/cards/{card}/messages")
async def write(card: str, request: Request, services: Has, person: Member) -> Response:
    """Sends a mail from the card; what is answered comes back to it."""
    seen = await seen_card(services, person, card)
    form = await request.form()
    addresses = typed_text(form, "to").replace(";", ",").split(",")
    letter = Letter(
        to=tuple(each.strip() for each in addresses if each.strip()),
        subject=typed_text(form, "subject"),
        text=typed_text(form, "text"),
    )
    reasons = reasons_against_writing(seen, letter)
    if reasons:
        attempt = Attempt(reasons=reasons, letter=letter)
        return await draw_refused(services, request, person, seen, attempt)
    key = command_key(person, typed_text(form, "command-key") or None)
    written = await write_message(services, person, seen, letter, key=key)
    said = f"Written to {', '.join(each.target for each in written)}."
    draft = f"message:{seen.card.identity.key}"
    return await done(services, request, person, seen, said, draft=draft)
