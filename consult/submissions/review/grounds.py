"""The grounds of a consultation: those that ship, as its organisers word them, and their own.

They stand in the consultation's row, because every page that shows a decision needs them. A key never changes and nothing is
deleted: what is no longer wanted is retired, so that earlier decisions keep their label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.cleaning import clean_line
from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.errors import NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Localized, Message
from consult.submissions.events import AppealRulesSet, GroundSet
from consult.submissions.models import ReviewDecision
from consult.submissions.states import GROUNDS, Decision, Ground

#: Characters of a label, grounds that a consultation may add, days that a rule may name.
LONGEST_LABEL, MOST_ADDED, MOST_DAYS = 120, 60, 365
#: What an added ground may stand for; what the others need has its ground.
CHOOSABLE = (Decision.RETURN, Decision.HIDE, Decision.UPHOLD, Decision.OVERTURN)
#: Days in which an author may appeal, and in which an appeal is to be decided, unless organisers set others.
APPEAL_DAYS, ANSWER_DAYS = 14, 14


@dataclass(frozen=True, slots=True)
class GroundDraft:
    """A ground as organisers word it: its label in every language, what it stands for, whether it seals the revision.

    Of a ground that ships, only the label can be changed.
    """

    label: Localized
    decisions: tuple[str, ...] = ()
    seals: bool = False


def grounds_of(consultation: Consultation) -> Mapping[str, Ground]:
    """Return every ground of a consultation by key, retired ones too: those that ship first (no query)."""
    own: Mapping[str, Mapping[str, Any]] = consultation.moderation.get("grounds", {})
    shipped = {key: _worded(ground, own.get(key)) for key, ground in GROUNDS.items()}
    return shipped | {key: _added(kept) for key, kept in own.items() if key not in GROUNDS}


def _worded(ground: Ground, kept: Mapping[str, Any] | None) -> Ground:
    if kept is None:
        return ground
    label = Localized(kept["label"]) if kept.get("label") else ground.label
    return Ground(label, ground.decisions, ground.seals, retired=kept["retired"])


def _added(kept: Mapping[str, Any]) -> Ground:
    decisions = frozenset(Decision(name) for name in kept["decisions"])
    return Ground(Localized(kept["label"]), decisions, kept["seals"], retired=kept["retired"])


def ground_label(key: str, consultation: Consultation) -> Message | Localized | str:
    """Return the label of a ground in a consultation, the bare key of one that nobody knows."""
    found = grounds_of(consultation).get(key)
    return key if found is None else found.label


def grounds_for(decisions: Iterable[Decision], consultation: Consultation) -> Mapping[str, Message | Localized]:
    """Return the grounds that may be chosen for any of these decisions, by key."""
    wanted = set(decisions)
    found = grounds_of(consultation).items()
    return {key: ground.label for key, ground in found if ground.decisions & wanted and not ground.retired}


def used_grounds(consultation: Consultation) -> Mapping[str, int]:
    """Return how many decisions of a consultation stand on each ground (1 query)."""
    rows = session.execute(
        sa.select(ReviewDecision.ground, sa.func.count())
        .where(ReviewDecision.consultation_id == consultation.id)
        .group_by(ReviewDecision.ground)
    )
    return dict(rows.all())


def add_ground(draft: GroundDraft, *, consultation: Consultation, actor: Actor) -> str:
    """Add a ground and return its key, which never changes. Raises Rejected, each problem at its field."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        row = _locked(consultation)
        own = row.moderation.get("grounds", {})
        draft = _cleaned(draft)
        problems = [*_label_problems(draft), *_meaning_problems(draft)]
        added = [key for key in own if key not in GROUNDS]
        if len(added) >= MOST_ADDED:
            problems.append(Problem("", N_("There are %(count)s grounds of your own already.", count=MOST_ADDED)))
        if problems:
            raise Rejected(problems)
        key = f"own_{len(added) + 1}"
        _keep(row, key, {"decisions": sorted(set(draft.decisions)), "seals": draft.seals}, draft.label, retired=False)
        _record(key, row, actor)
        return key


