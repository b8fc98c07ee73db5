"""Secrets are of no use to whoever reads the database; a key can be changed without losing any."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from engine.runtime.sealing import CannotOpen, Sealer, load_sealer, new_key
from engine.runtime.settings import Settings, SettingsError

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def test_what_is_sealed_can_be_opened_and_does_not_show_the_secret():
    sealer = Sealer(new_key())
    sealed = sealer.seal(SECRET)

    assert sealer.open(sealed) == SECRET
    assert "C2FVsBQI" not in sealed
    assert sealer.seal(SECRET) != sealed


def test_a_new_key_opens_nothing_old_until_the_old_one_is_given_too():
    old, new = new_key(), new_key()
    sealed = Sealer(old).seal(SECRET)

    with pytest.raises(CannotOpen, match="PHASELINE_SECRETS_KEY"):
        Sealer(new).open(sealed)
    resealed = Sealer(new, old).reseal(sealed)
    assert Sealer(new).open(resealed) == SECRET


def test_a_mark_is_that_of_one_text_and_outlives_a_change_of_keys():
    old, new = new_key(), new_key()
    mark = Sealer(old).mark("ERR-1 ana@example.com")

    assert Sealer(new, old).is_marked("ERR-1 ana@example.com", mark)
    assert not Sealer(old).is_marked("ERR-2 ana@example.com", mark)
    assert not Sealer(new).is_marked("ERR-1 ana@example.com", mark)


def test_the_data_folder_gets_a_key_that_stays_and_that_nobody_else_can_read(tmp_path: Path):
    settings = Settings(data=tmp_path)
    sealed = load_sealer(settings).seal(SECRET)

    assert load_sealer(settings).open(sealed) == SECRET
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.key"]
    assert (tmp_path / "secrets.key").stat().st_mode & 0o077 == 0


def test_processes_that_share_a_database_have_to_be_given_a_key():
    url = "postgresql://user@host/phaseline"

    with pytest.raises(SettingsError, match="phaseline secret key"):
        load_sealer(Settings(database_url=url))
    given = SecretStr(f"{new_key()}, {new_key()}")
    assert load_sealer(Settings(database_url=url, secrets_key=given)).seal(SECRET)


def test_a_key_in_the_data_folder_that_is_none_is_refused_without_being_shown(tmp_path: Path):
    (tmp_path / "secrets.key").write_text("too short", encoding="utf-8")

    with pytest.raises(SettingsError) as refused:
        load_sealer(Settings(data=tmp_path))
    assert "too short" not in str(refused.value)
