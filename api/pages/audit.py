"""The screens of what was done: the audit log, and the mailbox where no mail server is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from api.administering import require
from api.pages.administering import tabs_for
from api.pages.reader import Names, locale_of, names_of
from api.pages.rendering import Tab, render
from api.pages.words import Person, ago, now
from api.services import Has
from api.signin.noting import NOBODY_KNOWN
from api.signin.people import Member
from engine.store import audit, endpoints, people, registry
from engine.store.audit import Entry
from engine.store.database import AsyncConnection
from engine.store.mails import KeptMail, list_mails

router = APIRouter()

_AT_A_TIME = 50
_BY_COMMAND = Person(id="", name="A command on the machine")
_SOMEBODY = Person(id="", name="Somebody")
_WAYS = {"api": "by the API", "page": "", "command": ""}
# What was done, in words; the names in braces are from the entry.
_IN_WORDS = {
    "add_person": "gave {person} an account as {installation_role}",
    "change_person": "changed name or address of {person}",
    "give_installation_role": "made {person} {role}",
    "reset_password": "gave {person} a one-time password",
    "make_recovery_codes": "made recovery codes",
    "recover_account": "set a new password with a recovery code",
    "confirm": "confirmed who they are from {address}",
    "end_sessions": "ended sessions of their own",
    "add_second_factor": "set up a second factor",
    "remove_second_factor": "took the second factor of {person} away",
    "require_second_factor": "made a second factor necessary for these roles: {roles}",
    "disable_person": "disabled {person}",
    "enable_person": "enabled {person}",
    "set_leave": "noted a leave of {person}",
    "end_leave": "took a leave of {person} away",
    "make_token": "made the token “{name}” for {person}",
    "end_token": "ended a token of {person}",
    "sign_in": "signed in from {address}",
    "fail_to_sign_in": "failed to sign in as {subject} from {address}",
    "sign_out": "signed out",
    "change_password": "chose a new password",
    "publish_pipe": "published version {version} of {subject}",
    "retire_pipe": "retired {subject}",
    "restore_pipe": "restored {subject}",
    "name_team": "named the team {team} “{name}”",
    "remove_team": "dissolved the team {team}",
    "join_team": "put {person} into the team {team}",
    "leave_team": "took {person} out of the team {team}",
    "give_pipe_role": "made {person} {role} in {pipe}",
    "take_pipe_role": "took the role {role} in {pipe} from {person}",
    "add_webhook": "added the webhook to {url}",
    "change_webhook": "changed the webhook to {url}",
    "replace_webhook_secret": "gave {subject} a new secret",
    "stop_webhook": "stopped {subject}",
    "resume_webhook": "resumed {subject}",
    "remove_webhook": "removed {subject}",
    "replay_delivery": "sent {subject} once more",
    "keep_secret": "set the secret “{name}” of {subject}",
    "remove_secret": "removed the secret “{name}” of {subject}",
}
# What another release has noted is shown by its name.
_UNKNOWN = "did “{kind}” to {subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """One thing that was done."""

    by: Person
    said: Markup
    way: str
    when: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """A page of the log; `older` is where the next one begins."""

    tabs: tuple[Tab, ...]
    entries: tuple[ShownEntry, ...]
    subject: str
    older: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMail:
    """A mail that would have been sent."""

    to: str
    subject: str
    text: str
    when: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxPage:
    """Mails that would have been sent; `server` is where they go instead, if there is one."""

    tabs: tuple[Tab, ...]
    server: str | None
    mails: tuple[ShownMail, ...]
    older: int | None


Before = Annotated[int | None, Query(ge=1, lt=2**62)]


@router.get("/audit")
async def show_audit(
    request: Request,
    services: Has,
    person: Member,
    subject: Annotated[str, Query(max_length=200)] = "",
    before: Before = None,
) -> HTMLResponse:
    """Who administered what, the newest first."""
    require(person, "see_audit")
    wanted = subject.strip().replace("\x00", "")
    async with services.database.reading() as connection:
        found = await audit.list_entries(
            connection, limit=_AT_A_TIME + 1, before=before, subject=wanted or None
        )
        names = await names_of(connection, {name for each in found for name in _people(each)})
        things = await _things(connection)
    locale, at = locale_of(request), now()
    page = AuditPage(
        tabs=tabs_for(person, "/audit"),
        entries=tuple(
            ShownEntry(
                by=_doer(entry, names),
                said=said(entry, names, things),
                way=_WAYS[entry.way],
                when=ago(entry.at, now=at, locale=locale),
            )
            for entry in found[:_AT_A_TIME]
        ),
        subject=wanted,
        older=found[_AT_A_TIME - 1].position if len(found) > _AT_A_TIME else None,
    )
    return render(request, "pages/audit.html", page, person=person, section="people")


@router.get("/mailbox")
async def show_mailbox(
    request: Request, services: Has, person: Member, before: Before = None
) -> HTMLResponse:
    """What would have been sent, the newest first."""
    require(person, "see_mailbox")
    async with services.database.reading() as connection:
        found = await list_mails(connection, limit=_AT_A_TIME + 1, before=before)
    page = MailboxPage(
        tabs=tabs_for(person, "/mailbox"),
        server=services.settings.smtp_host,
        mails=tuple(_mail(each, request) for each in found[:_AT_A_TIME]),
        older=found[_AT_A_TIME - 1].position if len(found) > _AT_A_TIME else None,
    )
    return render(request, "pages/mailbox.html", page, person=person, section="people")


def said(entry: Entry, names: Names, things: Mapping[str, str]) -> Markup:
    """What was done, in words; `things` is what pipes, teams and webhooks are called."""
    told: dict[str, str] = {"kind": entry.kind, "subject": _thing(entry.subject, things)}
    if entry.subject == NOBODY_KNOWN:
        told["subject"] = "somebody who has no account"
    told |= {name: str(value) for name, value in entry.body.items()}
    told |= {
        name: _thing(f"{name}:{told[name]}", things) for name in ("pipe", "team") if name in told
    }
    if "person" in told:
        told["person"] = names.person(told["person"]).name
    return Markup(_IN_WORDS.get(entry.kind, _UNKNOWN)).format_map(told)  # noqa: S704 -- ours


def _thing(subject: str, things: Mapping[str, str]) -> str:
    """What something is called, leading to all that was done to it."""
    kind, _, name = subject.partition(":")
    if kind == "delivery":
        return Markup('<a class="quiet" href="/deliveries/{0}" title="{0}">a delivery</a>').format(
            name
        )
    if subject not in things:
        return subject.replace(":", " ", 1)
    return Markup('<a class="quiet" href="/audit?{}" title="{}">{}</a>').format(
        urlencode({"subject": subject}), subject, things[subject]
    )


async def _things(connection: AsyncConnection) -> dict[str, str]:
    pipes = await registry.pipe_names(connection)
    teams = await people.list_teams(connection)
    webhooks = await endpoints.listed(connection)
    return {
        **{f"pipe:{pipe}": f"“{name}”" for pipe, name in pipes.items()},
        **{f"team:{team.id}": team.name for team in teams},
        **{f"webhook:{each.id}": f"the webhook to {each.url}" for each in webhooks},
    }


def _doer(entry: Entry, names: Names) -> Person:
    if entry.by:
        return names.person(entry.by)
    return _BY_COMMAND if entry.way == "command" else _SOMEBODY


def _people(entry: Entry) -> tuple[str, ...]:
    return (entry.by, str(entry.body.get("person", "")))


def _mail(kept: KeptMail, request: Request) -> ShownMail:
    return ShownMail(
        to=", ".join(kept.mail.to),
        subject=kept.mail.subject,
        text=kept.mail.text,
        when=ago(kept.at, now=now(), locale=locale_of(request)),
    )
