"""What is installed is pinned: every package by version and hash, and no address of a registry."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PEERS = "bench/peers/peers.lock"
ASSETS = ROOT / "api" / "assets"


def blocks(lock: str) -> dict[str, str]:
    """The lock's entries by package name: the pin and its hashes."""
    entries = re.split(r"^(?=[A-Za-z0-9])", (ROOT / lock).read_text(), flags=re.MULTILINE)
    return {canonicalize_name(entry.split("==")[0]): entry for entry in entries if entry.strip()}


def asked_for() -> Iterator[tuple[str, Requirement]]:
    """The locks, each with what it has to satisfy."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    lists = {**groups, "": project["project"]["dependencies"]}
    lists["build-system"] = project["build-system"]["requires"]
    for group, lines in lists.items():
        lock = PEERS if group == "peers" else "requirements.lock"
        yield from ((lock, Requirement(line)) for line in lines if isinstance(line, str))


@pytest.mark.parametrize("lock", ["requirements.lock", "production.lock", "bootstrap.lock", PEERS])
def test_every_entry_of_a_lock_is_pinned_with_a_hash(lock: str):
    loose = [
        name
        for name, entry in blocks(lock).items()
        if not re.match(r"\S+==\S+", entry) or "--hash=sha256:" not in entry
    ]

    assert loose == []


@pytest.mark.parametrize(("lock", "requirement"), list(asked_for()), ids=str)
def test_the_lock_satisfies_what_the_project_asks_for(lock: str, requirement: Requirement):
    entry = blocks(lock).get(canonicalize_name(requirement.name))

    assert entry is not None, f"{requirement.name} is not locked; run make lock."
    pin = Requirement(entry.split("\\")[0].strip())
    (version,) = (Version(specifier.version) for specifier in pin.specifier)
    assert version in requirement.specifier, f"{pin} does not satisfy {requirement}; run make lock."


def test_production_gets_what_was_tested():
    tested, production = blocks("requirements.lock"), blocks("production.lock")

    assert {name: tested.get(name) for name in production} == production


def test_the_installer_is_the_one_of_the_lock():
    assert blocks("bootstrap.lock") == {"uv": blocks("requirements.lock")["uv"]}


@pytest.mark.parametrize(
    "lock",
    [
        "requirements.lock",
        "production.lock",
        "bootstrap.lock",
        PEERS,
        "api/assets/package-lock.json",
    ],
)
def test_no_lock_names_an_address(lock: str):
    text = (ROOT / lock).read_text()
    addresses = re.findall(r'"resolved".*|--\S*index-url.*|@ \w+://.*', text)

    assert addresses == []


def test_every_script_of_the_pages_is_locked_with_its_hash_at_the_version_asked_for():
    asked = json.loads((ASSETS / "package.json").read_text())
    locked = json.loads((ASSETS / "package-lock.json").read_text())["packages"]

    for name, version in {**asked["dependencies"], **asked["devDependencies"]}.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    loose = [name for name, entry in locked.items() if name and "integrity" not in entry]
    assert loose == []
