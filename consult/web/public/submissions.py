"""The public register of submissions, and one submission: its text, what became of it, its revisions."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from flask import redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.accounts.models import Person
from consult.cleaning import clean_line, latin_digits
from consult.consultations.phases import Right, open_phase
from consult.db import session
from consult.errors import NotFound
from consult.i18n import LANGUAGES, N_, WRITTEN, Message, language_label
from consult.outcomes.trace import what_became
from consult.paging import COUNTED, Page
from consult.peer_review.results import ToAuthor, words_to_author
from consult.recommendations.answer_queries import Answers, answers_to
from consult.recommendations.response_kinds import RESPONSE_LABELS
from consult.recommendations.response_queries import responses_to
from consult.search import Field
from consult.submissions.belonging import office_of
from consult.submissions.content import NumberedPassage, public_content
from consult.submissions.difference import passage_changes
from consult.submissions.documents.attached import attachments_of, described
from consult.submissions.exchange.statement_votes import VoteCounts, vote_counts
from consult.submissions.found import Excerpt, Piece, excerpts, marked
from consult.submissions.models import Revision, Submission
from consult.submissions.queries import revision_of, submission_by_number, text_of
from consult.submissions.reading import WholeSubmission, whole_submission
from consult.submissions.register import (
    Count,
    Listed,
    RegisterFilter,
    count_register,
    first_page,
    newly_public,
)
from consult.submissions.register import register as read_register
from consult.submissions.review.appeal_queries import answered_appeals, standing_of
from consult.submissions.states import (
    AGAINST,
    APPEAL_LABELS,
    DECISION_LABELS,
    STATE_LABELS,
    SubmissionState,
    may_become,
    own_label,
)
from consult.submissions.tracks import questions_of, track_label
from consult.web.addresses import address, numbered
from consult.web.answers import kind_words
from consult.web.conditional import conditional
from consult.web.context import local, present_formats
from consult.web.documents import documents_of_text
from consult.web.feeds import Entry, feed
from consult.web.forms import say
from consult.web.guards import requires, visible
from consult.web.in_place import acts_now
from consult.web.kept import kept
from consult.web.language import current_language
from consult.web.public.blueprint import blueprint
from consult.web.public.narrowing import FIELDS, ORDERS, Choices, choices, given_filters, means_nothing, wanted_filter
from consult.web.responses import RESPONSE_TAGS
from consult.web.submissions import (
    STATE_TAGS,
    Pair,
    answers_by_key,
    cosigners_in_words,
    ground_label,
    language_name,
    short_address,
    shown_cosigners,
    signature,
    trace_steps,
)
from consult.web.translations import shown_text
from consult.web.visitor import actor, consultation

#: What the register shows, one or the other.
SHOWN_STATES: Mapping[SubmissionState, Message] = {
    SubmissionState.ACCEPTED: N_("Accepted"),
    SubmissionState.HIDDEN: N_("Hidden"),
}
_RECEIPT = re.compile(r"[A-Z]{1,8}-\d{4}-\d{5,9}")
#: Characters of a submission that is kept in memory at most: a thousand of them stay within some tens of megabytes.
MOST_KEPT_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A submission as a line of the register, in words."""

    number: str
    href: str
    title: Sequence[Piece]
    lang: str
    language: str
    who: Markup | str
    meta: Sequence[Any]
    day: str
    ground: Markup | str
    excerpt: Excerpt | None = None


@blueprint.get("/c/<slug>/submissions/")
@conditional
@requires("public.read")
def register() -> str | Response:
    """Show the register: what was accepted, and what was hidden with the ground for it. A receipt number leads to its page."""
    here, given = consultation(), given_filters()
    if (number := _receipt_number(given["q"])) and submission_by_number(here.id, number):
        return redirect(url_for("public.submission", number=number), 302)
    offered = choices(here)
    wanted = wanted_filter(given, offered, here)
    total, page = _page(wanted, offered, before=_edge("before"), after=_edge("after"))
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value}
    # What a page went on from may have been hidden or withdrawn since.
    if not page.rows and (_edge("before") or _edge("after")):
        return redirect(url_for("public.register", **chosen), 302)
    return render_template(
        "public/register.html",
        lines=page.rows,
        given=given,
        narrowed=bool(chosen),
        meaningless=means_nothing(given, offered, here),
        best=wanted.best,
        fields=[(field.value, local(label)) for field, label in FIELDS.items()],
        orders=[(key, local(label)) for key, label in ORDERS.items()],
        saves=address("take_part.searches", **chosen) if actor().signed_in else None,
        hidden=wanted.state is SubmissionState.HIDDEN,
        total=total,
        counted=COUNTED,
        newer=url_for("public.register", after=page.newer, **chosen) if page.newer else None,
        older=url_for("public.register", before=page.older, **chosen) if page.older else None,
        feed=address("public.register_feed", **chosen),
        tracks=[(track.key, local(track_label(track.key))) for track in here.tracks],
        topics=offered.topics,
        regions=offered.regions,
        bodies=offered.bodies,
        languages=_languages(wanted.language),
        states=[(state.value, local(label)) for state, label in SHOWN_STATES.items()],
    )


