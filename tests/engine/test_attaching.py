"""Files taken in and given out, on disk and in a bucket of a real S3 server; and swept away."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.attaching import HELD_KEPT, UNUSED_KEPT, Attaching, FileRefused, in_words
from engine.core.commands import AttachFiles, DetachFile
from engine.storage import ContentMissing, Storage, StorageUnavailable
from engine.storage.disk import DiskStorage
from engine.storage.s3 import S3Storage
from engine.store import files
from engine.store.database import Database
from pipes.files import FileReference
from tests.builders import a_life
from tests.engine.store.conftest import database, on_postgresql, on_sqlite
from tests.engine.store.test_store import published, recorded
from tests.servers.s3 import BUCKET, SIGNED_IN, s3_server

__all__ = ["database", "on_postgresql", "on_sqlite"]

TEXT = b"Some notes.\n" * 40_000
LARGEST = 1_000_000


class Sent:
    """A file as a request brings it."""

    def __init__(self, filename: str | None, content: bytes) -> None:
        self.filename = filename
        self._content = io.BytesIO(content)

    async def read(self, size: int = -1) -> bytes:
        return self._content.read(size)


@pytest.fixture(scope="module")
async def bucket(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[S3Storage]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in SIGNED_IN.items():
            patched.setenv(name, value)
        async with s3_server(tmp_path_factory.mktemp("s3")) as address:
            yield S3Storage(BUCKET, prefix="files/", endpoint=address, region="us-east-1")


@pytest.fixture(params=["disk", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "disk":
        return DiskStorage(tmp_path / "files")
    made: S3Storage = request.getfixturevalue("bucket")
    return made


@pytest.fixture
def attaching(on_sqlite: Database, storage: Storage) -> Attaching:
    return Attaching(database=on_sqlite, storage=storage, largest=LARGEST)


async def content_of(attaching: Attaching, number: str) -> bytes:
    opened = await attaching.open(number)
    assert opened is not None
    return b"".join([piece async for piece in opened[1]])


# --- in and out, in either storage ----------------------------------------------------------------


async def test_a_file_comes_out_as_it_went_in(attaching: Attaching) -> None:
    file = await attaching.take_in(Sent("../my notes.txt", TEXT), uploader="ana")

    assert await content_of(attaching, file.id) == TEXT
    assert file.reference == FileReference(
        id=file.id, name="my notes.txt", bytes=len(TEXT), type="text/plain"
    )
    assert file.hash == hashlib.sha256(TEXT).hexdigest()
    assert await attaching.storage.has(file.hash)
    assert len(file.id) >= 26


async def test_the_same_content_is_kept_once_and_may_be_deleted_twice(
    storage: Storage, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"once")
    content = hashlib.sha256(b"once").hexdigest()
    await asyncio.gather(*(storage.put(content, source) for _ in range(5)))
    assert b"".join([piece async for piece in storage.read(content)]) == b"once"
    await storage.delete(content)
    await storage.delete(content)
    assert not await storage.has(content)
    with pytest.raises(ContentMissing):
        await anext(aiter(storage.read(content)))


async def test_a_storage_that_does_not_answer_says_so(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    (tmp_path / "files").write_text("no folder")
    with pytest.raises(StorageUnavailable):
        await DiskStorage(tmp_path / "files").put("ab" * 32, source)


async def test_the_bucket_holds_contents_by_their_hash(
    bucket: S3Storage, on_sqlite: Database
) -> None:
    attaching = Attaching(database=on_sqlite, storage=bucket, largest=LARGEST)
    file = await attaching.take_in(Sent("a.txt", b"named by its hash"), uploader="ana")
    listed = bucket._client.list_objects_v2(Bucket=BUCKET)["Contents"]  # noqa: SLF001 -- what the server has
    assert f"files/{file.hash}" in {each["Key"] for each in listed}


# --- what is not taken ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("big.txt", b"x" * (LARGEST + 1), "larger than 1 MB"),
        ("nothing.txt", b"", "is empty"),
        ("photo.png", b"<html>", "Was it renamed?"),
        ("setup.exe", b"MZ", "programs are not taken"),
    ],
)
async def test_what_is_refused_leaves_nothing(
    on_sqlite: Database, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    attaching = Attaching(
        database=on_sqlite, storage=DiskStorage(tmp_path / "files"), largest=LARGEST
    )
    with pytest.raises(FileRefused, match=said.replace("?", r"\?")):
        await attaching.take_in(Sent(name, content), uploader="ana")
    assert not (tmp_path / "files").exists()
    async with on_sqlite.reading() as connection:
        assert await files.contents(connection) == {}


async def test_a_request_that_is_repeated_makes_one_file(
    on_sqlite: Database, tmp_path: Path
) -> None:
    attaching = Attaching(database=on_sqlite, storage=DiskStorage(tmp_path / "f"), largest=LARGEST)
    first = await attaching.take_in(Sent("a.txt", b"a"), uploader="ana", key="ana:k:0")
    again = await attaching.take_in(Sent("a.txt", b"a"), uploader="ana", key="ana:k:0")
    other = await attaching.take_in(Sent("a.txt", b"b"), uploader="ana", key="ana:k:0")
    assert first.id == again.id != other.id


async def test_only_its_uploader_finds_an_upload(attaching: Attaching) -> None:
    file = await attaching.take_in(Sent("a.txt", b"mine"), uploader="ana")
    assert [each.id for each in await attaching.find([file.id, "guess"], uploader="ana")] == [
        file.id
    ]
    assert await attaching.find([file.id], uploader="bo") == ()
    async with attaching.database.reading() as connection:
        assert await files.uploader_of(connection, file.reference) == "ana"
        claimed = replace(file.reference, type="image/png")
        assert await files.uploader_of(connection, claimed) is None


# --- sweeping, on either database -----------------------------------------------------------------


async def test_what_is_held_for_somebody_signed_out_is_theirs_for_an_hour_and_gone_after_two(
    database: Database, tmp_path: Path
) -> None:
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    storage = DiskStorage(tmp_path / "files")
    now = Attaching(database=database, storage=storage, largest=LARGEST, clock=lambda: moment)
    first, second = f"{files.HELD}first", f"{files.HELD}second"
    claimed = await now.take_in(Sent("a.txt", b"claimed"), uploader=first)
    left = await now.take_in(Sent("b.txt", b"left"), uploader=second)

    async with database.writing() as connection:
        await files.hand_over(connection, second, "bo", since=moment + timedelta(seconds=1))
        await files.hand_over(connection, first, "ana", since=moment - timedelta(hours=1))

    assert await now.find([claimed.id, left.id], uploader="ana") == (
        replace(claimed, uploaded_by="ana"),
    )
    assert await now.find([claimed.id, left.id], uploader="bo") == ()
    later = replace(now, clock=lambda: moment + HELD_KEPT + timedelta(seconds=1))
    assert await later.forget_unused() == 1
    assert await storage.has(claimed.hash)
    assert not await storage.has(left.hash)


async def test_what_no_card_names_is_forgotten_and_nothing_else(
    database: Database, tmp_path: Path
) -> None:
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    storage = DiskStorage(tmp_path / "files")
    early = Attaching(database=database, storage=storage, largest=LARGEST, clock=lambda: moment)
    later = replace(early, clock=lambda: moment + UNUSED_KEPT + timedelta(seconds=1))
    unused = await early.take_in(Sent("a.txt", b"unused"), uploader="ana")
    named = await early.take_in(Sent("b.txt", b"named"), uploader="ana")
    shared = await early.take_in(Sent("c.txt", b"named"), uploader="bo")
    wanted = await early.take_in(Sent("d.txt", b"wanted"), uploader="ana")
    await published(database)
    life = a_life().creates(name="With a file")
    life.does("bo", AttachFiles(files=(named.reference,)))
    await recorded(database, life)
    async with database.writing() as connection:
        await files.note_use(connection, wanted.id, later.clock())
    assert await early.forget_unused() == 0

    assert await later.forget_unused() == 1

    assert not await storage.has(unused.hash)
    assert await storage.has(named.hash)
    assert await storage.has(wanted.hash)
    async with database.reading() as connection:
        left = await files.read(connection, [unused.id, named.id, shared.id, wanted.id])
    assert {file.id for file in left} == {named.id, wanted.id}
    assert await later.forget_unused() == 0

    life.does("bo", DetachFile(file=named.id))
    await recorded(database, life)
    assert await later.forget_unused() == 1
    assert not await storage.has(named.hash)


async def test_whoever_uploads_what_is_being_forgotten_keeps_it(
    database: Database, tmp_path: Path
) -> None:
    """Uploads and sweeps of the same content, at once and again and again."""
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    storage = DiskStorage(tmp_path / "files")
    for round_ in range(10):
        early = Attaching(database=database, storage=storage, largest=LARGEST, clock=lambda: moment)
        content = f"content {round_}".encode()
        await early.take_in(Sent("old.txt", content), uploader="ana")
        later = replace(early, clock=lambda: moment + UNUSED_KEPT + timedelta(seconds=1))
        fresh, *_ = await asyncio.gather(
            later.take_in(Sent("new.txt", content), uploader="bo"),
            later.forget_unused(),
            later.forget_unused(),
        )
        assert await content_of(later, fresh.id) == content


@pytest.mark.parametrize(
    ("size", "said"), [(999, "999 bytes"), (50_000_000, "50 MB"), (1_500, "1.5 KB")]
)
def test_sizes_are_said_in_words(size: int, said: str) -> None:
    assert in_words(size) == said
