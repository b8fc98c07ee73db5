"""What the screens of administration have in common: doing what a form asks, and saying why not."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from api.administering import attempted, may_administer
from api.pages.flashes import Undoable, flash
from api.pages.rendering import Tab, render
from api.problems import rejected
from api.services import Services
from api.signin.people import SignedIn, safe_next
from engine.core.actors import InstallationRole
from engine.core.administration import Act
from engine.core.reasons import Reason, ReasonCode

SEE_OTHER = 303
ROLES: tuple[InstallationRole, ...] = ("owner", "admin", "author", "member", "guest")
ROLES_IN_WORDS: dict[InstallationRole, str] = {
    "owner": "Owner: everything, owners too",
    "admin": "Admin: people, teams, all pipes",
    "author": "Author: publishes pipes",
    "member": "Member: works on cards",
    "guest": "Guest: own and assigned cards",
}
# Nothing on the form could be typed otherwise so that it may be done.
_BARRED = frozenset((ReasonCode.NOT_ALLOWED, ReasonCode.NOT_THERE, ReasonCode.MISSING_SCOPE))


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPage:
    """A secret that was just made, and where its reader goes on."""

    title: str
    about: str
    secret: str
    back: str


def tabs_for(person: SignedIn, current: str) -> tuple[Tab, ...]:
    """The screens of administration that somebody may see."""
    everybody = (Tab(address="/people", name="People"), Tab(address="/teams", name="Teams"))
    admins = (Tab(address="/audit", name="Audit log"), Tab(address="/mailbox", name="Mailbox"))
    webhooks = (Tab(address="/webhooks", name="Webhooks"),)
    shown = (
        *everybody,
        *(webhooks if current == "/webhooks" or may_administer(person, "manage_webhooks") else ()),
        *(admins if may_administer(person, "see_audit") else ()),
    )
    return tuple(Tab(address=t.address, name=t.name, current=t.address == current) for t in shown)


async def why_not(services: Services, person: SignedIn, acts: Sequence[Act]) -> tuple[Reason, ...]:
    """Does what a form asks for; or everything that is wrong with what was typed.

    Raises:
        Problem: It is not for this person to do, or what it is about is not there.
    """
    reasons = await attempted(services, person, *acts, way="page")
    if reasons and all(reason.code in _BARRED for reason in reasons):
        raise rejected(reasons)
    return reasons


async def done_or_why_not(
    services: Services,
    person: SignedIn,
    acts: Sequence[Act],
    *,
    back: str,
    said: str,
    undoable: Undoable | None = None,
) -> Response | tuple[Reason, ...]:
    """Does what a form asks for and leads back; or everything that is wrong with what was typed.

    Raises:
        Problem: It is not for this person to do, or what it is about is not there.
    """
    reasons = await why_not(services, person, acts)
    return reasons or led_back(back, said, undoable)


def led_back(address: str, said: str, undoable: Undoable | None = None) -> Response:
    """Leads to a page of ours, which says what was done and how it is taken back."""
    response = RedirectResponse(safe_next(address), SEE_OTHER)
    flash(response, said, undoable=undoable)
    return response


def secret_page(
    request: Request, person: SignedIn, *, title: str, about: str, secret: str, back: str
) -> HTMLResponse:
    """Shows a secret this once; it is in no cookie and in no address."""
    page = SecretPage(title=title, about=about, secret=secret, back=safe_next(back))
    return render(request, "pages/secret.html", page, person=person, section="people")


def typed(form: FormData, name: str) -> str:
    """What was typed into a field of a form."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def chosen_role(form: FormData) -> InstallationRole:
    """The installation role that a form says; the plain member where it says none."""
    value = typed(form, "role")
    return next((role for role in ROLES if role == value), "member")
