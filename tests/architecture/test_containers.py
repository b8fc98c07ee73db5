"""What the containers run exists outside of them, and no secret has a default."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from api.cli.main import commands
from api.serving import GRACE_SECONDS
from engine.runtime.embedded import DYNAMIC
from engine.runtime.sealing import new_key
from engine.runtime.settings import PREFIX, Settings, SettingsError, load_settings
from workers.__main__ import STOPPED_WITHIN

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
COMPOSED: dict[str, Any] = YAML(typ="safe").load(COMPOSE)
SERVICES: dict[str, dict[str, Any]] = COMPOSED["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
KNOWN = {PREFIX + name.upper() for name in Settings.model_fields}


def names() -> set[str]:
    group = get_command(commands)
    return set(getattr(group, "commands"))  # noqa: B009 -- click's own attribute, untyped here


@pytest.mark.parametrize("service", OURS)
def test_every_process_of_ours_is_a_command(service: str):
    assert OURS[service]["command"][0] in names()


def given_in(example: str) -> dict[str, str]:
    """What an example file of environment variables sets."""
    text = (ROOT / example).read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_what_compose_asks_for_is_no_setting_of_ours():
    """Phaseline reads `.env` too, and refuses what looks like a setting and is none."""
    assert [name for name in given_in(".env.example") if name.startswith(PREFIX)] == []


def test_the_example_of_our_settings_is_taken_once_its_key_is_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.chdir(tmp_path)
    for name, value in given_in("phaseline.env.example").items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match="PHASELINE_SECRETS_KEY"):
        load_settings()
    monkeypatch.setenv("PHASELINE_SECRETS_KEY", new_key())

    # Mails go where the mail catcher listens.
    mails = load_settings()
    assert mails.smtp_host in SERVICES
    assert mails.smtp_security == "none"


@pytest.mark.parametrize("service", OURS)
def test_our_processes_may_do_no_more_than_they_need(service: str):
    assert OURS[service]["read_only"]
    assert OURS[service]["cap_drop"] == ["ALL"]
    assert OURS[service]["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r"^USER [1-9]", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_stopping_gets_the_time_that_it_may_take():
    def grace(service: str) -> float:
        return float(OURS[service]["stop_grace_period"].removesuffix("s"))

    assert grace("api") > GRACE_SECONDS
    assert timedelta(seconds=grace("worker")) > STOPPED_WITHIN


@pytest.mark.parametrize("service", OURS)
def test_every_setting_of_ours_exists(service: str):
    given = {name for name in OURS[service]["environment"] if name.startswith(PREFIX)}

    assert given - KNOWN == set()


def test_the_image_sets_what_exists():
    given = set(re.findall(r"PHASELINE_[A-Z_]+", (ROOT / "Dockerfile").read_text()))

    assert given
    assert given - KNOWN == set()


@pytest.mark.parametrize("service", SERVICES)
def test_no_secret_has_a_default(service: str):
    environment = SERVICES[service].get("environment", {})
    secrets = {name: str(value) for name, value in environment.items() if "PASSWORD" in name}

    assert [name for name, value in secrets.items() if ":?" not in value] == []


@pytest.mark.parametrize("service", SERVICES)
def test_only_this_machine_reaches_what_is_not_the_proxy(service: str):
    ports = SERVICES[service].get("ports", [])

    assert [port for port in ports if "127.0.0.1:" not in port] == []


def test_the_proxy_does_not_pass_metrics_on():
    assert "respond /metrics 404" in COMPOSED["configs"]["caddyfile"]["content"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_image_has_a_version(service: str):
    image = SERVICES[service]["image"]

    assert ":" in image
    assert not image.endswith(":latest")


def test_everything_that_is_asked_for_is_in_the_example():
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE.read_text()))

    assert asked - set(given_in(".env.example")) == set()


def test_temporal_is_told_the_same_as_the_embedded_server():
    told = YAML(typ="safe").load(COMPOSED["configs"]["temporal-dynamic"]["content"])

    assert {name: each["value"] for name, (each,) in told.items()} == DYNAMIC
