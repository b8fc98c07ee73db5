"""Whether somebody may do something: what they are, and what their token was made for.

The one judgement behind every way in. What a transition, a start form or a round of approvers asks
besides is the definition's, and judged where the command is decided.
"""

from collections.abc import Mapping

from engine.core.actors import Actor, Standing
from engine.core.card import Card
from engine.core.commands import Wish
from engine.core.reasons import Reason
from engine.core.rights import Deed, reasons_against_deed
from engine.core.scopes import SCOPES, Scope, reasons_against_scope

# What people send to cards, and what they do by it; the rest is sent by the engine and automations.
DEEDS: Mapping[str, Deed] = {
    "edit_card": "edit",
    "move_card": "move",
    "assign_card": "assign",
    "claim_card": "claim",
    "add_comment": "comment",
    "attach_files": "attach",
    "detach_file": "detach",
    "hold_card": "hold",
    "resume_card": "resume",
    "cancel_card": "cancel",
    "reopen_card": "reopen",
    "approve_request": "decide",
    "reject_request": "decide",
    "withdraw_request": "decide",
    "accept_handoff": "accept",
    "return_handoff": "accept",
    "link_cards": "edit",
    "unlink_cards": "edit",
    "press_button": "move",
    "recompute_clocks": "recompute",
    "migrate_card": "migrate",
}


def deed_of(wish: Wish) -> Deed:
    """What somebody does who sends this to a card.

    Raises:
        KeyError: People do not send this.
    """
    return DEEDS[wish.kind]


def reasons_against(
    deed: Deed,
    actor: Actor,
    standing: Standing | None,
    card: Card | None = None,
    *,
    scopes: frozenset[Scope] = frozenset(SCOPES),
) -> tuple[Reason, ...]:
    """Everything that stands against somebody doing this; nothing if they may.

    Args:
        deed: What they want to do.
        actor: Who they are.
        standing: What they are, in the pipe that it is about.
        card: The card that it is about.
        scopes: What the token was made for by which they come; a session has all.
    """
    return (
        *reasons_against_scope(deed, scopes),
        *reasons_against_deed(deed, actor, standing, card),
    )
