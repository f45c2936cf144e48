"""What people are asked to agree to at the moment they join: each purpose by itself, unticked, and none needed to take part.

What is not ticked is not answered: it is asked again on the page of purposes, where a yes is taken back as well.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import flash, request

from consult.accounts.access import Actor, allowed
from consult.accounts.signing_in.sign_in import Halfway, Opened, load_actor
from consult.consent.queries import Asked, answers_of, asked_in, stands
from consult.consent.services import answer_purpose
from consult.consultations.queries import staff_consultations
from consult.errors import Conflict, NotFound
from consult.i18n import N_
from consult.typed_numbers import as_number
from consult.web.forms import say


def asks_for(person: uuid.UUID, consultations: Sequence[uuid.UUID]) -> Sequence[Asked]:
    """Return what somebody takes part in and has not answered, or has to answer anew."""
    found = _asked_of(load_actor(person), consultations)
    answers = answers_of(person, [one.id for one in found]) if found else {}
    return [one for one in found if stands(one, answers.get(one.id, ())) is None]


def _asked_of(who: Actor, consultations: Sequence[uuid.UUID]) -> Sequence[Asked]:
    return asked_in([one.id for one in staff_consultations(consultations) if allowed(who, "consent.give", one)])


def take_agreed(joined: Opened | Halfway, consultations: Sequence[uuid.UUID]) -> None:
    """Write down what was ticked on the page; a text that is another one by now is asked anew.

    Of whoever still has to show a second step nothing is taken: the letter may be in other hands.
    """
    if isinstance(joined, Opened):
        take_ticked(joined.person, consultations)


def take_ticked(person: uuid.UUID, consultations: Sequence[uuid.UUID]) -> None:
    """Write down what somebody who is signed in has ticked."""
    who = load_actor(person)
    known = {one.id: one for one in staff_consultations(consultations)}
    moved = False
    for one in _asked_of(who, consultations):
        shown = as_number(request.form.get(f"agree-{one.id}"), None)
        if shown is None:
            continue
        try:
            answer_purpose(one.use, shown, True, consultation=known[one.consultation], actor=who)
        except (Conflict, NotFound):
            moved = True
    if moved:
        flash(say(N_("A text that you agreed to has changed meanwhile. You are asked again under “Consent”.")), "wait")
