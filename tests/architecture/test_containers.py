"""What the containers run exists outside of them, and no secret has a default."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from api.cli.main import commands
from engine.runtime.embedded import DYNAMIC
from engine.runtime.settings import PREFIX, Settings

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


@pytest.mark.parametrize("service", SERVICES)
def test_every_image_has_a_version(service: str):
    image = SERVICES[service]["image"]

    assert ":" in image
    assert not image.endswith(":latest")


def test_everything_that_is_asked_for_is_in_the_example():
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE.read_text()))
    given = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert asked - given == set()


def test_temporal_is_told_the_same_as_the_embedded_server():
    told = YAML(typ="safe").load(COMPOSED["configs"]["temporal-dynamic"]["content"])

    assert {name: each["value"] for name, (each,) in told.items()} == DYNAMIC