@blueprint.get("/c/<slug>/submissions/feed.atom")
@conditional
@requires("public.read")
def register_feed() -> Response:
    """Give the submissions that became public last as a feed, narrowed as the register is."""
    here, given = consultation(), given_filters()
    offered = choices(here)
    wanted = replace(wanted_filter(given, offered, here), state=SubmissionState.ACCEPTED, best=False)
    rows = newly_public(here.id, wanted)
    entries = [
        Entry(line.href, row.title, row.decided_at or row.received_at, lang=line.lang, author=line.who, about=line.meta)
        for row, line in zip(rows, _lines(rows, offered.topic_labels, wanted, {}), strict=True)
    ]
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value}
    return feed(say(N_("Submissions")), address("public.register", **chosen), entries)


def _page(
    wanted: RegisterFilter, offered: Choices, *, before: str = "", after: str = ""
) -> tuple[int | None, Page[RegisterLine]]:
    """Return how many a filter leaves, and a page of them in the page's language (2 queries at first)."""
    here = consultation().id

    def read() -> tuple[int | None, Page[RegisterLine]]:
        if before or after:
            count = _count(here, wanted)
            page = read_register(here, wanted, before=before, after=after, few=count.few)
        else:
            counted, page = first_page(here, wanted)
            count = kept(("count", here, wanted), lambda: counted)
        numbers = [row.number for row in page.rows]
        shown = excerpts(numbers, here, wanted.question, current_language().code) if wanted.words else {}
        return count.total, Page(_lines(page.rows, offered.topic_labels, wanted, shown), page.newer, page.older)

    return kept(("register", here, wanted, before, after, current_language().code), read)


def _count(here: uuid.UUID, wanted: RegisterFilter) -> Count:
    """Count what a filter leaves; whoever turns the pages of it does not have it counted again (1 query at first)."""
    return kept(("count", here, wanted), lambda: count_register(here, wanted))


def _edge(name: str) -> str:
    """Return the receipt number from which the page goes on, "" for the newest."""
    return request.args.get(name, "")[:40]


def _receipt_number(text: str) -> str | None:
    """Return the receipt number somebody looks for, however they type it, None if it is not one."""
    found = _RECEIPT.fullmatch(latin_digits(clean_line(text)).upper())
    return found[0] if found else None


def _lines(
    rows: Sequence[Listed],
    topics: Mapping[str, Markup | str],
    wanted: RegisterFilter,
    shown: Mapping[str, Excerpt],
) -> list[RegisterLine]:
    """Put rows into words, with what was found in them marked; what many rows share is said once."""
    question = wanted.question
    href, day = numbered("public.submission"), present_formats().day
    track, language = cache(lambda key: local(track_label(key))), cache(language_name)
    return [
        RegisterLine(
            number=row.number,
            href=href(row.number),
            title=marked(row.title, question, Field.TITLE),
            lang=row.language,
            language=language(row.language) if row.language else "",
            who=signature(row.author, row.withheld, row.body),
            meta=[track(row.track), *(topics[t] for t in row.topics if t in topics), *cosigners_in_words(row.cosigned)],
            day=day(row.received_at),
            ground=local(ground_label(row.ground)) if row.ground else "",
            excerpt=shown.get(row.number),
        )
        for row in rows
    ]


def _languages(chosen: str) -> Sequence[tuple[str, str]]:
    """Return the languages offered, in the words of the page: those in which people write here, and the one that is chosen."""
    offered = dict.fromkeys([*WRITTEN, *([chosen] if chosen else [])])
    return [(code, language_name(code) if code in LANGUAGES else say(language_label(code))) for code in offered]


