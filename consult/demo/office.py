"""Bodies of the sample at work: what two members wrote together and would take back waits for their lead; texts to be co-signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from consult.accounts.people import PersonDraft
from consult.accounts.signing_in.sign_in import load_actor
from consult.consultations.members import MemberDraft, invite_member
from consult.consultations.models import Member
from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline
from consult.recommendations.queries import recommendation_by_number
from consult.recommendations.reservation_models import Reservation
from consult.recommendations.reservations import record_reservation, withdraw_reservation
from consult.runtime import runtime
from consult.submissions.cosigning.services import ask_body, cosign
from consult.submissions.drafting.drafts import save_step, start_draft
from consult.submissions.models import Submission
from consult.submissions.offices.sign_off import ask_sign_off
from consult.submissions.offices.together import comment, release_part, resolve_comment, save_part, share_draft


def add_office(cast: Cast, timeline: Timeline) -> None:
    """Put the day on the timeline on which the two wrote; a sample without the track has none."""
    written = cast.sample.read("office")
    if runtime().hooks.track(session.get_one(Member, cast.members[written["author"]]).track) is not None:
        timeline.at(cast.sample.moment(written["at"]), _write(cast, written))
        timeline.at(cast.sample.moment(written["at"]), _cosign(cast, written["cosign"]))


def _cosign(cast: Cast, written: list[dict[str, Any]]) -> Callable[[], None]:
    def act() -> None:
        for entry in written:
            row, author = (
                session.get_one(Submission, cast.submissions[entry["submission"]]),
                cast.actor(entry["author"]),
            )
            asked = ask_body(row, entry["body"], consultation=cast.consultation, actor=author)
            if "signed" in entry:
                cosign(asked, row.revision, actor=cast.actor(entry["signed"]))

    return act


def _write(cast: Cast, written: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        author = session.get_one(Member, cast.members[written["author"]])
        who = PersonDraft(**written["colleague"])
        invited = MemberDraft(who, author.track, author.body_id)
        member = invite_member(invited, consultation=cast.consultation, actor=cast.actor("organiser")).member
        writers = {"author": load_actor(author.person_id), "colleague": load_actor(member.person_id)}
        draft = start_draft(author.id, consultation=cast.consultation, actor=writers["author"])
        draft = save_step(draft, written["draft"], draft.version, actor=writers["author"])
        share_draft(draft, actor=writers["author"])
        save_part(draft, "proposals", written["later"], 1, page="sample", actor=writers["colleague"])
        release_part(draft, "proposals", actor=writers["colleague"])
        for entry in written["comment"]:
            said = comment(draft, entry["part"], entry["text"], actor=writers[entry["by"]])
            if entry.get("resolved"):
                resolve_comment(said.id, draft=draft, actor=writers["author"])
        ask_sign_off(draft, actor=writers["colleague"])
        reserved = written["reservation"]
        row = recommendation_by_number(cast.consultation.id, reserved["recommendation"])
        assert row is not None  # noqa: S101  # the sample proposes it before this day
        made = record_reservation(
            reserved["text"],
            language=reserved["language"],
            recommendation=row,
            member=author.id,
            actor=writers["author"],
        )
        if isinstance(made, Reservation):
            withdraw_reservation(made, actor=writers["colleague"])

    return act
