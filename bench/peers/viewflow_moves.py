"""django-viewflow moves a card to and fro; each move is two rows in SQLite.

It runs in the peers' interpreter and prints the seconds that each move took, as JSON. No HTTP, no
durable effects, no clocks: what a workflow library on a database costs at the least.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

MOVES = 150


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings.configure(
            DATABASES={
                "default": {
                    "ENGINE": "django.db.backends.sqlite3",
                    "NAME": Path(folder) / "viewflow.db",
                    "OPTIONS": {"init_command": "PRAGMA journal_mode=wal; PRAGMA synchronous=1;"},
                }
            },
            INSTALLED_APPS=[
                "django.contrib.auth",
                "django.contrib.contenttypes",
                "viewflow",
                "viewflow.workflow",
                "viewflow_card",
            ],
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        )
        django.setup()
        call_command("migrate", verbosity=0)
        json.dump(moves(), sys.stdout)


def moves() -> list[float]:
    """How long each move takes."""
    from viewflow_card.flows import Card  # noqa: PLC0415 -- it needs Django to be set up

    process = Card.start.run()
    taken = []
    for _ in range(MOVES):
        began = time.perf_counter()
        task = process.task_set.get(finished__isnull=True)
        task.flow_task.run(task)
        taken.append(time.perf_counter() - began)
    return taken


if __name__ == "__main__":
    main()
