"""The screens of a pipe, as far as somebody may open them: from each one finds the others."""

from api.administering import may_administer
from api.pages.rendering import Tab
from api.signin.people import SignedIn
from engine.core.actors import Standing, user
from engine.core.rights import may
from pipes.identifiers import UserId


def places_of(
    person: SignedIn, standing: Standing, pipe: str, current: str = ""
) -> tuple[Tab, ...]:
    """The board, and what those who look after the pipe have beside it; `current` ends its address.

    Whoever has nothing beside the board gets nothing.
    """
    actor = user(UserId(person.id))
    beside = (
        *([("/versions", "Versions")] if may_administer(person, "publish") else []),
        *([("/automations", "Automations")] if standing.is_pipe_admin else []),
        *([("/migrate", "Migrations")] if may("migrate", actor, standing, None) else []),
        *([("/roles", "Roles")] if may("manage_roles", actor, standing, None) else []),
    )
    elsewhere = (Tab(address="/webhooks", name="Webhooks"),) if standing.is_pipe_admin else ()
    own = tuple(
        Tab(address=f"/pipes/{pipe}{end}", name=name, current=end == current)
        for end, name in (("", "Board"), *beside)
    )
    return (*own, *elsewhere) if beside else ()
