"""An instance in which a text was corrected after its campaign was confirmed, or the campaign replaced: the upgrade lets it leave, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from consult.migrations.upgrade import upgrade
from consult.plugins.manager import load_hooks

from .old_instances import BEGAN, add, engine_of, old_instance


def test_a_text_that_was_corrected_since_or_alone_in_a_replaced_campaign_has_left_it(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with old_instance("0051", engine, request, tmp_path) as settings:
        made = engine_of(settings)
        with made.begin() as connection:
            here = add(connection, "consultation", slug="old", prefix="OL", timezone="Africa/Tripoli")
            facts = {"consultation_id": here, "track": "municipal", "state": "accepted", "received_at": BEGAN}
            texts = [
                add(connection, "submission", number=f"OL-{number}", revision=revision, **facts)
                for number, revision in ((1, 1), (2, 2), (3, 1))
            ]
            found = add(connection, "campaign_search", consultation_id=here)
            kept = {"consultation_id": here, "search_id": found, "representative_id": texts[0]}
            confirmed, replaced = (
                add(connection, "campaign_proposal", state=state, texts=len(state), **kept)
                for state in ("confirmed", "replaced")
            )
            for text, proposal in zip(texts, (confirmed, confirmed, replaced), strict=True):
                add(connection, "campaign_member", proposal_id=proposal, submission_id=text, revision=1, belongs=True)
        upgrade(made, load_hooks())
        with made.connect() as connection:
            belongs = connection.execute(
                sa.text(
                    "SELECT submission.number, campaign_member.belongs FROM campaign_member"
                    " JOIN submission ON submission.id = campaign_member.submission_id ORDER BY submission.number"
                )
            ).all()
            counted = connection.execute(sa.text("SELECT texts FROM campaign_proposal WHERE state = 'replaced'")).all()
        assert [(number, bool(one)) for number, one in belongs] == [("OL-1", True), ("OL-2", False), ("OL-3", False)]
        assert counted == [(0,)]
        made.dispose()
