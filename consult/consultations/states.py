"""Why a proxy ended."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.i18n import N_, Message


class ProxyEnd(StrEnum):
    """Why a proxy holds no longer; while it has none of these it holds until its date."""

    REVOKED = "revoked"
    REPLACED = "replaced"
    OVERTAKEN = "overtaken"
    SEAT_LEFT = "seat_left"


PROXY_END_LABELS: Mapping[ProxyEnd, Message] = {
    ProxyEnd.REVOKED: N_("Revoked"),
    ProxyEnd.REPLACED: N_("A new one took its place"),
    ProxyEnd.OVERTAKEN: N_("The holder or an alternate was there"),
    ProxyEnd.SEAT_LEFT: N_("A seat changed hands"),
}
