"""Which revision the tables are at, which this version needs, and the way from one to the other."""

import functools
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect

import engine.store.command_tables
import engine.store.delivery_tables
import engine.store.draft_tables
import engine.store.file_tables
import engine.store.migration_tables
import engine.store.notice_tables
import engine.store.sign_in_tables  # noqa: F401 -- their tables are part of the metadata
from engine.store.tables import metadata

_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The revision of the tables that are there, and the one that is wanted.

    Attributes:
        is_newer: A version after this one has made them.
        lacking: What this version needs and such tables have not: tables, or columns of them.
    """

    found: str | None
    wanted: str | None
    is_newer: bool = False
    lacking: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether the tables are as this version makes them."""
        return self.found == self.wanted

    @property
    def is_usable(self) -> bool:
        """Whether this version can work with them: an upgrade lets the old one run on beside it."""
        return self.is_current or (self.is_newer and not self.lacking)


class NoSuchRevision(LookupError):
    """The tables have never been at that revision."""


class TablesUnfit(Exception):
    """A newer version has made the tables, and this one cannot work with them."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(
            f"A newer version has made the tables ({schema.found}), and this one cannot work with"
            f" them (missing: {', '.join(schema.lacking)}): run that version, or let it take the"
            f" tables back with `phaseline migrate --back-to {schema.wanted}`."
        )


def look(connection: Connection) -> Schema:
    """How the tables are."""
    found = MigrationContext.configure(connection).get_current_revision()
    wanted, known = _revisions()
    is_newer = found is not None and found not in known
    lacking = _lacking(connection) if is_newer else ()
    return Schema(found=found, wanted=wanted, is_newer=is_newer, lacking=lacking)


def upgrade(connection: Connection) -> None:
    """Brings the tables up to date; those of a newer version stay as they are.

    Raises:
        TablesUnfit: They are of a newer version, and this one cannot work with them.
    """
    schema = look(connection)
    if not schema.is_newer:
        command.upgrade(configuration(connection), "head")
    elif not schema.is_usable:
        raise TablesUnfit(schema)
    connection.commit()


def downgrade(connection: Connection, revision: str) -> None:
    """Brings the tables back to a revision.

    Raises:
        NoSuchRevision: There is none of that name before the present one.
    """
    try:
        command.downgrade(configuration(connection), revision)
    except CommandError as error:
        raise NoSuchRevision(f"{error}.") from None
    connection.commit()


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection; there is no file of it."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@functools.cache
def _revisions() -> tuple[str | None, frozenset[str]]:
    """The newest revision that this version knows, and all of them."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    known = frozenset(each.revision for each in scripts.walk_revisions())
    return scripts.get_current_head(), known


def _lacking(connection: Connection) -> tuple[str, ...]:
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    lacking = [name for name in metadata.tables if name not in there]
    for name in sorted(there & set(metadata.tables)):
        columns = {column["name"] for column in inspector.get_columns(name)}
        wanted = metadata.tables[name].columns.keys()
        lacking += [f"{name}.{column}" for column in wanted if column not in columns]
    return tuple(lacking)
