"""What people are told, what was administered and what is mailed: kept on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.core.actors import InstallationRole, PipeRole
from engine.store import audit, leaves, notices, people
from engine.store.audit import Entry
from engine.store.database import Database
from engine.store.leaves import Leave
from engine.store.mails import Mail, forget_mails, keep_mail, list_mails
from engine.store.notices import Telling
from engine.store.queries.filters import Viewer
from engine.store.queries.inbox import mentions_of
from engine.store.standings import viewer_everywhere
from pipes.identifiers import UserId
from tests.builders import MONDAY
from tests.engine.running import a_user
from tests.engine.store.test_store import a_moved_card, published, recorded

BO = UserId("bo")
CY = UserId("cy")
BO_SEES, CY_SEES = (Viewer(user=user, sees_all=True) for user in (BO, CY))
BOTH = frozenset(("app", "mail"))


async def test_a_notice_is_kept_once_for_each_person_and_event(database: Database):
    await published(database)
    await recorded(database, a_moved_card())
    told = Telling(user=BO, card="c1", sequence=2, kind="told", text="Hm.", ways=BOTH)  # type: ignore[arg-type]  # both are channels
    async with database.writing() as connection:
        await people.add_user(connection, replace(a_user("bo", "member"), email="bo@example.com"))
        assert await notices.add(connection, [told], at=MONDAY) == {BO}
        assert await notices.add(connection, [told], at=MONDAY) == {BO}
        await notices.add(connection, [replace(told, user=UserId("gone"))], at=MONDAY)

        (notice,) = await notices.list_notices(connection, BO_SEES, limit=9)
        assert (notice.key, notice.text, notice.read_at) == ("FEAT-1", "Hm.", None)
        assert await notices.count_unread(connection, BO, now=MONDAY) == 1
        assert await notices.waiting_for_mail(connection, BO_SEES, limit=9) == (notice,)
        await notices.mark_mailed(connection, [notice.id], "sent")
        assert await notices.waiting_for_mail(connection, BO_SEES, limit=9) == ()
        assert (
            await notices.open_card(connection, replace(BO_SEES, user="ana"), notice.id, at=MONDAY)
            is None
        )
        assert await notices.count_unread(connection, BO, now=MONDAY) == 1
        assert await notices.open_card(connection, BO_SEES, notice.id, at=MONDAY) == "FEAT-1"
        assert await notices.count_unread(connection, BO, now=MONDAY) == 0


# What Cy is: on the installation, in the pipe, and whether he may see the card, which Bo has
# created and nobody works on.
SIGHT: list[tuple[InstallationRole, PipeRole | None, bool]] = [
    ("member", None, True),
    ("member", "viewer", True),
    ("member", "requester", False),
    ("owner", "requester", True),
    ("guest", None, False),
    ("guest", "admin", True),
]


@pytest.mark.parametrize(("role", "in_pipe", "sees"), SIGHT)
async def test_who_may_not_see_the_card_any_more_reads_nothing_of_it(
    database: Database, role: InstallationRole, in_pipe: PipeRole | None, sees: bool
):
    await published(database)
    await recorded(database, a_moved_card())
    told = Telling(user=CY, card="c1", sequence=2, kind="mentioned", text="Hm.", ways=BOTH)  # type: ignore[arg-type]  # both are channels
    async with database.writing() as connection:
        await people.add_user(connection, replace(a_user("cy", "member"), email="cy@example.com"))
        await notices.add(connection, [told], at=MONDAY)
        await people.set_installation_role(connection, "cy", role)
        if in_pipe is not None:
            await people.give_role(connection, "features", "cy", in_pipe)
        cy = await viewer_everywhere(connection, "cy", MONDAY)

        in_app = await notices.list_notices(connection, cy, limit=9)
        unread = await notices.count_unread(connection, CY, now=MONDAY)
        by_mail = await notices.waiting_for_mail(connection, cy, limit=9)
        assert (len(in_app), unread, len(by_mail)) == ((1, 1, 1) if sees else (0, 0, 0))
        assert len(await mentions_of(connection, cy, 9)) == int(sees)
        await notices.withdraw_unseen(connection, cy)
        assert len(await notices.waiting_for_mail(connection, CY_SEES, limit=9)) == int(sees)
        (all_the_same,) = await notices.list_notices(connection, CY_SEES, limit=9)
        opened = await notices.open_card(connection, cy, all_the_same.id, at=MONDAY)
        assert opened == ("FEAT-1" if sees else None)


async def test_choices_are_replaced_as_a_whole(database: Database):
    async with database.writing() as connection:
        await people.add_user(connection, a_user("bo", "member"))
        await notices.write_choices(
            connection, BO, {("told", "mail"): False, ("clock", "app"): False}
        )
        await notices.write_choices(connection, BO, {("commented", "mail"): True})
        chosen = await notices.read_choices(connection, [BO, "ana"])
    assert chosen == {"bo": {("commented", "mail"): True}}


async def test_the_audit_log_is_read_backwards_and_by_subject(database: Database):
    entry = Entry(at=MONDAY, by="ana", way="api", kind="name_team", subject="team:a", body={})
    async with database.writing() as connection:
        first = await audit.note(connection, entry)
        second = await audit.note(connection, replace(entry, subject="team:b", by=""))
        found = await audit.list_entries(connection, limit=9)
        assert [each.position for each in found] == [second, first]
        assert found[1] == replace(entry, position=first)
        older = await audit.list_entries(connection, limit=9, before=second)
        assert [each.position for each in older] == [first]
        about = await audit.list_entries(connection, limit=9, subject="team:b", by="")
        assert [each.position for each in about] == [second]


async def test_the_mailbox_keeps_the_newest_and_each_mail_once(database: Database):
    async with database.writing() as connection:
        for number in (1, 2, 2, 3):
            mail = Mail(message_id=f"{number}@x", to=("a@x", "b@x"), subject="S", text="T")
            await keep_mail(connection, mail, at=MONDAY)
        kept = await list_mails(connection, limit=9)
        assert [each.mail.message_id for each in kept] == ["3@x", "2@x", "1@x"]
        assert kept[0].mail.to == ("a@x", "b@x")
        await forget_mails(connection, kept=2)
        kept = await list_mails(connection, limit=9)
        assert [each.mail.message_id for each in kept] == ["3@x", "2@x"]
        await forget_mails(connection, kept=2)
        assert len(await list_mails(connection, limit=9)) == 2


async def test_a_leave_that_begins_at_the_same_time_is_replaced(database: Database):
    leave = Leave(user="bo", begins_at=MONDAY, ends_at=MONDAY + timedelta(days=1))
    async with database.writing() as connection:
        for name in ("ana", "bo"):
            await people.add_user(connection, a_user(name, "member"))
        await leaves.set_leave(connection, leave)
        later = replace(leave, ends_at=MONDAY + timedelta(days=9), delegate="ana")
        await leaves.set_leave(connection, later)
        assert await leaves.list_leaves(connection, "bo") == (later,)
        assert await leaves.end_leave(connection, "bo", MONDAY)
        assert not await leaves.end_leave(connection, "bo", MONDAY)
