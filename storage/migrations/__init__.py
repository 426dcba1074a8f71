"""The schema's history (Alembic), and bringing a database to its end.

A new step is a file in `versions/` that follows the pattern of the last one; SCHEMA_REVISION in `storage/tables.py`
then names it. A test compares what the steps build with what `tables.py` says.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from storage.errors import DatabaseUnusable
from storage.tables import SCHEMA_REVISION

SCRIPTS = Path(__file__).parent
"Where Alembic finds the steps, wherever the package is installed."


def migrate(connection: Connection) -> None:
    """Bring the database to the present schema, in the caller's transaction: all of it or nothing."""
    present = _revision(connection)
    if present == SCHEMA_REVISION:
        return
    # Alembic takes 0.2 s to load, and is not needed at nearly every start
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    if present is not None:
        try:
            ScriptDirectory.from_config(config).get_revision(present)
        except CommandError as error:
            raise DatabaseUnusable(
                f"the database was written by a newer version (its schema is {present}, this version knows "
                f"{SCHEMA_REVISION} and older): install that version again, or use another database."
            ) from error
    command.upgrade(config, SCHEMA_REVISION)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision
