"""Contents as objects in a bucket that speaks S3: Amazon's own, MinIO, Ceph and others.

boto3 waits, so that it works in threads; what it needs to sign in it finds where it always does
(`AWS_ACCESS_KEY_ID` and so on).
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from engine.storage.storage import ContentMissing, StorageUnavailable

_PIECE = 256 * 1024
_MISSING = frozenset(("404", "NoSuchKey", "NotFound"))
_ERRORS = (BotoCoreError, Boto3Error, ClientError)


class S3Storage:
    """A bucket of contents; `prefix` stands before each object's name."""

    def __init__(self, bucket: str, *, prefix: str, endpoint: str | None, region: str) -> None:
        self._bucket = bucket
        self._prefix = prefix
        # A thread each; botocore's clients may be shared between them.
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            config=Config(
                connect_timeout=5,
                read_timeout=20,
                retries={"max_attempts": 3, "mode": "standard"},
                # Others than Amazon are asked by path, without a name for each bucket.
                s3={"addressing_style": "path" if endpoint else "auto"},
            ),
        )

    async def put(self, content: str, source: Path) -> None:
        """Keeps what is in a file."""
        await self._do(self._client.upload_file, str(source), self._bucket, self._name(content))

    async def read(self, content: str) -> AsyncIterator[bytes]:
        """What is in a content."""
        answer = await self._do(
            self._client.get_object, Bucket=self._bucket, Key=self._name(content)
        )
        body = answer["Body"]
        try:
            while piece := await self._do(body.read, _PIECE):
                yield piece
        finally:
            body.close()

    async def delete(self, content: str) -> None:
        """Forgets a content."""
        await self._do(self._client.delete_object, Bucket=self._bucket, Key=self._name(content))

    async def has(self, content: str) -> bool:
        """Whether the content is there."""
        try:
            await self._do(self._client.head_object, Bucket=self._bucket, Key=self._name(content))
        except ContentMissing:
            return False
        return True

    def _name(self, content: str) -> str:
        return f"{self._prefix}{content}"

    async def _do(self, work: Any, *given: object, **named: object) -> Any:  # noqa: ANN401 -- botocore's own
        try:
            return await asyncio.to_thread(work, *given, **named)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _MISSING:
                raise ContentMissing(str(named.get("Key", ""))) from error
            raise StorageUnavailable(str(error)) from error
        except _ERRORS as error:
            raise StorageUnavailable(str(error)) from error
