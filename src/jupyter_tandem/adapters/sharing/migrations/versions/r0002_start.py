"""Starting: whether an owner's server is started for somebody's runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody's server was started before, and nobody has agreed to it."""
    op.add_column(
        "grants", sa.Column("may_start", sa.Boolean, nullable=False, server_default=sa.false())
    )
