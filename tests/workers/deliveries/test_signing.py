"""Signatures are judged by the specification's own libraries, in Python and in JavaScript."""

import json
import subprocess
import sysconfig
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from workers.deliveries.signing import NoSecret, signed_headers

NEW, OLD, OTHER = (
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
)
BODY = '{"type": "card.moved", "data": {"title": "Fisch & “Chips”"}}'.encode()
ASSETS = Path(__file__).parents[3] / "api" / "assets"
JUDGE = """
import { Webhook } from "standardwebhooks";
let text = "";
for await (const part of process.stdin) text += part;
const verdicts = JSON.parse(text).map(({ secret, headers, body }) => {
  try { new Webhook(secret).verify(body, headers); return true; } catch { return false; }
});
console.log(JSON.stringify(verdicts));
"""

type Headers = dict[str, str]


def now() -> datetime:
    return datetime.now(UTC)


def python_believes(secret: str, headers: Headers, body: bytes = BODY) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def javascript_believes(cases: list[tuple[str, Headers, bytes]]) -> list[bool]:
    node = Path(sysconfig.get_path("scripts")) / "node"
    given = [
        {"secret": secret, "headers": headers, "body": body.decode()}
        for secret, headers, body in cases
    ]
    said = subprocess.run(
        [str(node) if node.exists() else "node", "--input-type=module", "--eval", JUDGE],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
        cwd=ASSETS,
        timeout=60,
    )
    verdicts: list[bool] = json.loads(said.stdout)
    return verdicts


def test_both_libraries_believe_what_is_genuine_and_nothing_else():
    headers = signed_headers("msg_1", now(), BODY, [NEW])
    overlapping = signed_headers("msg_1", now(), BODY, [NEW, OLD])
    stale = signed_headers("msg_1", now() - timedelta(minutes=6), BODY, [NEW])
    renamed = {**headers, "webhook-id": "msg_2"}
    cases: list[tuple[str, Headers, bytes, bool]] = [
        (NEW, headers, BODY, True),
        (NEW, overlapping, BODY, True),
        (OLD, overlapping, BODY, True),
        (OTHER, overlapping, BODY, False),
        (OLD, headers, BODY, False),
        (NEW, headers, BODY + b" ", False),
        (NEW, stale, BODY, False),
        (NEW, renamed, BODY, False),
    ]
    given = [case[:3] for case in cases]
    expected = [case[3] for case in cases]

    assert [python_believes(*case) for case in given] == expected
    assert javascript_believes(given) == expected


def test_the_signature_is_that_of_the_specification():
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    headers = signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', [NEW])

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64", "plain text!"])
def test_what_is_no_secret_signs_nothing(secret: str):
    with pytest.raises(NoSecret):
        signed_headers("msg_1", now(), BODY, [secret])


def test_without_a_secret_it_is_not_signed():
    assert "webhook-signature" not in signed_headers("msg_1", now(), BODY, [])
