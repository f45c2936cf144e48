"""Colleagues of the members of the small consultation: more people who take part for the same body, without a seat."""

from __future__ import annotations

from consult.accounts.people import PersonDraft
from consult.consultations.members import MemberDraft, invite_member
from consult.consultations.models import Member
from consult.db import transaction
from consult.submissions.drafting.drafts import save_step, start_draft
from consult.submissions.models import Draft
from consult.submissions.offices.together import share_draft
from consult.testing.world import World


def colleague(world: World, name: str, key: str = "ghat") -> Member:
    """Invite somebody for the body of a member."""
    row = world.member(key)
    draft = MemberDraft(PersonDraft(name, f"{name}@example.org"), row.track, row.own_body_id, withheld=row.withheld)
    member = invite_member(draft, consultation=world.consultation, actor=world.actor("organiser")).member
    world.members[name], world.people[name] = member.id, member.person_id
    return member


def colleague_elsewhere(world: World, name: str, key: str) -> Member:
    """Invite somebody for the body of a member in the academic track, which takes such a body no more."""
    draft = MemberDraft(PersonDraft(name, f"{name}@example.org"), "academic")
    elsewhere = invite_member(draft, consultation=world.consultation, actor=world.actor("organiser")).member
    with transaction():
        elsewhere.own_body_id = world.bodies[key]
    world.members[name], world.people[name] = elsewhere.id, elsewhere.person_id
    return elsewhere


def colleague_in_two_tracks(world: World, name: str, key: str) -> None:
    """Invite somebody for the body of a member, first in the academic track, then in the member's."""
    colleague_elsewhere(world, name, key)
    colleague(world, name, key)


def shared(world: World, key: str = "ghat") -> Draft:
    """Begin a whole draft and open it to the author's colleagues."""
    actor = world.actor(key)
    draft = start_draft(world.members[key], consultation=world.consultation, actor=actor)
    answers = {
        "title": "سجل بلدي",
        "language": "ar",
        "topics": ["gcm-1"],
        "text": "تمر بغات أقدم طرق القوافل.",
        "proposals": "نقترح سجلًا.",
        "track": {"decision": "31/2026"} if world.member(key).track == "municipal" else {},
    }
    save_step(draft, answers, 1, actor=actor)
    return share_draft(draft, actor=actor)
