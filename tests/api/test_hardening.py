"""What browsers and logs are told so that nothing leaks: by TLS only, not for ever, on one line."""

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from opentelemetry.util.http import parse_excluded_urls
from sqlalchemy import update

from api.app import NOT_TRACED
from api.pages.markdown import markdown
from api.signin.people import COOKIE, now
from engine.store.sign_in_tables import sessions
from pipes.fields.checking import compile_schema
from tests.api.people import Person, browser, sign_in
from tests.api.test_sessions import add, attempt
from tests.servers.installation import Installation
from tests.servers.visitors import writing

# --- by TLS ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def secure(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """What stands behind a proxy that speaks TLS."""
    house = Installation(folder=tmp_path_factory.mktemp("secure"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PHASELINE_PUBLIC_URL", "https://phaseline.example.com")
        await house.start()
    yield house
    house.end()


async def test_by_tls_every_cookie_is_kept_to_it_and_to_this_host(
    secure: Installation,
) -> None:
    async with browser(secure) as pages:
        answer = await attempt(pages, "owner", secure.one_time_password)
        cookie = SimpleCookie(answer.headers["set-cookie"])
        assert list(cookie) == [f"__Host-{COOKIE}"]
        session = cookie[f"__Host-{COOKIE}"]
        assert (session["secure"], session["path"], session["domain"]) == (True, "/", "")
        header = {"Cookie": f"__Host-{COOKIE}={session.value}"}
        page = await pages.get("/profile/password", headers=header)
        assert page.status_code == 200
        plain = {"Cookie": f"{COOKIE}={session.value}"}
        assert (await pages.get("/profile/password", headers=plain)).status_code == 303
        token = page.text.partition('name="csrf-token" content="')[2].partition('"')[0]
        themed = await pages.post(
            "/theme", data={"csrf_token": token, "theme": "dark"}, headers=header
        )
        theme = SimpleCookie(themed.headers["set-cookie"])["__Host-theme"]
        assert (theme["secure"], theme["path"], theme["domain"]) == (True, "/", "")
        both = {"Cookie": f"theme=light; {header['Cookie']}; __Host-theme=dark"}
        assert 'data-theme="dark"' in (await pages.get("/profile/password", headers=both)).text
        ended = await pages.post("/sign-out", data={"csrf_token": token}, headers=header)
        assert ended.headers["set-cookie"].startswith(f'__Host-{COOKIE}=""')


@pytest.mark.parametrize("address", ["/sign-in", "/healthz", "/nothing", "/api/v1/me"])
async def test_by_tls_browsers_are_told_to_come_by_it_only(
    secure: Installation, house: Installation, address: str
) -> None:
    async with browser(secure) as pages:
        told = (await pages.get(address)).headers["strict-transport-security"]
    assert told == "max-age=31536000; includeSubDomains"
    async with browser(house) as pages:
        assert "strict-transport-security" not in (await pages.get(address)).headers


# --- sessions end ---------------------------------------------------------------------------------


async def set_session(house: Installation, user: str, *, began: timedelta, left: timedelta) -> None:
    async with writing(house) as connection:
        await connection.execute(
            update(sessions)
            .where(sessions.c.user == user)
            .values(created_at=now() - began, expires_at=now() + left)
        )


async def test_a_session_that_is_not_used_ends_and_one_that_is_used_does_too(
    house: Installation, owner: Person
) -> None:
    user = await add(owner, "ses")
    async with browser(house) as pages:
        await sign_in(pages, user)
        await set_session(house, user, began=timedelta(days=29), left=timedelta(hours=1))
        assert (await pages.get("/pipes")).status_code == 200  # It is prolonged, to the end.
        async with writing(house) as connection:
            row = (await connection.execute(sessions.select().where(sessions.c.user == user))).one()
        assert timedelta() < row.expires_at - now() <= timedelta(days=1)
        await set_session(house, user, began=timedelta(days=1), left=timedelta(seconds=-1))
        assert (await pages.get("/pipes")).status_code == 303


async def test_signing_out_leaves_nothing_in_the_browser(
    house: Installation, owner: Person
) -> None:
    user = await add(owner, "cle")
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, user)
        ended = await pages.post("/sign-out", data={"csrf_token": csrf_token})
    assert ended.headers["clear-site-data"] == '"cache", "storage"'


# --- what is logged -------------------------------------------------------------------------------


async def test_what_somebody_may_not_do_is_logged_with_who_they_are(
    house: Installation, everyone: dict[str, Person]
) -> None:
    val = everyone["val"]
    await val.api.get("/audit")
    await val.pages.post("/theme", data={"csrf_token": "guessed"})
    assert any(
        "refused" in line and "/theme" in line and "forged_request" in line and "person=val" in line
        for line in house.said.splitlines()
    )
    assert "guessed" not in house.said
    assert any("/api/v1/audit" in each and "refused" in each for each in house.said.splitlines())


LOGS = """
import structlog
from engine.runtime.settings import Settings
from engine.runtime.telemetry import configure_logs
configure_logs(Settings(log_format={kind!r}))
forged = "x\\n2026-11-26T00:00:00Z [error    ] forged entry\\r\\n\\x1b[31mred"
structlog.get_logger("t").info("said", path=forged, password="hunter2")
"""


@pytest.mark.parametrize("kind", ["json", "console"])
def test_nobody_writes_lines_of_their_own_into_the_logs(kind: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOGS.format(kind=kind)], capture_output=True, text=True, check=True
    )
    lines = ran.stderr.splitlines()
    assert len(lines) == 1
    assert "\x1b[31m" not in ran.stderr
    assert "hunter2" not in ran.stderr
    if kind == "json":
        assert json.loads(lines[0])["message"] == "said"


# --- what people write ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](https://elsewhere.example/pixel.png)",
        "<img src=x onerror=alert(1)>",
        "<a href='https://x' onclick='alert(1)'>x</a>",
        '[x](https://x "onmouseover=alert(1)")',
        "<svg onload=alert(1)>",
        "<iframe src='//elsewhere.example'></iframe>",
        "<style>*{display:none}</style>",
    ],
)
def test_nothing_that_is_written_runs_or_asks_elsewhere(text: str) -> None:
    html = str(markdown(text)).lower()

    for tag in ("<script", "<img", "<svg", "<iframe", "<style", "<form", "<object"):
        assert tag not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert "<a onclick" not in html
    assert ' onerror="' not in html


@pytest.mark.parametrize("pattern", [r"^(a+)+$", r"^(a|aa)+$", r"^(.*a){20}$", r"^([a-z]+)*$"])
def test_a_pattern_takes_time_in_proportion_to_the_text(pattern: str) -> None:
    check = compile_schema({"type": "string", "pattern": pattern})
    began = time.perf_counter()
    assert not check.is_valid("a" * 20_000 + "!")
    assert time.perf_counter() - began < 1


# --- traces ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "is_traced"),
    [
        ("http://house/boards/metrics", True),
        ("http://house/api/v1/pipes/statics/cards", True),
        ("http://house/cards/REQ-1?next=/follow/x", True),
        ("http://house:8000/follow/a-long-secret", False),
        ("https://house/sign-in/oidc/back?code=secret&state=x", False),
        ("http://house/readyz", False),
        ("http://house/static/app.js", False),
    ],
)
def test_addresses_with_secrets_are_not_traced(address: str, is_traced: bool):
    assert parse_excluded_urls(NOT_TRACED).url_disabled(address) != is_traced
