"""Begin: shares, links, guests and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables. A step is never changed once it was released."""
    _make_state()
    _make_links()
    _make_grants()
    _make_link_uses()
    _make_guests()
    _make_audit()


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _make_state() -> None:
    state = op.create_table(
        "state",
        sa.Column("one", sa.Integer, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_state"),
    )
    op.bulk_insert(state, [{"one": 1, "revision": 0}])


def _make_links() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.String(64)),
        sa.Column("digest", sa.String(64), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("digest", name="uq_links_digest"),
        sa.CheckConstraint("role <> 'manager'", name="ck_links_role"),
        sa.CheckConstraint("max_uses IS NULL OR uses <= max_uses", name="ck_links_uses"),
    )


def _make_grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.String(64)),
        sa.Column("subject_kind", sa.String(16), nullable=False),
        sa.Column("subject_name", sa.String(300), nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("target_kind", sa.String(16), nullable=False),
        sa.Column("target_id", sa.String(255), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("may_run", sa.Boolean, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("granted_by", sa.String(300), nullable=False),
        sa.Column("giver_name", sa.Text, nullable=False),
        sa.Column("granted_at", sa.BigInteger, nullable=False),
        sa.Column("link_id", sa.String(64)),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_by", sa.String(300), nullable=False),
        sa.Column("ended_why", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_grants_link_id"),
        sa.CheckConstraint("link_id IS NULL OR role <> 'manager'", name="ck_grants_link_role"),
    )
    op.create_index("ix_grants_live", "grants", ["ended_at", "target_id"])


def _make_link_uses() -> None:
    op.create_table(
        "link_uses",
        sa.Column("number", _number()),
        sa.Column("link_id", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("subject_kind", sa.String(16), nullable=False),
        sa.Column("subject_name", sa.String(300), nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_link_uses"),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_link_uses_link_id"),
    )
    op.create_index("ix_link_uses_link_id", "link_uses", ["link_id"])


def _make_guests() -> None:
    op.create_table(
        "guests",
        sa.Column("id", sa.String(64)),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guests"),
        sa.UniqueConstraint("digest", name="uq_guests_digest"),
    )


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("sequence", _number(), autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("actor", sa.String(300), nullable=False),
        sa.Column("file_id", sa.String(255), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


_REFUSAL = "the audit log is append-only"
_APPEND_ONLY = {
    "sqlite": (
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    ),
    "postgresql": (
        f"""CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$""",
        """CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    ),
}
