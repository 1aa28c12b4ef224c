"""Folders: in which shared folders a document lies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Documents that are there lie in no shared folder: none was shared before."""
    op.add_column(
        "hub_documents", sa.Column("within", sa.Text, nullable=False, server_default="{}")
    )
