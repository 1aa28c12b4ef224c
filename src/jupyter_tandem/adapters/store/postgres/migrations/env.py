"""Alembic's entry: run the steps on the connection that :mod:`.upgrade` hands over."""

from alembic import context

from jupyter_tandem.adapters.store.postgres.migrations.upgrade import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
