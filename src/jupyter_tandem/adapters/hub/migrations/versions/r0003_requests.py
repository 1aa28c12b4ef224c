"""Requests: who asks for access to what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody could ask before."""
    op.create_table(
        "hub_requests",
        sa.Column("document", sa.String(64), primary_key=True),
        sa.Column("username", sa.String(255), primary_key=True),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