@blueprint.get("/c/<slug>/submissions/<number>/")
@conditional
@requires("public.read")
def submission(number: str) -> str | Response:
    """Show a submission; where the visitor may not read it, its number and where it stands, for whoever has the number."""
    if (as_printed := latin_digits(number).upper()) != number and _RECEIPT.fullmatch(as_printed):
        # Whether there is such a text is asked at its address alone.
        return redirect(url_for("public.submission", number=as_printed), 302)
    whole = _kept_submission(number)
    row, own = whole.row, allowed(actor(), "submission.own", whole.row)
    shown: dict[str, Any] = {
        "whole": whole,
        "row": row,
        "own": own,
        "label": own_label(row.state, of_body=office_of(row) is not None)
        if own
        else STATE_LABELS[SubmissionState(row.state)],
        "tag": STATE_TAGS[row.state],
        "track": track_label(row.track),
        "ground_label": ground_label,
        "decision_labels": DECISION_LABELS,
        "short": short_address,
    }
    if not allowed(actor(), "submission.read", row):
        return render_template("public/submission_closed.html", **shown)
    accepted = row.state == SubmissionState.ACCEPTED
    questions = questions_of(consultation(), row.track, row.questionnaire_id)
    from_reviewers = words_to_author(row) if own else {}
    return render_template(
        "public/submission.html",
        **shown,
        who=signature(row.author, row.withheld, whole.body),
        language_name=language_name(row.language),
        text=shown_text(whole, questions, request.args.get("text", "")[:20]),
        acts=kept(("acts", row.id), lambda: acts_now(row)),
        trace=_became(row.id) if accepted else [],
        became=_answers(row) if accepted else None,
        kinds=kind_words(),
        responses=kept(("responses", row.id), lambda: responses_to(submission=row.id)) if accepted else (),
        response_labels=RESPONSE_LABELS,
        response_tags=RESPONSE_TAGS,
        votes=_votes(row),
        readable=_readable(whole),
        documents=documents_of_text(row, whole.documents),
        steps=whole.history
        if allowed(actor(), "submission.revisions", row)
        else [step.in_public for step in whole.history],
        withdraws=own and may_become(row.state, SubmissionState.WITHDRAWN),
        corrects=own and allowed(actor(), "submission.correct", row) and _may_hand_in(row),
        reviews=allowed(actor(), "submission.review", row),
        standing=standing_of(row) if own and row.state in AGAINST else None,
        appeal_labels=APPEAL_LABELS,
        from_reviewers=from_reviewers.get(row.revision, ()),
        told_before=_told_before(row, from_reviewers) if own and row.revision > 1 else {},
        cosigned=kept(("cosigned", row.id), lambda: shown_cosigners(row.id)) if accepted else (),
    )


def _may_hand_in(row: Submission) -> bool:
    """Tell whether a corrected revision could be handed in now; a returned text may be mended until that opens."""
    return row.state == SubmissionState.RETURNED or open_phase(consultation().phases, Right.SUBMIT) is not None


def _told_before(row: Submission, words: Mapping[int, Sequence[ToAuthor]]) -> Mapping[int, list[dict[str, Any]]]:
    """Return what the author was told of each earlier revision besides the moderator's words; without a letter it is of whoever decided an appeal."""
    told: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for number, written in words.items():
        told[number] += [
            {"letter": one.letter, "at": one.at, "text": one.text, "language": one.language} for one in written
        ]
    for appeal in answered_appeals(row.id):
        told[appeal.revision].append({"letter": "", "at": appeal.at, "text": appeal.answer, "language": None})
    return {number: said for number, said in told.items() if number < row.revision}


def _kept_submission(number: str) -> WholeSubmission:
    """Return a submission, whoever may read it (2 queries at first); NotFound where there is none."""

    def read_apart() -> WholeSubmission | None:
        found = whole_submission(consultation().id, number)
        if found is not None:
            session.expunge(found.row)  # kept for others to read, long after this request's session
        return found

    found = kept(("submission", consultation().id, number), read_apart, worth=_is_light)
    if found is None:
        raise NotFound
    return found


def _is_light(found: WholeSubmission | None) -> bool:
    return found is not None and sum(len(passage.text) for passage in found.passages) <= MOST_KEPT_TEXT


def _became(submission: uuid.UUID) -> Sequence[dict[str, Any]]:
    """Return the steps from a submission to the paragraphs of the document in the page's language."""
    code = current_language().code
    return kept(("became", submission, code), lambda: trace_steps(what_became([submission], code)[submission]))


