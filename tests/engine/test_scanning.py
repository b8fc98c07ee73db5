"""Files are looked into before they are kept, by a server that speaks as a ClamAV daemon does."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.attaching import Attaching, FileRefused, attaching_of
from engine.runtime.settings import Settings
from engine.storage import StorageUnavailable
from engine.storage.disk import DiskStorage
from engine.storage.scanning import Clamd, ScannerUnavailable
from engine.store import files
from engine.store.database import Database
from tests.engine.store.conftest import on_sqlite
from tests.engine.test_attaching import LARGEST, Sent
from tests.servers.clamd import EICAR, ClamServer, a_clamd
from tests.servers.process import free_port

__all__ = ["on_sqlite"]


def a_file(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("by_socket", [True, False], ids=["socket", "port"])
async def test_malware_is_found_wherever_it_is_in_the_file(tmp_path: Path, *, by_socket: bool):
    long = bytes(700_000)
    cases = {
        b"Some notes.": None,
        EICAR: "Eicar-Signature",
        long + EICAR + long: "Eicar-Signature",
        long: None,
    }
    clam = ClamServer()
    async with a_clamd(clam, tmp_path / "clamd.ctl" if by_socket else None) as address:
        found = [await Clamd(address).threat_in(a_file(tmp_path, each)) for each in cases]
    assert found == list(cases.values())
    assert clam.seen == list(cases)


async def test_what_the_scanner_has_not_seen_whole_is_not_clean(tmp_path: Path):
    file = a_file(tmp_path, bytes(700_000))
    async with a_clamd(ClamServer(largest=300_000)) as address:
        with pytest.raises(ScannerUnavailable, match=r"size limit|does not answer|cannot look"):
            await Clamd(address).threat_in(file)
    async with a_clamd(ClamServer(silent=True)) as address:
        with pytest.raises(ScannerUnavailable, match="does not answer"):
            await Clamd(address, within=0.2).threat_in(file)
    for away in (f"127.0.0.1:{free_port()}", f"unix:{tmp_path / 'nobody'}"):
        with pytest.raises(ScannerUnavailable, match="does not answer"):
            await Clamd(away).threat_in(file)


async def test_a_file_with_malware_is_refused_and_one_that_nobody_can_look_into_as_well(
    on_sqlite: Database, tmp_path: Path
):
    storage = DiskStorage(tmp_path / "files")
    attaching = Attaching(database=on_sqlite, storage=storage, largest=LARGEST)
    async with a_clamd(ClamServer()) as address:
        watched = replace(attaching, scanner=Clamd(address))
        kept = await watched.take_in(Sent("notes.txt", b"Some notes."), uploader="ana")
        with pytest.raises(FileRefused, match=r"“bad.txt” .* malware .*Eicar-Signature"):
            await watched.take_in(Sent("bad.txt", EICAR), uploader="ana", key="k")
    with pytest.raises(StorageUnavailable):
        await watched.take_in(Sent("more.txt", b"More notes."), uploader="ana", key="k")
    async with on_sqlite.reading() as connection:
        assert [each.name for each in await files.read(connection, [kept.id])] == ["notes.txt"]
    contents = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in contents] == [b"Some notes."]


def test_the_setting_says_who_looks(on_sqlite: Database, tmp_path: Path):
    settings = Settings(data=tmp_path, clamd="clamav.example.com:3310")
    assert attaching_of(on_sqlite, settings).scanner == Clamd("clamav.example.com:3310")
    assert attaching_of(on_sqlite, Settings(data=tmp_path)).scanner is None
