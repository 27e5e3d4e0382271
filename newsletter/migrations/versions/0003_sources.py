"""What collecting knows: selectors, pages of articles, what a source showed last; styles of lists.

Columns are only added, and a version before may go on inserting: each may be empty, or has a value
of its own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # Adding a column waits for every sender, and all others then wait behind it: not for long.
        op.execute("SET LOCAL lock_timeout = '10s'")
    moment = sa.DateTime(timezone=True)
    for table, column in (
        ("source", sa.Column("selectors", sa.JSON(), nullable=True)),
        ("source", sa.Column("site", sa.Text(), nullable=True)),
        ("source", sa.Column("shown_title", sa.Text(), nullable=True)),
        ("source", sa.Column("body_hash", sa.String(64), nullable=True)),
        (
            "source",
            sa.Column("read_articles", sa.Boolean(), nullable=False, server_default=sa.false()),
        ),
        ("source", sa.Column("shown", sa.JSON(), nullable=True)),
        ("source", sa.Column("newest_at", moment, nullable=True)),
        ("source", sa.Column("usual_gap_minutes", sa.Integer(), nullable=True)),
        ("article", sa.Column("canonical_url", sa.Text(), nullable=True)),
        ("article", sa.Column("canonical_key", sa.Text(), nullable=True)),
        ("article", sa.Column("page_html", sa.Text(), nullable=False, server_default="")),
        ("article", sa.Column("page_image", sa.JSON(), nullable=True)),
        ("article", sa.Column("page_read_at", moment, nullable=True)),
        ("article", sa.Column("history", sa.JSON(), nullable=False, server_default="[]")),
        ("sighting", sa.Column("missing_at", moment, nullable=True)),
        (
            "mailing_list",
            sa.Column("excerpt_style", sa.String(24), nullable=False, server_default="paragraphs"),
        ),
        ("topic", sa.Column("categories", sa.Text(), nullable=False, server_default="")),
    ):
        op.add_column(table, column)
    op.create_index("ix_article_canonical_key", "article", ["canonical_key"])
    op.create_index("ix_sighting_source_id_id", "sighting", ["source_id", "id"])
    missing = sa.text("missing_at IS NOT NULL")
    op.create_index(
        "ix_sighting_missing",
        "sighting",
        ["source_id"],
        sqlite_where=missing,
        postgresql_where=missing,
    )
