"""A server that speaks S3, for tests: moto's, as a process of its own."""

import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import boto3

from tests.servers.process import free_port, start, stop, until_it_listens

BUCKET = "phaseline-files"
# What boto3 finds in the environment of whoever asks; moto takes any.
SIGNED_IN = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests"}


@asynccontextmanager
async def s3_server(folder: Path) -> AsyncIterator[str]:
    """Its address; there is an empty bucket in it."""
    port, log = free_port(), folder / "s3.log"
    server = start(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        log=log,
        dies_by=signal.SIGKILL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        await until_it_listens(server, port, log=log, within_seconds=60)
        client = boto3.client(
            "s3",
            endpoint_url=address,
            region_name="us-east-1",
            aws_access_key_id="tests",
            aws_secret_access_key="tests",
        )
        client.create_bucket(Bucket=BUCKET)
        yield address
    finally:
        stop(server, by=signal.SIGTERM)