def _answers(row: Submission) -> Answers:
    """Return what was answered to a text and its passages."""
    return kept(("answers", row.id, row.revision), lambda: answers_to(row.id, row.revision))


def _votes(row: Submission) -> VoteCounts | None:
    """Return the counts of votes that were brought in on a statement of another platform, None for any other text."""
    if not (row.source_key or "").startswith("polis:"):
        return None
    return kept(("votes", row.id), lambda: vote_counts([row.id]).get(row.id))


def _readable(whole: WholeSubmission) -> frozenset[int]:
    """Return the revisions the visitor may read, given that they may read the submission."""
    return whole.numbers if allowed(actor(), "submission.revisions", whole.row) else whole.open_revisions


def _revision(number: str, revision: int) -> tuple[WholeSubmission, Revision]:
    """Return a submission and one revision that the visitor may read; NotFound otherwise."""
    whole = whole_submission(consultation().id, number)
    row: Submission = visible("submission.read", whole.row if whole else None)
    found = revision_of(row.id, revision)
    if whole is None or found is None:
        raise NotFound
    if revision not in whole.open_revisions:
        visible("submission.revisions", row)
    return whole, found


@blueprint.get("/c/<slug>/submissions/<number>/revisions/<int:revision>/")
@conditional
@requires("public.read")
def revision(number: str, revision: int) -> str:
    """Show a revision, with what changed by word since the one before, where that may be read."""
    whole, found = _revision(number, revision)
    row, compared = whole.row, revision - 1 in _readable(whole)
    before = text_of(row.id, revision - 1) if compared else []
    after = text_of(row.id, revision)
    changes = passage_changes([(p.kind, p.text) for p in before], [(p.kind, p.text) for p in after])
    earlier = revision_of(row.id, revision - 1) if compared else None
    return render_template(
        "public/revision.html",
        row=row,
        revision=found,
        passages=after,
        changes=changes if compared else [],
        same=not any(change.changed for change in changes),
        who=signature(row.author, row.withheld, whole.body),
        ground=whole.ground_before(revision),
        ground_label=ground_label,
        hand=_hand(row, found),
        answers=_revised_answers(row, found, earlier),
    )


def _hand(row: Submission, found: Revision) -> str:
    """Return who handed a revision in for a body, for those who write for it too; "" for everybody else."""
    if row.body_id is None or found.handed_in_by is None or not allowed(actor(), "submission.own", row):
        return ""
    person = session.get(Person, found.handed_in_by)
    return person.name if person is not None else ""


def _revised_answers(
    row: Submission, found: Revision, earlier: Revision | None
) -> list[tuple[Markup | str, Markup | str | None, Markup | str | None, bool]]:
    """Return each public answer of a revision under its question, with what it was before where that may be read.

    Each is shown in the words of the form it answered: question, before, now, whether it changed.
    """
    now = _answers_by_key(row, found)
    before = {} if earlier is None else _answers_by_key(row, earlier)
    labels = {**{key: pair[0] for key, pair in before.items()}, **{key: pair[0] for key, pair in now.items()}}
    kept = {} if earlier is None else earlier.answers
    return [
        (
            label,
            before[key][1] if key in before else None,
            now[key][1] if key in now else None,
            earlier is not None and kept.get(key) != found.answers.get(key),
        )
        for key, label in labels.items()
    ]


def _answers_by_key(row: Submission, revision: Revision) -> dict[str, Pair]:
    questions = questions_of(consultation(), row.track, revision.questionnaire_id)
    return answers_by_key(questions, revision.answers, revision.language)


@blueprint.get("/c/<slug>/submissions/<number>/revisions/<int:revision>/record.json")
@requires("public.read")
def record(number: str, revision: int) -> Response:
    """Give the bytes a fingerprint is computed over: the SHA-256 of this file is what the receipt shows."""
    whole, found = _revision(number, revision)
    content = public_content(
        number=whole.row.number,
        revision=found.number,
        title=found.title,
        language=found.language,
        topics=found.topics,
        passages=[NumberedPassage(p.number, p.kind, p.text) for p in text_of(whole.row.id, revision)],
        answers=found.answers,
        attachments=described(attachments_of(whole.row.id, revision)),
        why=found.why,
    )
    answer = Response(content, mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{whole.row.number}-{revision}.json"'
    return answer
