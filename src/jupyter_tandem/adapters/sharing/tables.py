"""The tables as the present code reads and writes them; the migrations bring a database there.

Times are whole milliseconds since 1970: both databases compare and index integers alike.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

STATE: Final = sa.Table(
    "state",
    METADATA,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
)

LINKS: Final = sa.Table(
    "links",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("target_kind", sa.String(16), nullable=False),
    sa.Column("target_id", sa.String(255), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("may_run", sa.Boolean, nullable=False),
    sa.Column("guests", sa.Boolean, nullable=False),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("expires_at", sa.BigInteger),
    sa.Column("max_uses", sa.Integer),
    sa.Column("uses", sa.Integer, nullable=False),
    sa.Column("created_by", sa.String(300), nullable=False),
    sa.Column("giver_name", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
    sa.CheckConstraint("role <> 'manager'", name="role"),
    sa.CheckConstraint("max_uses IS NULL OR uses <= max_uses", name="uses"),
)

GRANTS: Final = sa.Table(
    "grants",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("subject_kind", sa.String(16), nullable=False),
    sa.Column("subject_name", sa.String(300), nullable=False),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("target_kind", sa.String(16), nullable=False),
    sa.Column("target_id", sa.String(255), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("may_run", sa.Boolean, nullable=False),
    sa.Column("may_start", sa.Boolean, nullable=False),
    sa.Column("expires_at", sa.BigInteger),
    sa.Column("granted_by", sa.String(300), nullable=False),
    sa.Column("giver_name", sa.Text, nullable=False),
    sa.Column("granted_at", sa.BigInteger, nullable=False),
    sa.Column("link_id", sa.String(64), sa.ForeignKey("links.id")),
    sa.Column("ended_at", sa.BigInteger),
    sa.Column("ended_by", sa.String(300), nullable=False),
    sa.Column("ended_why", sa.String(16), nullable=False),
    sa.CheckConstraint("link_id IS NULL OR role <> 'manager'", name="link_role"),
    sa.Index("ix_grants_live", "ended_at", "target_id"),
)

LINK_USES: Final = sa.Table(
    "link_uses",
    METADATA,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("link_id", sa.String(64), sa.ForeignKey("links.id"), nullable=False, index=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("subject_kind", sa.String(16), nullable=False),
    sa.Column("subject_name", sa.String(300), nullable=False),
    sa.Column("display_name", sa.Text, nullable=False),
)

GUESTS: Final = sa.Table(
    "guests",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("ended", sa.Boolean, nullable=False),
)

AUDIT: Final = sa.Table(
    "audit",
    METADATA,
    sa.Column(
        "sequence",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("actor", sa.String(300), nullable=False),
    sa.Column("file_id", sa.String(255), nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
)
