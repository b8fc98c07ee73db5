"""Whose the workshop is: those who may publish pipes."""

from typing import Annotated

from fastapi import Depends

from api.administering import require
from api.signin.people import Member, SignedIn


async def require_author(person: Member) -> SignedIn:
    """Who sends the request, if they may publish pipes.

    Raises:
        Problem: They may not.
    """
    require(person, "publish")
    return person


Author = Annotated[SignedIn, Depends(require_author)]
