"""What a page of a shared draft shows of the colleagues: who writes in a part, what they said, whose sign-off is missing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from consult import clock
from consult.accounts.access import allowed
from consult.db import session
from consult.i18n import Message
from consult.submissions.models import Draft, Submission
from consult.submissions.offices.models import TextComment, TextSave
from consult.submissions.offices.parts import DRAFTS, Tables
from consult.submissions.offices.queries import Held, comments_on, held_parts
from consult.submissions.offices.sign_off import digest_of, member_for, rule_for, signers_of
from consult.submissions.offices.sign_off_rules import LEVEL_LABELS, Level, SignOffRule, missing
from consult.web.forms import L_, Form, TextAreaField, clean_text
from consult.web.take_part.colleagues import colleagues
from consult.web.take_part.desk import Desk
from consult.web.visitor import actor, consultation

#: A name that is no longer among the members.
NOBODY = "–"


class CommentForm(Form):
    """A comment to the colleagues."""

    comment = TextAreaField(
        L_("A comment for your colleagues"),
        description=L_(
            "Only members of your body who write here can read it. It is deleted when the text leaves your body."
        ),
        filters=[clean_text],
    )


@dataclass(frozen=True, slots=True)
class PartInside:
    """A part as its page shows it: `holder` is a colleague who writes in it until `until`, `mine` whether one holds it."""

    own: bool
    holder: str
    mine: bool
    until: datetime | None
    comments: Sequence[tuple[TextComment, str]]
    form: CommentForm
    addresses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShownSave:
    """A save of the history: who, when, which part, and each of its fields with what changed, word by word."""

    save: TextSave
    name: str
    part: str
    fields: Sequence[tuple[str, object]]


@dataclass(frozen=True, slots=True)
class Signing:
    """A text as its check page shows it: whether it is shared, what it needs, who said yes, what one may do."""

    own: bool
    shared: bool
    may_share: bool
    may_hand_in: bool
    rule: SignOffRule | None
    level: Message
    missing: Sequence[Message]
    asked: bool
    signed: Sequence[tuple[str, datetime]]
    signed_by_me: bool
    lead: str
    seen: str


def part_of(desk: Desk, step: str, form: CommentForm | None = None) -> PartInside | None:
    """Return what a page of a part shows of the colleagues; None where nobody else writes."""
    draft = desk.draft
    if draft.shared_body_id is None:
        return None
    addresses = {
        act: url_for(f"take_part.{view}", draft=draft.id, step=step)
        for act, view in (("take", "take"), ("release", "release"), ("comment", "say_inside"), ("resolve", "resolve"))
    }
    own = allowed(actor(), "draft.own", draft)
    return inside_of(draft.id, step, member_for(actor(), draft), addresses, own=own, form=form)


def inside_of(
    text: uuid.UUID,
    part: str,
    me: uuid.UUID,
    addresses: Mapping[str, str],
    *,
    of: Tables = DRAFTS,
    own: bool = False,
    form: CommentForm | None = None,
) -> PartInside:
    """Return what a page of a part shows of the colleagues; `addresses` are those to take it, release it, comment and resolve."""
    held: Held | None = next((one for one in held_parts([text], of).get(text, ()) if one.part == part), None)
    said = comments_on(text, part, of)
    names = colleagues([*(one.member_id for one in said), held.member if held else None])
    other = held is not None and held.member != me
    return PartInside(
        own=own,
        holder=names.get(held.member, NOBODY) if held and other else "",
        mine=held is not None and not other,
        until=held.until if held else None,
        comments=[(one, names.get(one.member_id, NOBODY)) for one in said],
        form=form or CommentForm(formdata=None),
        addresses=addresses,
    )


def signing_of(desk: Desk) -> Signing:
    """Return what the check page shows of the sign-off."""
    draft, shared = desk.draft, desk.draft.shared_body_id is not None
    own = allowed(actor(), "draft.own", draft)
    me = member_for(actor(), draft) if shared else draft.member_id
    digest = digest_of(draft) if shared else ""
    signed = signers_of([draft.id], {draft.id: digest}).get(draft.id, {}) if shared else {}
    rule = rule_for(desk.member, consultation())
    lacking = list(missing(rule, signed.keys() | {me})) if rule is not None else []
    names = colleagues([*signed, rule.lead]) if rule is not None and (shared or lacking) else {}
    return Signing(
        own=own,
        shared=shared,
        may_share=own and not shared and rule is not None,
        may_hand_in=not lacking and (own or _may_correct(draft)),
        rule=rule,
        level=LEVEL_LABELS[Level.MEMBER if rule is None else rule.level],
        missing=lacking,
        asked=bool(digest) and draft.asked_digest == digest,
        signed=[(names.get(member, NOBODY), at) for member, at in signed.items()],
        signed_by_me=me in signed,
        lead=names.get(rule.lead, NOBODY) if rule is not None and rule.lead is not None else NOBODY,
        seen=digest,
    )


def _may_correct(draft: Draft) -> bool:
    """Tell whether a draft is a text of its own, or corrects one that is the visitor's own."""
    corrected = session.get(Submission, draft.submission_id) if draft.submission_id else None
    return corrected is None or allowed(actor(), "submission.own", corrected)


def handed_in_by(desk: Desk, seen: str) -> dict[str, Any]:
    """Return what handing in a shared draft adds: as which member, and which text the page showed."""
    if desk.draft.shared_body_id is None:
        return {}
    return {"member": member_for(actor(), desk.draft), "seen": seen}


def days_left(until: datetime | None) -> int | None:
    """Return how many whole days are left until a moment, None where there is none."""
    return None if until is None else max((until - clock.now()).days, 0)
