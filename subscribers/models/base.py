"""The one registry of tables, for both packages, and the random names that rows are shown by."""

from __future__ import annotations

import uuid

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

AUTOINCREMENT = {"sqlite_autoincrement": True}  # ids stand in signed links: never reused


class Base(DeclarativeBase):
    """The one registry of tables, for both packages."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def public_id() -> str:
    """A random name of 128 bits, safe to show in an address."""
    return uuid.uuid4().hex