def change_ground(key: str, draft: GroundDraft, *, consultation: Consultation, actor: Actor) -> None:
    """Word a ground anew; of an added one, change what it stands for from now on. Raises NotFound and Rejected."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        row, draft = _locked(consultation), _cleaned(draft)
        present, shipped = _known(key, row), key in GROUNDS
        problems = [*_label_problems(draft), *(() if shipped else _meaning_problems(draft))]
        if problems:
            raise Rejected(problems)
        meaning = {} if shipped else {"decisions": sorted(set(draft.decisions)), "seals": draft.seals}
        _keep(row, key, meaning, draft.label, retired=present.retired)
        _demand_choice(row)
        _record(key, row, actor)


def retire_ground(key: str, *, retired: bool, consultation: Consultation, actor: Actor) -> None:
    """Offer a ground no longer, or again; decisions that stand on it keep it. Raises NotFound and Rejected."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        row = _locked(consultation)
        present = _known(key, row)
        if not present.decisions & set(CHOOSABLE):
            raise Rejected(N_("This ground is needed: no other stands for the same decision."))
        kept = row.moderation.get("grounds", {}).get(key, {})
        meaning = {name: kept[name] for name in ("decisions", "seals") if name in kept}
        label = present.label if isinstance(present.label, Localized) else None
        _keep(row, key, meaning, label, retired=retired)
        _demand_choice(row)
        _record(key, row, actor)


def _locked(consultation: Consultation) -> Consultation:
    return session.get_one(Consultation, consultation.id, with_for_update={"of": Consultation}, populate_existing=True)


def _known(key: str, row: Consultation) -> Ground:
    found = grounds_of(row).get(key)
    if found is None:
        raise NotFound
    return found


def _cleaned(draft: GroundDraft) -> GroundDraft:
    label = Localized({code: clean_line(draft.label.get(code, "")) for code in LANGUAGES})
    return GroundDraft(label, draft.decisions, draft.seals)


def _label_problems(draft: GroundDraft) -> Iterator[Problem]:
    for code in LANGUAGES:
        text = draft.label.get(code, "")
        if not text:
            yield Problem(f"label_{code}", N_("Write the ground in this language."))
        elif len(text) > LONGEST_LABEL:
            yield Problem(f"label_{code}", N_("Write at most %(limit)s characters.", limit=LONGEST_LABEL))


def _meaning_problems(draft: GroundDraft) -> Iterator[Problem]:
    if not draft.decisions or set(draft.decisions) - set(CHOOSABLE):
        yield Problem("decisions", N_("Choose what it is a ground for."))


def _demand_choice(row: Consultation) -> None:
    for decision in CHOOSABLE:
        if not grounds_for([decision], row):
            raise Rejected(
                N_("Then no ground would be left for one of the decisions. Add another one first."), "decisions"
            )


def _keep(row: Consultation, key: str, meaning: Mapping[str, Any], label: Localized | None, *, retired: bool) -> None:
    entry = {**meaning, "label": dict(label) if label else None, "retired": retired}
    grounds = {**row.moderation.get("grounds", {}), key: entry}
    row.moderation = {**row.moderation, "grounds": grounds}


def _record(key: str, row: Consultation, actor: Actor) -> None:
    ground = grounds_of(row)[key]
    decisions = tuple(sorted(decision.value for decision in ground.decisions))
    event = GroundSet(key, decisions, ground.seals, ground.retired)
    record(event, stream=row.id, actor=actor.person)


def appeal_days(consultation: Consultation) -> int:
    """Return for how many days an author may appeal a decision; 0 for none."""
    return int(consultation.moderation.get("appeal_days", APPEAL_DAYS))


def answer_days(consultation: Consultation) -> int:
    """Return in how many days an appeal is to be decided."""
    return int(consultation.moderation.get("answer_days", ANSWER_DAYS))


def set_appeal_rules(days: int, answer: int, *, consultation: Consultation, actor: Actor) -> None:
    """Set for how many days authors may appeal (0: not at all), and in how many an appeal is to be decided.

    Decisions and appeals that were made keep the deadline that was told. Raises Rejected at `days` and `answer`.
    """
    with transaction():
        demand(actor, "consultation.organise", consultation)
        wrong = N_("Write a whole number from %(low)s to %(high)s.", low=0, high=MOST_DAYS)
        problems = [] if 0 <= days <= MOST_DAYS else [Problem("days", wrong)]
        if not 1 <= answer <= MOST_DAYS:
            problems.append(
                Problem("answer", N_("Write a whole number from %(low)s to %(high)s.", low=1, high=MOST_DAYS))
            )
        if problems:
            raise Rejected(problems)
        row = _locked(consultation)
        row.moderation = {**row.moderation, "appeal_days": days, "answer_days": answer}
        record(AppealRulesSet(days, answer), stream=row.id, actor=actor.person)
