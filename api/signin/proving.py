"""Fresh proof of who somebody is, before what changes how they show it: address, password, codes.

A session shows that somebody signed in once. Whoever finds it open should not be able to keep it.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends

from api.problems import Problem
from api.signin.people import Member, SignedIn, now

CONFIRMING_PAGE = "/profile/confirm"
PROOF_NEEDED = "proof_needed"
# For how long it is fresh, from the sign-in on.
FRESH = timedelta(minutes=10)


class ProofNeeded(Problem):
    """What is wanted needs fresh proof; pages ask for it, and go on."""

    def __init__(self) -> None:
        super().__init__(403, PROOF_NEEDED, f"Confirm that it is you first, on {CONFIRMING_PAGE}.")


def require_proof(person: SignedIn) -> None:
    """Asks for fresh proof; a token is proof by itself, and does what it was made for.

    Raises:
        ProofNeeded: The session has none.
    """
    if person.session is None:
        return
    if person.proved_at is None or now() - person.proved_at > FRESH:
        raise ProofNeeded


async def _require_proved(person: Member) -> SignedIn:
    require_proof(person)
    return person


Proved = Annotated[SignedIn, Depends(_require_proved)]
