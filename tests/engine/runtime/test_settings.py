"""Settings come from the environment and `.env`, and everything wrong with them is said at once."""

from pathlib import Path

import pytest

from engine.runtime.sealing import new_key
from engine.runtime.settings import (
    PREFIX,
    Settings,
    SettingsError,
    child_environment,
    load_settings,
)


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


def problems() -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        load_settings()
    return refused.value.problems


def test_without_configuration_everything_is_on_this_machine():
    settings = load_settings()

    assert settings.address == "http://127.0.0.1:8000"
    assert settings.database == "sqlite:///data/phaseline.db"


def test_the_environment_counts_more_than_the_file(monkeypatch: pytest.MonkeyPatch):
    Path(".env").write_text("PHASELINE_PORT=8001\nPHASELINE_LOG_LEVEL=debug\n", encoding="utf-8")
    monkeypatch.setenv("PHASELINE_PORT", "8002")

    settings = load_settings()

    assert (settings.port, settings.log_level) == (8002, "debug")


def test_what_the_command_line_says_counts_most(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PHASELINE_PORT", "8002")

    settings = load_settings(port=8003, data=Path("elsewhere"))

    assert (settings.port, settings.data) == (8003, Path("elsewhere"))


def test_an_unknown_name_is_refused_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PHASELINE_DATABSE_URL", "x")

    assert problems() == (
        "PHASELINE_DATABSE_URL: there is no such setting; did you mean PHASELINE_DATABASE_URL?",
    )


def test_unknown_names_in_the_file_are_refused_too():
    Path(".env").write_text("PHASELINE_PROT=1\n", encoding="utf-8")

    assert "did you mean PHASELINE_PORT?" in problems()[0]


def test_everything_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PHASELINE_PORT", "eighty")
    monkeypatch.setenv("PHASELINE_LOG_FORMAT", "xml")
    monkeypatch.setenv("PHASELINE_COLOUR", "red")

    assert [problem.partition(":")[0] for problem in problems()] == [
        "PHASELINE_COLOUR",
        "PHASELINE_PORT",
        "PHASELINE_LOG_FORMAT",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://phaseline:a/b#c?d@db.example.com/phaseline",
        "postgresql+asyncpg://phaseline@db.example.com:5433/phaseline?ssl=require",
        "postgres://[::1]:5432/phaseline",
        "postgresql:///phaseline?host=/run/postgresql",
        "sqlite:////var/lib/phaseline/phaseline.db",
        "sqlite:///here.db",
    ],
)
def test_a_database_is_named_by_its_address(monkeypatch: pytest.MonkeyPatch, address: str):
    monkeypatch.setenv("PHASELINE_DATABASE_URL", address)

    assert load_settings().database == address


@pytest.mark.parametrize(
    "address",
    [
        "db.example.com",
        "mysql://phaseline@db.example.com/phaseline",
        "postgresql+psycopg2://phaseline@db.example.com/phaseline",
        "postgresql://phaseline@db.example.com:port/phaseline",
        "sqlite://here.db",
    ],
)
def test_a_database_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch, address: str):
    monkeypatch.setenv("PHASELINE_DATABASE_URL", address)

    (problem,) = problems()

    assert problem.startswith("PHASELINE_DATABASE_URL: Write it as postgresql://user:password@")


def test_what_is_wrong_with_an_address_is_said_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("PHASELINE_DATABASE_URL", "mysql://phaseline:very/secret@db/phaseline")

    assert "secret" not in problems()[0]
    assert "//…@db/phaseline" in problems()[0]


@pytest.mark.parametrize(
    "key", ["", "example-only-replace-me", "ü" * 44, f"{'A' * 43}=,short"], ids=len
)
def test_a_key_that_is_none_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, key: str
):
    monkeypatch.setenv("PHASELINE_SECRETS_KEY", key)

    (problem,) = problems()

    assert "`phaseline secret key` makes one" in problem
    assert not key or key not in problem


def test_several_keys_may_be_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PHASELINE_SECRETS_KEY", f"{new_key()}, {new_key()}")
    assert load_settings().secrets_key is not None


def test_a_value_that_is_written_otherwise_is_told_how(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PHASELINE_CLAMD", "here")

    assert "clamav.example.com:3310" in problems()[0]
    assert "pattern" not in problems()[0]


def test_what_the_tests_are_told_is_nothing_to_the_product(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PHASELINE_TEST_CHROMIUM", "/somewhere")

    assert load_settings().port == 8000


def test_every_setting_says_what_it_is_for():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_child_gets_the_settings_and_nothing_of_another_temporal(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("TEMPORAL_API_KEY", "of somewhere else")

    environment = child_environment(Settings(port=8009), TEMPORAL_ADDRESS="127.0.0.1:1")

    assert environment["PHASELINE_PORT"] == "8009"
    assert environment["TEMPORAL_ADDRESS"] == "127.0.0.1:1"
    assert "TEMPORAL_API_KEY" not in environment
