"""A change of address that waits for its codes."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Mapped, Model, mapped_column


class AddressChange(Model):
    """The address that somebody wants, and hashes of the codes in the letters to the present address and to the new one.

    A person has one at most; it is deleted when it is done, dropped or asked for anew. Without a digest no code fits.
    """

    __tablename__ = "address_change"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    address: Mapped[str]
    needs_old: Mapped[bool]
    old_digest: Mapped[bytes | None]
    new_digest: Mapped[bytes | None]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
