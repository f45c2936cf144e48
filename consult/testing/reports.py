"""Delivery reports as mail systems send them back (RFC 3464)."""

from __future__ import annotations

REPORT = """\
From: MAILER-DAEMON@mx.example.org
To: consult@example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

I could not deliver your message.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; ghat@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 unknown

--x
Content-Type: {returned}

From: consult@example.org
To: ghat@example.org
Message-ID: <{mail}@example.org>
Subject: Sign in

--x--
"""


def report(mail: object, action: str = "failed", status: str = "5.1.1", returned: str = "message/rfc822") -> bytes:
    """Return a report on a mail: what became of it, with which status, and how what was sent is brought back."""
    return REPORT.format(mail=mail, action=action, status=status, returned=returned).replace("\n", "\r\n").encode()
