"""Migrations are one chain: a database never has to choose between two."""

from alembic.config import Config
from alembic.script import ScriptDirectory

from engine.store import migrations


def test_the_migrations_have_one_end():
    """Where two were made at once, the later one has to follow the earlier one."""
    configuration = Config()
    configuration.set_main_option("script_location", str(migrations.__path__[0]))

    assert len(ScriptDirectory.from_config(configuration).get_heads()) == 1
