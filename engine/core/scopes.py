"""What a token lets a program do of what its user may: a scope for each deed."""

from collections.abc import Mapping
from typing import Literal

from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import Deed

type Scope = Literal["cards:read", "cards:write", "pipes:write", "admin"]
SCOPES: tuple[Scope, ...] = ("cards:read", "cards:write", "pipes:write", "admin")

SCOPE_OF: Mapping[Deed, Scope] = {
    "look": "cards:read",
    "see": "cards:read",
    "see_runs": "cards:read",
    "create": "cards:write",
    "edit": "cards:write",
    "move": "cards:write",
    "assign": "cards:write",
    "claim": "cards:write",
    "comment": "cards:write",
    "attach": "cards:write",
    "detach": "cards:write",
    "decide": "cards:write",
    "accept": "cards:write",
    "run_again": "cards:write",
    "hold": "cards:write",
    "resume": "cards:write",
    "cancel": "cards:write",
    "reopen": "cards:write",
    "recompute": "cards:write",
    "migrate": "pipes:write",
    "see_migrations": "cards:read",
    "publish": "pipes:write",
    "see_people": "cards:read",
    "keep_account": "cards:write",
    "keep_tokens": "cards:read",
    "manage_people": "admin",
    "manage_owners": "admin",
    "manage_teams": "admin",
    "manage_roles": "admin",
    "see_audit": "admin",
    "see_mailbox": "admin",
    "manage_webhooks": "admin",
}


def reasons_against_scope(deed: Deed, scopes: frozenset[Scope]) -> list[Reason]:
    """Why a token of these scopes does not let a program do this; empty if it does."""
    needed = SCOPE_OF[deed]
    if needed in scopes:
        return []
    return [Reason(code=ReasonCode.MISSING_SCOPE, message=f"The token has no scope “{needed}”.")]
