"""The token with which a mail of a topic is switched off by whoever holds the mail: signed, for this and nothing else."""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from hashlib import sha256

from consult.accounts.keys import STOPPING, outside_key, outside_keys
from consult.db import session
from consult.notifications.kinds import ALWAYS, topic_of
from consult.notifications.models import Mail

#: What is signed with the key outside the database.
PURPOSE = b"consult: stop mail of this kind\0"
ID_BYTES, SIGNATURE_BYTES = 16, 16
#: The letters that gather: kind -> how their topics were chosen.
GATHERED = {"digest_daily": "daily", "digest_weekly": "weekly"}


def may_be_stopped(kind: str) -> bool:
    """Tell whether a kind of mail can be switched off."""
    return kind in GATHERED or topic_of(kind) not in ALWAYS


def stop_token(mail: uuid.UUID) -> str:
    """Return the token of a mail: its id and a signature, which say nothing of whose it is."""
    return _token(mail, outside_key(STOPPING))


def mail_of(token: str) -> Mail | None:
    """Return the mail of a token, None if it was forged, altered, or its mail cannot be switched off."""
    try:
        named = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)[:ID_BYTES]
        mail_id = uuid.UUID(bytes=named)
    except (binascii.Error, ValueError):
        return None
    # Letter for letter: the last of a token carries unused bits, so that two spellings decode to the same bytes.
    if not any(hmac.compare_digest(token, _token(mail_id, key)) for key in outside_keys(STOPPING)):
        return None
    mail = session.get(Mail, mail_id)
    return mail if mail is not None and mail.person_id is not None and may_be_stopped(mail.kind) else None


def _token(mail: uuid.UUID, key: bytes) -> str:
    signature = hmac.digest(key, PURPOSE + mail.bytes, sha256)[:SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(mail.bytes + signature).decode().rstrip("=")
