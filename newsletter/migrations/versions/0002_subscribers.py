"""What subscribers can do and admins keep: moves, tags, segments, former names, limits, imports.

Columns are only added, and none that must be filled: a sender of the version before goes on
inserting meanwhile. No table is made anew: on SQLite, dropping the old one would delete, by their
foreign keys, all that belongs to its rows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # Adding a column waits for every sender, and all others then wait behind it: not for long.
        op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("subscriber", sa.Column("tags", sa.Text(), nullable=True))
    op.add_column(
        "subscription", sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("consent_event", sa.Column("form", sa.String(length=64), nullable=True))
    op.create_table(
        "form_wording",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_form_wording")),
    )
    op.create_table(
        "signup_attempt",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=True),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signup_attempt")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_signup_attempt_at"), "signup_attempt", ["at"], unique=False)
    op.create_index(op.f("ix_signup_attempt_ip_at"), "signup_attempt", ["ip", "at"], unique=False)
    op.create_index(
        op.f("ix_signup_attempt_domain_at"), "signup_attempt", ["domain", "at"], unique=False
    )
    op.create_table(
        "import_run",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("mlist_slug", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_import_run_fingerprint"), "import_run", ["fingerprint"], unique=False)
    op.create_table(
        "address_change",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("subscriber_id", BIG_ID, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_address_change_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_address_change_subscriber_id"), "address_change", ["subscriber_id"], unique=False
    )
    op.create_index(
        op.f("ix_address_change_address_key"), "address_change", ["address_key"], unique=False
    )
    op.create_table(
        "former_person",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("system", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("subscriber_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_former_person_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_person")),
        sa.UniqueConstraint("system", "name", name=op.f("uq_former_person_system_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_former_person_subscriber_id"), "former_person", ["subscriber_id"], unique=False
    )
    op.create_table(
        "former_letter",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("system", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("mlist_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["mlist_id"],
            ["mailing_list.id"],
            name=op.f("fk_former_letter_mlist_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_letter")),
        sa.UniqueConstraint(
            "system", "name", "mlist_id", name=op.f("uq_former_letter_system_name_mlist_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_former_letter_mlist_id"), "former_letter", ["mlist_id"], unique=False)
    op.create_table(
        "former_slug",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("mlist_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["mlist_id"],
            ["mailing_list.id"],
            name=op.f("fk_former_slug_mlist_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_former_slug")),
    )
    op.create_index(op.f("ix_former_slug_mlist_id"), "former_slug", ["mlist_id"], unique=False)
    op.create_table(
        "segment",
        sa.Column("mlist_id", BIG_ID, nullable=False),
        sa.Column("of_id", BIG_ID, nullable=True),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mlist_id"], ["mailing_list.id"], name=op.f("fk_segment_mlist_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["of_id"], ["mailing_list.id"], name=op.f("fk_segment_of_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("mlist_id", name=op.f("pk_segment")),
    )
    op.create_index(op.f("ix_segment_of_id"), "segment", ["of_id"], unique=False)
