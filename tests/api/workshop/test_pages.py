"""The workshop's pages: whose they are, drafts that lose nothing, publishing, copies, versions."""

import json
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from tests.api.people import PASSWORD, Person, arrives
from tests.builders import a_document, a_phase
from tests.servers.installation import Installation

type Everyone = Mapping[str, Person]


def text(pipe: str, **parts: Any) -> str:
    card = {"noun": "Feature", "key": re.sub("[^A-Z]", "", pipe.upper())[:10], "title": "name"}
    return json.dumps(a_document(id=pipe, name=pipe.capitalize(), card=card, **parts), indent=2)


async def begins(author: Person, written: str = "") -> str:
    """A draft with that text; its address."""
    answer = await author.submits("/workshop/drafts")
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    if written:
        saved = await author.submits(address, text=written, revision="1")
        assert saved.status_code == 200, saved.text
    return str(address)


async def types(author: Person, address: str, written: str, revision: int) -> httpx.Response:
    """What the editor sends while somebody types."""
    return await author.pages.post(
        f"{address}/text",
        content=written.encode(),
        headers={
            "X-CSRF-Token": author.csrf_token,
            "X-Revision": str(revision),
            "HX-Request": "true",
        },
    )


def seen(page: httpx.Response, name: str) -> str:
    """The value of a hidden input."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text
    return found[1]


async def by_program(author: Person, written: str) -> None:
    """Publishes a version without the workshop."""
    answer = await author.api.post("/pipes", json=json.loads(written))
    assert answer.status_code == 201, answer.text


async def publishes(author: Person, address: str, written: str) -> httpx.Response:
    page = await author.pages.get(address)
    return await author.submits(
        address,
        text=written,
        revision=seen(page, "revision"),
        seen=seen(page, "seen"),
        do="publish",
    )


# --- whose it is ----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ann", "bo", "val", "rae", "gus"])
@pytest.mark.parametrize(
    "address", ["/workshop", "/pipes/errands/versions", "/pipes/errands/versions/1"]
)
async def test_only_authors_and_admins_get_in(everyone: Everyone, who: str, address: str):
    assert (await everyone[who].pages.get(address)).status_code == 403
    for deed in ("/workshop/drafts", "/pipes/errands/retire", "/pipes/errands/versions/1/drafts"):
        assert (await everyone[who].submits(deed)).status_code == 403


@pytest.mark.parametrize("who", ["owner", "ada"])
async def test_authors_and_admins_see_templates_and_pipes(everyone: Everyone, who: str):
    page = await everyone[who].pages.get("/workshop")

    assert page.status_code == 200
    assert "Product lifecycle" in page.text
    assert "/pipes/errands/versions/1/drafts" in page.text


async def test_an_author_who_is_no_admin_writes_and_publishes(house: Installation, owner: Person):
    added = await owner.api.post(
        "/users",
        json={"id": "aud", "name": "Aud", "password": PASSWORD, "installation_role": "author"},
    )
    assert added.status_code == 201, added.text
    async with AsyncExitStack() as stack:
        aud = await arrives(house, "aud", PASSWORD, stack)

        done = await publishes(aud, await begins(aud), text("authored"))

        assert done.headers["location"] == "/pipes/authored"
        assert "Aud" in (await owner.pages.get("/pipes/authored/versions")).text


async def test_somebody_elses_draft_is_not_there(everyone: Everyone):
    address = await begins(everyone["owner"], text("mine"))

    for answer in (
        await everyone["ada"].pages.get(address),
        await everyone["ada"].submits(address, text="{}", revision="1"),
        await types(everyone["ada"], address, "{}", 1),
        await everyone["ada"].submits(f"{address}/discard"),
        await everyone["ada"].pages.get(f"{address}/file"),
    ):
        assert answer.status_code == 404
    assert "Mine" in (await everyone["owner"].pages.get(address)).text


# --- drafts lose nothing --------------------------------------------------------------------------


async def test_what_is_typed_comes_back_whatever_it_is(owner: Person):
    address = await begins(owner)

    for revision, written in enumerate(("{", '{"name": "Räder 🛞 </textarea>"}', "\n\n x")):
        answer = await types(owner, address, written, revision + 1)
        assert answer.status_code == 200
        assert answer.headers["x-revision"] == str(revision + 2)
        assert (await owner.pages.get(f"{address}/file")).text == written


async def test_the_same_text_again_changes_nothing(owner: Person):
    address = await begins(owner)
    await types(owner, address, "{}", 1)

    again = await types(owner, address, "{}", 1)

    assert again.status_code == 200
    assert again.headers["x-revision"] == "2"


async def test_what_another_window_types_is_kept_beside(owner: Person):
    address = await begins(owner)
    await types(owner, address, '{"name": "First"}', 1)

    later = await types(owner, address, '{"name": "Second"}', 1)
    by_form = await owner.submits(address, text='{"name": "Third"}', revision="1")

    assert (later.status_code, by_form.status_code) == (409, 303)
    texts = [
        (await owner.pages.get(f"{place}/file")).text
        for place in (address, later.headers["location"], by_form.headers["location"])
    ]
    assert texts == ['{"name": "First"}', '{"name": "Second"}', '{"name": "Third"}']


async def test_a_file_becomes_a_draft_and_a_draft_a_file(owner: Person):
    sent = text("imported").encode()
    answer = await owner.pages.post(
        "/workshop/drafts",
        data={"csrf_token": owner.csrf_token},
        files={"file": ("pipe.json", b"\xef\xbb\xbf" + sent.replace(b"\n", b"\r\n"))},
    )

    exported = await owner.pages.get(f"{answer.headers['location']}/file")

    assert exported.content == sent
    assert "attachment" in exported.headers["content-disposition"]


async def test_a_file_that_is_no_text_is_refused_in_words(owner: Person):
    answer = await owner.pages.post(
        "/workshop/drafts",
        data={"csrf_token": owner.csrf_token},
        files={"file": ("pipe.json", b"\xff\xfe\x00")},
    )

    assert answer.status_code == 422
    assert "save it as UTF-8" in answer.text


async def test_a_discarded_draft_is_gone(owner: Person):
    address = await begins(owner, text("passing"))

    assert (await owner.submits(f"{address}/discard")).status_code == 303
    assert (await owner.pages.get(address)).status_code == 404


# --- what follows from the text -------------------------------------------------------------------


async def test_findings_lead_to_their_places(owner: Person):
    address = await begins(owner)
    broken = text("broken", start={"phase": "nowhere", "form": ["name"]})

    answer = await types(owner, address, broken, 1)

    assert 'data-at="/start/phase"' in answer.text
    line = 1 + next(
        index for index, each in enumerate(broken.splitlines()) if '"phase": "nowhere"' in each
    )
    assert f"line {line}" in answer.text
    assert 'class="flow-phase' in answer.text


async def test_a_form_is_shown_with_what_was_typed_into_it(owner: Person):
    address = await begins(owner, text("formed"))

    part = await owner.pages.post(
        f"{address}/form",
        data={"csrf_token": owner.csrf_token, "preview-form": "design", "effort": "many"},
        headers={"HX-Request": "true"},
    )
    whole = await owner.submits(f"{address}/form", **{"preview-form": "design", "effort": "3"})

    assert 'value="many"' in part.text
    assert 'class="error"' in part.text
    assert "<html" not in part.text
    assert '<option value="design" selected>' in whole.text
    assert "<html" in whole.text


async def test_the_editors_page_allows_its_own_styles_and_no_script_in_the_page(owner: Person):
    page = await owner.pages.get(await begins(owner))

    nonce = re.search(r'name="style-nonce" content="([^"]+)"', page.text)
    assert nonce
    policy = page.headers["content-security-policy"]
    assert f"style-src 'self' 'nonce-{nonce[1]}'" in policy
    assert "script-src 'self';" in policy
    assert "nonce" not in (await owner.pages.get("/workshop")).headers["content-security-policy"]


# --- publishing -----------------------------------------------------------------------------------


async def test_a_draft_is_published_and_then_no_draft_any_more(owner: Person):
    address = await begins(owner)

    done = await publishes(owner, address, text("published"))

    assert done.headers["location"] == "/pipes/published"
    assert (await owner.pages.get("/pipes/published")).status_code == 200
    assert (await owner.pages.get(address)).status_code == 404


async def test_what_stands_against_publishing_is_said_and_the_text_stays(owner: Person):
    address = await begins(owner)
    broken = text("refused", start={"phase": "nowhere", "form": []})

    refused = await publishes(owner, address, broken)

    assert refused.status_code == 422
    assert "Not published: " in refused.text
    assert "against it." in refused.text
    assert "nowhere" in refused.text
    assert (await owner.pages.get("/pipes/refused")).status_code == 404


async def test_a_version_that_came_between_is_looked_at_first(owner: Person):
    address = await begins(owner)
    await publishes(owner, address, text("contested"))
    change = await owner.submits("/pipes/contested/versions/1/drafts")
    mine = change.headers["location"]
    page = await owner.pages.get(mine)
    other = text("contested", description="Theirs.")
    await by_program(owner, other)

    wish = {"text": text("contested", description="Mine."), "revision": seen(page, "revision")}
    refused = await owner.submits(mine, **wish, seen=seen(page, "seen"), do="publish")

    assert refused.status_code == 422
    assert "version 2 was published meanwhile" in refused.text
    assert "Publishing would take back what it changed" in refused.text
    done = await publishes(owner, mine, wish["text"])
    assert done.status_code == 303


async def test_the_difference_to_the_published_version_is_said_in_words(owner: Person):
    address = await begins(owner)
    await publishes(owner, address, text("differing"))
    again = (await owner.submits("/pipes/differing/versions/1/drafts")).headers["location"]
    longer = [
        a_phase("concept", form=["name"]),
        {**a_phase("design", form=["effort"]), "name": "Drawing"},
        a_phase("done", final="done"),
        a_phase("rejected", final="cancelled"),
    ]

    page = await types(owner, again, text("differing", phases=longer), 1)

    assert "Phase Drawing: name Design → Drawing." in page.text
    assert "Publish version 2" in page.text


# --- versions, copies, retiring -------------------------------------------------------------------


async def test_versions_say_who_published_what_and_each_can_be_looked_at(owner: Person):
    for description in ("One.", "Two."):
        await by_program(owner, text("versioned", description=description))

    listed = await owner.pages.get("/pipes/versioned/versions")
    first = await owner.pages.get("/pipes/versioned/versions/1")
    file = await owner.pages.get("/pipes/versioned/versions/1/file")

    assert listed.text.index("Version 2") < listed.text.index("Version 1")
    assert "Pipe: description changed." in listed.text
    assert "One." in first.text
    assert json.loads(file.text)["description"] == "One."
    for number in ("0", "3", "99999999999999999999"):
        missing = await owner.pages.get(f"/pipes/versioned/versions/{number}")
        assert missing.status_code in (404, 422)


async def test_changing_a_pipe_again_goes_on_with_the_same_draft(owner: Person):
    await by_program(owner, text("resumed"))

    first = await owner.submits("/pipes/resumed/versions/1/drafts")
    again = await owner.submits("/pipes/resumed/versions/1/drafts")

    assert first.headers["location"] == again.headers["location"]


async def test_a_copy_is_another_pipe_with_keys_of_its_own(owner: Person):
    await by_program(owner, text("original"))

    copied = await owner.submits("/pipes/original/versions/1/copies")
    document = json.loads((await owner.pages.get(f"{copied.headers['location']}/file")).text)

    assert (document["id"], document["card"]["key"]) == ("original-2", "ORIGINAL2")


async def test_a_template_begins_under_an_id_that_is_free(owner: Person):
    begun = await owner.submits("/workshop/templates/product-lifecycle/drafts")
    document = json.loads((await owner.pages.get(f"{begun.headers['location']}/file")).text)

    assert document["id"] == "product-lifecycle-2"
    for name in ("nowhere", "..%2F..%2Fetc%2Fpasswd"):
        answer = await owner.submits(f"/workshop/templates/{name}/drafts")
        assert answer.status_code == 404


async def test_a_retired_pipe_takes_no_new_cards_until_it_is_brought_back(owner: Person):
    await by_program(owner, text("retired"))
    card = {"fields": {"name": "x"}}

    assert (await owner.submits("/pipes/retired/retire")).status_code == 303
    assert (await owner.api.post("/pipes/retired/cards", json=card)).status_code == 422
    assert "Bring back" in (await owner.pages.get("/pipes/retired/versions")).text

    assert (await owner.submits("/pipes/retired/restore")).status_code == 303
    assert (await owner.api.post("/pipes/retired/cards", json=card)).status_code == 201
