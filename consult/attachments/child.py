"""The process that takes a file apart, alone and within limits: a file that bursts takes this down and nothing else.

Started as `python -m consult.attachments.child SOURCE TARGET WORDS`; it answers with one line of JSON. SOURCE and TARGET may
be memory that its parent holds open (`/proc/self/fd/N`): no module of this room writes a file of its own beside TARGET.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

#: Bytes of memory beside what programs and libraries take; of address space; of a file that is written; seconds of a core.
DATA, SPACE, WRITTEN, SECONDS = 168 * 2**20, 2**30, 128 * 2**20, 20
#: Characters of text that are kept of a file for searching; and what WORDS says where none of its words may leave it.
MOST_TEXT = 200_000
NO_WORDS = "no-words"


def limit() -> None:
    """Bind this process to its limits, for good."""
    for what, value in (
        (resource.RLIMIT_AS, SPACE),
        (resource.RLIMIT_DATA, DATA),
        (resource.RLIMIT_FSIZE, WRITTEN),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (value, value))


def taken_apart(source: Path, target: Path, *, words: bool = True) -> dict[str, Any]:
    """Write a file anew and return its kind, its words and whether it seems to be scanned. Raises Refused.

    Without `words` none is given back, and where they are only for searching none is read.
    """
    from consult.attachments.foreign import demand_one_thing
    from consult.attachments.kinds import ARCHIVES, PICTURES, Kind, kind_of

    kind = kind_of(source)
    demand_one_thing(source, kind)
    text, scanned = "", False
    if kind is Kind.PDF:
        from consult.attachments.pdfs import clean_pdf, text_of_pdf

        clean_pdf(source, target)
        if words:
            text, scanned = text_of_pdf(target, MOST_TEXT)
    elif kind in ARCHIVES:
        from consult.attachments.archives import clean_archive

        text = clean_archive(source, target, kind, MOST_TEXT)
    elif kind in PICTURES:
        from consult.attachments.pictures import clean_picture

        target.write_bytes(clean_picture(source, kind))
    else:
        from consult.attachments.sounds import clean_sound

        clean_sound(source, target, kind)
    said = text.encode("utf-8", "replace").decode().replace("\0", " ") if words else ""
    return {"kind": kind.value, "text": said, "scanned": scanned}


def main(source: str, target: str, words: str = "") -> None:
    """Take a file apart and say what came of it."""
    limit()
    from consult.attachments.kinds import Refused

    try:
        answer = taken_apart(Path(source), Path(target), words=words != NO_WORDS)
    except Refused as refused:
        answer = {"refused": refused.message.text, "params": dict(refused.message.params)}
    except (MemoryError, RecursionError, OverflowError):
        answer = {"burst": True}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:4])
