"""Run by Alembic: migrates the connection that `migrate.upgrade` hands over, inside its transaction."""

from alembic import context

from monitor.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
