"""Alembic's entry: run the steps on the connection that :mod:`..database` hands over."""

from alembic import context

from jupyter_tandem.adapters.sharing.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
