"""For whom somebody takes part whose name is withheld: read where the body itself acts, nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: Files that read `Member.own_body_id`, and why nobody learns from it for whom a withheld member takes part. All others ask
#: `Member.body_id`, which is None for such a member. No page is among them: a page asks a service or a query of these rooms.
READ = {
    "consult/consultations/accreditation/services.py": "whether an accreditation follows another of the same body",
    "consult/consultations/members.py": "writes it; a free seat of the body for whoever is invited",
    "consult/consultations/models.py": "the column, and what others may read of it",
    "consult/consultations/seats/holding.py": "whose seats a member may have, refused in the same words as a stranger's",
    "consult/consultations/seats/queries.py": "who could have a seat: withheld members beside withheld ones alone",
    "consult/consultations/winding/unwinding.py": "members of a body that ended go back to it",
    "consult/consultations/winding/winding_up.py": "members of a body that ends, those with a name, go to its successor",
    "consult/erasure/erase.py": "reasons that told of a lead are emptied",
    "consult/erasure/plan.py": "shared drafts stay with colleagues; whoever asks to be erased reads how many, not with whom",
    "consult/notifications/letters/answers.py": "letters to the people of a body",
    "consult/notifications/letters/bodies.py": "letters to the people of a body",
    "consult/peer_review/assigning.py": "who judges keeps away from texts of their own body",
    "consult/submissions/belonging.py": "what a body signed is its people's",
    "consult/submissions/bodies.py": "a body stays unnamed while somebody withheld takes part for it",
    "consult/submissions/offices/sign_off.py": "the people of a body sign off what leaves it",
    "consult/submissions/offices/together.py": "the people of a body write together",
    "consult/submissions/review/blind.py": "names that must not stand in a text that is judged blind",
    "consult/submissions/services.py": "what a track asks of a text of this body",
    "consult/testing/colleagues.py": "brings in a colleague",
    "consult/testing/places.py": "addresses that are walked",
    "consult/testing/world.py": "makes members",
    "plugins/municipal/consult_municipal/services.py": "a municipality has one vote; no name is withheld in this track",
}


def test_the_body_of_a_withheld_member_is_read_in_these_places_alone() -> None:
    sources = [
        *(ROOT / "consult").rglob("*.py"),
        *(ROOT / "plugins").rglob("*.py"),
        *(ROOT / "templates").rglob("*.html"),
    ]
    found = {
        path.relative_to(ROOT).as_posix()
        for path in sources
        if "tests" not in path.relative_to(ROOT).parts and re.search(r"\bown_body_id\b", path.read_text("utf-8"))
    }
    assert found == set(READ)


def test_no_query_goes_round_the_name_of_the_column() -> None:
    asked = re.compile(r'table\(\s*"member"')
    found = {
        p.relative_to(ROOT).as_posix() for p in (ROOT / "consult").rglob("*.py") if asked.search(p.read_text("utf-8"))
    }
    assert {path for path in found if "/migrations/" not in path} == {
        "consult/accounts/signing_in/sign_in.py",  # one's own memberships
    }
