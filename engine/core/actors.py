"""Who does something to a card, and what is known of a person at that moment."""

from dataclasses import dataclass
from typing import Literal

from pipes.identifiers import RoleName, TeamId, UserId

type InstallationRole = Literal["owner", "admin", "author", "member", "guest"]
type PipeRole = Literal["admin", "member", "requester", "viewer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who stands behind a command and its events.

    `public` is a person who is not signed in; `automation` names the automation; `engine` is the
    card itself, when time passes.
    """

    kind: Literal["user", "public", "automation", "engine"]
    id: str


ENGINE = Actor(kind="engine", id="")


def automation_name(automation: str) -> str:
    """What people call an automation: its id, as words."""
    words = automation.replace("-", " ").replace("_", " ").strip()
    return f"{words[:1].upper()}{words[1:]}"


def user(name: str) -> Actor:
    """The signed-in person of that id."""
    return Actor(kind="user", id=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a person is at this moment: roles on the installation and in the pipe, and teams.

    Attributes:
        pipe_role: None for somebody who has no part in the pipe.
        roles: Roles that the definition names, such as `director`, given in this pipe.
        leads: The teams this person leads; a lead is a member as well.
        acts_for: The people who are away and have named this person as their delegate.
    """

    user: UserId
    installation_role: InstallationRole
    pipe_role: PipeRole | None = None
    roles: frozenset[RoleName] = frozenset()
    teams: frozenset[TeamId] = frozenset()
    leads: frozenset[TeamId] = frozenset()
    acts_for: frozenset[UserId] = frozenset()

    @property
    def is_pipe_admin(self) -> bool:
        """Whether the pipe is this person's to administer."""
        return self.pipe_role == "admin" or self.installation_role in ("owner", "admin")
