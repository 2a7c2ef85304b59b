"""Which schema a store has, and how an older one is led to today's.

A store that is up to date costs one query: Alembic is imported only where there is something to migrate.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from monitor.errors import StateError

VERSIONS = ("0001",)
"""Every revision in `migrations/versions`, oldest first."""
NEWEST = VERSIONS[-1]
_FOLDER = Path(__file__).with_name("migrations")
_version_table = table("alembic_version", column("version_num"))


def version_of(connection: Connection) -> str | None:
    """None for a store without tables, `?` for a database that is none of ours."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        version: str | None = connection.execute(select(_version_table.c.version_num)).scalar_one_or_none()
        return version
    return "?" if tables else None


def require_newest(connection: Connection, place: str) -> None:
    """For those who cannot migrate: raise StateError unless the store is up to date."""
    version = version_of(connection)
    refuse_unknown(version, place)
    if version != NEWEST:
        raise StateError(
            f"{place}: written by an older monitor (schema {version or 'none'}, wanted {NEWEST}): "
            "start `monitor run` or `monitor once`, which upgrades it"
        )


def refuse_unknown(version: str | None, place: str) -> None:
    """Raise StateError where this program must not touch the store."""
    if version == "?":
        raise StateError(f"{place}: a database, but not a store of monitor: name another state folder")
    if version is not None and version not in VERSIONS:
        raise StateError(
            f"{place}: written by a newer monitor (schema {version}, this one knows up to {NEWEST}): "
            "install the newer version again, or restore a backup made before the upgrade"
        )


def upgrade(connection: Connection, place: str) -> None:
    """Lead the store to the newest schema, inside the transaction of `connection`; StateError where it is newer."""
    version = version_of(connection)
    refuse_unknown(version, place)
    if version == NEWEST:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
