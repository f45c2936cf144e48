"""What the renderers need around the tree: the seal, the address where it is checked, the code that leads there."""

from __future__ import annotations

import re
from dataclasses import dataclass

import segno

from consult.outcomes.canonical import canonical
from consult.outcomes.canonical import seal as seal_of
from consult.outcomes.tree import Document


@dataclass(frozen=True, slots=True)
class Sealed:
    """The seal (64 hexadecimal digits, "" for a draft), its address, and the code as rows of an SVG path."""

    seal: str
    address: str
    qr_size: int
    qr_path: str

    @property
    def qr_svg(self) -> str:
        """Return the code as an SVG of its own, black on white with its quiet zone."""
        return _drawn(self.qr_size, self.qr_path)


def sealed(document: Document, seal: str | None) -> Sealed:
    """Return the seal of a document and where it is checked; a draft has none.

    `seal` is given when one seal covers an edition in several languages; else it is that of the document itself.
    """
    if not document.edition:
        return Sealed("", "", 0, "")
    value = seal or seal_of(canonical(document))
    address = document.verification.replace("{seal}", value)
    size, path = _qr(address or value)
    return Sealed(value, address, size, path)


def qr_svg(content: str) -> str:
    """Return any content as a QR code of the same kind."""
    return _drawn(*_qr(content))


def _drawn(size: int, path: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path stroke="#000" d="{path}"/></svg>'
    )


def _qr(content: str) -> tuple[int, str]:
    """Return the width in modules and the path of a QR code (ISO/IEC 18004, level M) with a quiet zone of two.

    The path is a stroke one module wide: a line for each run of dark modules, moved to from where the last one ended.
    """
    rows = segno.make(content, error="m", micro=False).matrix
    steps = []
    for y, row in enumerate(rows, 2):
        done = 0
        for dark in re.finditer(b"\x01+", bytes(row)):
            moved = f"m{dark.start() - done} 0" if done else f"M{dark.start() + 2} {y}.5"
            steps.append(f"{moved}h{len(dark[0])}")
            done = dark.end()
    return len(rows) + 4, "".join(steps)
