"""What organisers do with regions: edit, decide on a source that moved, lock, hide. Every text that was saved is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from consult import clock
from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.events.types import Event
from consult.i18n import LANGUAGES, N_
from consult.outcomes import regions
from consult.outcomes.compiler import Draft, DraftRegion, compile_draft
from consult.outcomes.events import (
    RegionEdited,
    RegionHidden,
    RegionLocked,
    RegionMerged,
    RegionReturned,
    RegionShown,
    RegionUnlocked,
)
from consult.outcomes.models import Region, RegionText
from consult.outcomes.prose_tokens import unknown_tokens
from consult.outcomes.queries import region_row
from consult.outcomes.reading import read_material
from consult.outcomes.regions import RegionWords, hash_of
from consult.outcomes.states import RegionMode, RegionState

#: Characters of one region; a chapter of thirty pages has some 90,000.
TEXT_LIMIT = 60_000


@dataclass(frozen=True, slots=True)
class RegionDraft:
    """A text as an organiser wrote it; `seen` is the hash of the text that was in the editor when they began.

    For a merge, `source` is the hash of the generated text they had before them.
    """

    key: str
    language: str
    text: str
    seen: str = ""
    source: str = ""


def edit_region(draft: RegionDraft, *, consultation: Consultation, actor: Actor) -> RegionWords:
    """Save the organiser's text of a region.

    Raises Rejected for an empty or overlong text, an unknown figure, or when somebody saved another text meanwhile.
    """
    with transaction():
        whole, region = _found(draft.key, draft.language, consultation, actor)
        _demand_text(draft, whole, region)
        after = regions.edited(region.words, draft.text, region.markdown)
        _keep_text(draft, consultation, actor)
        _write(region, draft.language, after, consultation, actor)
        _record(RegionEdited(draft.key, draft.language, hash_of(draft.text)), consultation, actor)
    return after


def merge_region(draft: RegionDraft, *, consultation: Consultation, actor: Actor) -> RegionWords:
    """Save a text that joins the organiser's with what is generated now; from here on it is held against that.

    Raises Rejected as `edit_region` does, and Conflict when the source has not moved or moved again.
    """
    with transaction():
        whole, region = _found(draft.key, draft.language, consultation, actor)
        _demand_source(draft.source, region)
        _demand_text(draft, whole, region)
        after = regions.merged(region.words, draft.text, region.markdown)
        _keep_text(draft, consultation, actor)
        _write(region, draft.language, after, consultation, actor)
        _record(RegionMerged(draft.key, draft.language, hash_of(draft.text)), consultation, actor)
    return after


def keep_region(key: str, language: str, source: str, *, consultation: Consultation, actor: Actor) -> RegionWords:
    """Keep the organiser's text although its source has moved; `source` is the hash of the generated text they saw."""
    with transaction():
        _, region = _found(key, language, consultation, actor)
        _demand_source(source, region)
        after = regions.kept(region.words, region.markdown)
        _write(region, language, after, consultation, actor)
        _record(RegionMerged(key, language, hash_of(region.words.text)), consultation, actor)
    return after


def stale_digest(drafts: Mapping[str, Draft]) -> str:
    """Return a hash of every stale region with its source, by which somebody says which ones they have looked at."""
    lines = [
        f"{region.key} {code} {hash_of(region.markdown)}"
        for code, draft in sorted(drafts.items())
        for region in draft.regions
        if region.state is RegionState.STALE
    ]
    return hash_of("\n".join(lines))


def keep_all_regions(seen: str, *, consultation: Consultation, actor: Actor) -> int:
    """Keep every edited text although its source has moved, and return how many; `seen` is the `stale_digest` they saw."""
    with transaction():
        demand(actor, "outcome.edit", consultation)
        material = read_material(consultation)
        drafts = {code: compile_draft(consultation, code, material=material) for code in LANGUAGES}
        if seen != stale_digest(drafts):
            raise Conflict(N_("The source of a text has moved again. Look at them once more and decide anew."))
        stale = [
            (code, one) for code, draft in drafts.items() for one in draft.regions if one.state is RegionState.STALE
        ]
        for code, region in stale:
            _write(region, code, regions.kept(region.words, region.markdown), consultation, actor)
            _record(RegionMerged(region.key, code, hash_of(region.words.text)), consultation, actor)
    return len(stale)


def take_generated(key: str, language: str, *, consultation: Consultation, actor: Actor) -> RegionWords:
    """Give an edited region back to the record; the organiser's text stays among the saved texts."""
    with transaction():
        _, region = _found(key, language, consultation, actor)
        after = regions.taken(region.words)
        _write(region, language, after, consultation, actor)
        _record(RegionReturned(key, language), consultation, actor)
    return after


def lock_region(key: str, language: str, *, consultation: Consultation, actor: Actor) -> RegionWords:
    """Fix the present text of a region."""
    with transaction():
        _, region = _found(key, language, consultation, actor)
        after = regions.locked(region.words, region.markdown)
        if not after.text:
            raise Conflict(N_("There is no text here to lock."))
        _write(region, language, after, consultation, actor)
        _record(RegionLocked(key, language), consultation, actor)
    return after


def unlock_region(key: str, language: str, *, consultation: Consultation, actor: Actor) -> RegionWords:
    """Release the text of a region."""
    with transaction():
        _, region = _found(key, language, consultation, actor)
        after = regions.unlocked(region.words, region.markdown)
        _write(region, language, after, consultation, actor)
        _record(RegionUnlocked(key, language), consultation, actor)
    return after


def hide_region(key: str, *, consultation: Consultation, actor: Actor) -> None:
    """Leave a region out of the document in every language; its texts are kept."""
    with transaction():
        _everywhere(key, regions.hidden, consultation, actor, hiding=True)
        _record(RegionHidden(key), consultation, actor)


def show_region(key: str, *, consultation: Consultation, actor: Actor) -> None:
    """Take a hidden region back into the document in every language, as it was."""
    with transaction():
        _everywhere(key, regions.shown, consultation, actor)
        _record(RegionShown(key), consultation, actor)


def _everywhere(
    key: str,
    act: Callable[[RegionWords], RegionWords],
    consultation: Consultation,
    actor: Actor,
    *,
    hiding: bool = False,
) -> None:
    demand(actor, "outcome.edit", consultation)
    material = read_material(consultation)
    for language in LANGUAGES:
        region = _region(compile_draft(consultation, language, material=material), key)
        if hiding and region.generated.fixed:
            raise Conflict(N_("This part belongs to every edition and cannot be hidden."))
        _write(region, language, act(region.words), consultation, actor)


def _found(key: str, language: str, consultation: Consultation, actor: Actor) -> tuple[Draft, DraftRegion]:
    """Return the draft and the region as they are inside the transaction."""
    demand(actor, "outcome.edit", consultation)
    if language not in LANGUAGES:
        raise NotFound
    draft = compile_draft(consultation, language)
    return draft, _region(draft, key)


def _region(draft: Draft, key: str) -> DraftRegion:
    region = draft.region(key)
    if region is None:
        raise NotFound
    return region


def _demand_text(draft: RegionDraft, whole: Draft, region: DraftRegion) -> None:
    problems = []
    if not draft.text.strip():
        problems.append(Problem("text", N_("Write the text, or hide this part instead.")))
    elif len(draft.text) > TEXT_LIMIT:
        problems.append(
            Problem(
                "text",
                N_("Write at most %(limit)s characters; this has %(count)s.", limit=TEXT_LIMIT, count=len(draft.text)),
            )
        )
    else:
        problems += [
            Problem("text", N_("There is no figure {{%(key)s}}. Choose one from the list beside.", key=key))
            for key in unknown_tokens(draft.text, draft.language, whole.narrator.material)
        ]
    if draft.seen and draft.seen != hash_of(region.text):
        problems.append(
            Problem(
                "text",
                N_("This text was changed while you wrote. What stands there now is shown beside yours; save again."),
            )
        )
    if problems:
        raise Rejected(problems)


def _demand_source(source: str, region: DraftRegion) -> None:
    if source != hash_of(region.markdown):
        raise Conflict(N_("The source of this text has moved again. Look at it once more and decide anew."))


def _keep_text(draft: RegionDraft, consultation: Consultation, actor: Actor) -> None:
    session.add(
        RegionText(
            id=new_id(),
            consultation_id=consultation.id,
            key=draft.key,
            language=draft.language,
            text=draft.text,
            written_by=actor.person,
            at=clock.now(),
        )
    )


def _write(region: DraftRegion, language: str, after: RegionWords, consultation: Consultation, actor: Actor) -> None:
    """Write what became of a region; one that is automatic again needs no row."""
    row = region_row(consultation.id, region.key, language)
    if after.mode is RegionMode.AUTO:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        row = Region(id=new_id(), consultation_id=consultation.id, key=region.key, language=language)
        session.add(row)
    row.mode, row.text, row.base_text, row.base_hash = after.mode, after.text, after.base, hash_of(after.base)
    row.edited_by, row.edited_at = actor.person, clock.now()


def _record(event: Event, consultation: Consultation, actor: Actor) -> None:
    record(event, stream=consultation.id, actor=actor.person)
