"""Sheets: printed, entered by two who do not see each other, settled by a third, claimed by whoever has the receipt."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import ANONYMOUS, Actor, Role, allowed
from consult.accounts.events import PersonRegistered
from consult.accounts.models import RoleGrant
from consult.attachments import path_of
from consult.attachments.pieces import pieces_path
from consult.ballots.box import cast
from consult.ballots.draft import BallotDraft
from consult.ballots.models import OpenChoice, RollEntry
from consult.ballots.services import open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.consultations.models import Consultation, Member, Topic
from consult.consultations.uploads import ComingFile
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected, TooManyTries
from consult.events.models import INSTANCE, EventRow
from consult.events.record import record
from consult.events.stream import current_seq, events_after
from consult.i18n import Localized
from consult.paper.models import Entry, Scan, Sheet
from consult.paper.numbers import printed_number
from consult.paper.queries import Run, box_rates, counts_of, pair_rates, runs_of, sheets_in, sheets_of_run
from consult.paper.receipts import PrintedReceipt, claim, print_receipt, sheet_of_receipt
from consult.paper.receiving import day_of, note_received
from consult.paper.scans import add_scan, begin_scan, forget_pieces_of_withdrawn, take_piece
from consult.paper.services import (
    AssistDraft,
    PrintDraft,
    Settlement,
    assist,
    boxes_on,
    enter,
    print_sheets,
    set_aside,
    settle,
)
from consult.paper.states import VoidReason
from consult.retention.sweep import retain_due
from consult.submissions.exchange.exports import export_submissions
from consult.submissions.models import Appeal, Revision, Submission
from consult.submissions.policies import reviewable
from consult.submissions.register import RegisterFilter, register
from consult.submissions.review.appeal_queries import case_of
from consult.submissions.review.blind_models import SealedName
from consult.submissions.review.queries import review_queue
from consult.submissions.services import Review, accept, hide, return_for_correction, withdraw
from consult.submissions.states import SubmissionState
from consult.testing.acts import hand_in, recorded, said
from consult.testing.attached_files import picture
from consult.testing.paper import ON_PAPER, entered, make_clerk, printed
from consult.testing.world import World

CountQueries = Callable[[], AbstractContextManager[list[str]]]
CLAIMED_TRACK = (
    "You do not take part in the track of this sheet. Register for it, or ask the organisers; then come back."
)


def fresh(sheet: Sheet) -> Sheet:
    session.rollback()
    return session.get_one(Sheet, sheet.id, populate_existing=True)


def submission_of(sheet: Sheet) -> Submission:
    return session.get_one(Submission, fresh(sheet).submission_id)


def receipt_for(office: World, sheet: Sheet, by: str = "first") -> PrintedReceipt:
    return print_receipt(fresh(sheet), actor=office.actor(by))


def take(office: World, receipt: PrintedReceipt, by: str = "ghat") -> Submission:
    here, number = office.consultation, printed_number(receipt.number)
    return claim(number, receipt.code, consultation=here, actor=office.actor(by), origin="192.0.2.7")


def test_two_entries_that_agree_become_a_submission_and_leave_nothing_behind(office: World) -> None:
    sheet, other = printed(office, count=2)
    assert (sheet.number, other.number) == (1, 2)
    boxes = boxes_on(sheet, office.consultation)
    assert [(box.number, box.question.key) for box in boxes] == [
        (1, "sheet_name"),
        (2, "sheet_title"),
        (3, "sheet_topics"),
        (4, "sheet_text"),
        (5, "sheet_proposals"),
        (6, "decision"),
        (7, "telephone"),
        (0, "sheet_language"),
    ]
    assert entered(office, sheet, "first").state == "entered"
    assert entered(office, sheet, "second", sheet_name="احمد  كوسا").state == "done"
    row = submission_of(sheet)
    assert (row.channel, row.author, row.title, row.language, row.state) == (
        "paper",
        "أحمد كوسا",
        "الماء في غات",
        "ar",
        "received",
    )
    assert (row.member_id, row.body_id, row.answers) == (None, None, {"decision": "31/2026"})
    revision = session.scalars(sa.select(Revision).where(Revision.submission_id == row.id)).one()
    assert (revision.private_answers, revision.topics) == ({"telephone": "091 000 0000"}, ["gcm-1"])
    assert session.scalars(sa.select(Entry.answers)).all() == [{}, {}]
    assert [event.facts["channel"] for event in recorded("SubmissionReceived")] == ["paper"]
    compared = recorded("EntriesCompared")[0]
    assert (compared.facts["boxes"], compared.facts["differed"], compared.actor) == (8, 0, None)
    assert "كوسا" not in str([e.facts for e in map_events()])


def map_events() -> list[EventRow]:
    return list(session.scalars(sa.select(EventRow)))


def test_where_two_differ_a_third_settles_each_box(office: World) -> None:
    sheet = printed(office)[0]
    entered(office, sheet, "first", sheet_title="الماء في غاط", decision="13/2026")
    with pytest.raises(Conflict, match="Somebody else enters it the second time"):
        entered(office, sheet, "first")
    assert entered(office, sheet, "second", telephone=None).state == "differs"
    with pytest.raises(Conflict):
        entered(office, sheet, "third")
    chosen = {"sheet_title": 0, "decision": 2, "telephone": 1}
    settlement = Settlement(chosen, {"sheet_title": "الماء والطريق"})
    here = office.consultation
    for key in ("first", "second", "ghat", "moderator"):
        with pytest.raises(Forbidden):
            settle(fresh(sheet), settlement, consultation=here, actor=office.actor(key))
    with pytest.raises(Rejected) as caught:
        settle(fresh(sheet), Settlement({"decision": 2}, {}), consultation=here, actor=office.actor("third"))
    assert sorted(said(caught.value)) == [
        ("sheet_title", "Say what stands on the sheet."),
        ("telephone", "Say what stands on the sheet."),
    ]
    settle(fresh(sheet), settlement, consultation=here, actor=office.actor("third"))
    row = submission_of(sheet)
    revision = session.scalars(sa.select(Revision).where(Revision.submission_id == row.id)).one()
    assert (row.title, row.answers, revision.private_answers) == (
        "الماء والطريق",
        {"decision": "31/2026"},
        {"telephone": "091 000 0000"},
    )
    assert [event.actor for event in recorded("SheetSettled")] == [office.people["third"]]
    rates = {rate.box: (rate.filled, rate.differed) for rate in box_rates(here.id)}
    assert (rates["sheet_title"], rates["sheet_text"], len(rates)) == ((1, 1), (1, 0), 8)
    pair = pair_rates(here.id)[0]
    assert ({pair.first, pair.second}, pair.sheets, pair.filled, pair.differed) == ({"first", "second"}, 1, 8, 3)


def test_wrong_entries_are_refused_at_their_boxes_and_nothing_is_kept(office: World) -> None:
    sheet = printed(office)[0]
    for changes, field in (
        ({"decision": "x" * 21}, "decision"),
        ({"sheet_topics": ["gcm-99"]}, "sheet_topics"),
        ({"sheet_title": "x" * 201}, "sheet_title"),
        ({"sheet_language": "xx"}, "sheet_language"),
    ):
        with pytest.raises(Rejected) as caught:
            entered(office, sheet, "first", **changes)
        assert [problem.field for problem in caught.value.problems] == [field]
    empty: dict[str, Any] = dict.fromkeys(ON_PAPER)
    with pytest.raises(Rejected) as caught:
        entered(office, sheet, "first", **empty)
    assert said(caught.value) == [
        ("sheet_text", "No text and no answer was entered. If the sheet is empty, set it aside.")
    ]
    assert (fresh(sheet).state, session.scalars(sa.select(Entry)).all()) == ("printed", [])


def test_what_is_missing_on_paper_is_taken_as_it_is(office: World) -> None:
    sheet = printed(office)[0]
    bare = {key: None for key in ON_PAPER if key != "sheet_text"}
    for clerk in ("first", "second"):
        entered(office, sheet, clerk, **bare)
    row = submission_of(sheet)
    assert (row.title, row.author, row.answers) == ("لا يكفي الماء. والطريق بعيد.", "", {})


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The port must not close", "The port must not close"),
        ("كلمة " * 30, "كلمة " * 15 + "كلمة…"),
        ("ط" * 90, "ط" * 80 + "…"),
    ],
)
def test_a_title_that_is_made_from_the_text_drops_no_word_of_a_short_one(office: World, text: str, title: str) -> None:
    sheet = printed(office)[0]
    for clerk in ("first", "second"):
        entered(office, sheet, clerk, sheet_title=None, sheet_text=text)
    assert submission_of(sheet).title == title


def test_no_title_tells_the_number_of_a_sheet(office: World) -> None:
    """Whoever saw its receipt would know whose text it is."""
    sheet = printed(office)[0]
    only = {key: None for key in ON_PAPER if key != "decision"}
    for clerk in ("first", "second"):
        entered(office, sheet, clerk, **only)
    assert submission_of(sheet).title == "بلا عنوان"


def test_a_withheld_name_is_not_kept_and_the_log_names_no_clerk(office: World) -> None:
    sheet = printed(office, "cso")[0]
    for clerk in ("first", "second"):
        entered(office, sheet, clerk, sheet_withheld=["withheld"], decision=None, telephone=None)
    row = submission_of(sheet)
    assert (row.withheld, row.author) == (True, "")
    told = (*recorded("SubmissionReceived"), *recorded("SheetEntered"))
    assert [event.actor for event in told] == [None, None, None]
    other = printed(office, "cso")[0]
    for clerk, text in (("first", "نص"), ("second", "نص آخر")):
        entered(office, other, clerk, sheet_withheld=["withheld"], decision=None, telephone=None, sheet_text=text)
    settle(
        fresh(other), Settlement({"sheet_text": 1}, {}), consultation=office.consultation, actor=office.actor("third")
    )
    assert [event.actor for event in recorded("SheetSettled")] == [None]


@pytest.mark.parametrize("channel", ["online", "paper", "paper that differed", "assisted"])
def test_the_log_of_a_consultation_is_the_same_however_a_text_without_a_name_came(office: World, channel: str) -> None:
    """Neither the order of its lines nor their number tells it; what was done with the sheet stands in the instance's log."""
    here, withheld = office.consultation, {"sheet_withheld": ["withheld"], "decision": None, "telephone": None}
    sheet = printed(office, "cso")[0]
    before, of_instance = current_seq(here.id), current_seq(INSTANCE)
    if channel == "online":
        hand_in(office, "cso", {})
    elif channel == "assisted":
        given = {key: value for key, value in {**ON_PAPER, **withheld}.items() if value is not None}
        assist(AssistDraft("cso", "ar", given, new_id()), consultation=here, actor=office.actor("first"))
    else:
        add_scan(sheet, BytesIO(picture("PNG")), actor=office.actor("first"))
        receipt = receipt_for(office, sheet)
        entered(office, sheet, "first", **withheld)
        if channel == "paper":
            entered(office, sheet, "second", **withheld)
        else:
            entered(office, sheet, "second", **withheld, sheet_text="نص آخر")
            settlement = Settlement({"sheet_text": 1}, {})
            settle(fresh(sheet), settlement, consultation=here, actor=office.actor("third"))
        take(office, receipt, "cso")
        set_aside(printed(office, "cso")[0], VoidReason.EMPTY, actor=office.actor("first"))
    told = [(event.type, event.actor) for event in events_after(here.id, before)]
    assert [one for one in told if one[0] != "SheetsPrinted"] == [("SubmissionReceived", None)]
    assert (current_seq(INSTANCE) > of_instance) is (channel != "online")


def test_a_name_that_goes_with_a_claim_is_told_and_the_sheet_is_not(office: World) -> None:
    """Open data that hold the name are given away no more."""
    sheet = printed(office, "cso")[0]
    receipt = receipt_for(office, sheet)
    for clerk in ("first", "second"):
        entered(office, sheet, clerk, decision=None, telephone=None)
    before = current_seq(office.consultation_id)
    row = take(office, receipt, "cso")
    assert (row.withheld, row.author) == (True, "")
    told = [(event.type, event.facts, event.actor) for event in events_after(office.consultation_id, before)]
    assert told == [("AuthorNameChanged", {"submission": str(row.id), "number": row.number}, None)]


def test_where_texts_are_judged_blind_the_name_on_a_sheet_is_set_aside_until_its_person_withholds_it(
    office: World,
) -> None:
    with transaction():
        next(track for track in office.consultation.tracks if track.key == "municipal").blind = True
    sheet = printed(office)[0]
    for clerk in ("first", "second"):
        entered(office, sheet, clerk)
    row = submission_of(sheet)
    assert (row.withheld, row.author) == (True, "")
    assert [event.actor for event in recorded("SubmissionReceived")] == [None]
    kept = sa.select(SealedName.submission_id, SealedName.author)
    assert session.execute(kept).all() == [(row.id, "أحمد كوسا")]
    with transaction():
        office.member("ghat").withheld = True
    take(office, receipt_for(office, sheet))
    assert session.execute(kept).all() == []


def test_clerks_of_a_track_reach_its_sheets_only_and_nobody_else_any(office: World) -> None:
    make_clerk(office, "academic clerk", track="academic")
    sheet = printed(office)[0]
    for key in ("academic clerk", "ghat", "moderator", "organiser", "administrator"):
        with pytest.raises(Forbidden):
            entered(office, sheet, key)
    clerk, here = office.actor("academic clerk"), office.consultation
    with pytest.raises(Forbidden):
        print_sheets(PrintDraft("municipal", "ar", 1), consultation=here, actor=clerk)
    print_sheets(PrintDraft("academic", "fr", 3), consultation=here, actor=clerk)
    assert [(run.run, run.count, run.track) for run in runs_of(here.id, clerk)] == [(2, 3, "academic")]
    assert len(runs_of(here.id, office.actor("organiser"))) == 2
    run = Run(3, 122, "academic", "fr", clock.now(), 0)
    assert (run.count, run.parts) == (120, [(3, 52), (53, 102), (103, 122)])
    assert [len(sheets_of_run(here.id, 2, first)) for first in (0, 3, 5)] == [3, 2, 0]
    assert counts_of(here.id, clerk) == {"printed": 3}
    with pytest.raises(Rejected, match="Choose a track"):
        print_sheets(PrintDraft("nowhere", "ar", 1), consultation=here, actor=office.actor("first"))
    with pytest.raises(Rejected) as caught:
        print_sheets(PrintDraft("academic", "xx", 201), consultation=here, actor=clerk)
    assert [problem.field for problem in caught.value.problems] == ["language", "count"]


def test_where_handing_in_closes_at_midnight_paper_of_the_day_that_begins_is_late(office: World) -> None:
    here, clerk = office.consultation, office.actor("first")
    ends = datetime.combine(day_of(clock.now(), here) + timedelta(days=3), time(), ZoneInfo(here.timezone))
    with transaction():
        for phase in here.phases:
            phase.closes_at = ends
    in_time, late = printed(office, count=2)
    with clock.at(ends + timedelta(hours=1)):
        note_received(late, ends.date(), consultation=here, actor=clerk)
        with pytest.raises(Conflict, match="on which nothing could be handed in"):
            entered(office, late, "first")
        note_received(in_time, ends.date() - timedelta(days=1), consultation=here, actor=clerk)
        assert entered(office, in_time, "first").state == "entered"


def test_the_day_on_which_paper_came_in_counts_for_the_deadline(office: World) -> None:
    """Whenever somebody enters it."""
    here, clerk, today = office.consultation, office.actor("first"), day_of(clock.now(), office.consultation)
    in_time, late, entered_at_once = printed(office, count=3)
    assert entered(office, entered_at_once, "first").received_on == today
    with clock.at(clock.now() + timedelta(days=31)):
        now = day_of(clock.now(), here)
        with pytest.raises(Conflict, match="Nothing can be handed in today"):
            entered(office, in_time, "first")
        note_received(in_time, today, consultation=here, actor=clerk)
        assert entered(office, in_time, "first").state == "entered"
        note_received(late, now, consultation=here, actor=clerk)
        with pytest.raises(Conflict, match="on which nothing could be handed in"):
            entered(office, late, "first")
        for wrong in (now + timedelta(days=1), today - timedelta(days=1)):
            with pytest.raises(Rejected):
                note_received(late, wrong, consultation=here, actor=clerk)
        with pytest.raises(Forbidden):
            note_received(late, today, consultation=here, actor=office.actor("moderator"))
        done = entered(office, in_time, "second")
    row = session.get_one(Submission, done.submission_id)
    assert (row.came_in_on, row.received_at.date() > today) == (today, True)
    events = [(event.facts["day"], event.actor) for event in recorded("SheetReceived")]
    assert events == [
        (today.isoformat(), None),
        (today.isoformat(), clerk.person),
        (now.isoformat(), clerk.person),
    ]
    with pytest.raises(Conflict):
        note_received(fresh(in_time), now, consultation=here, actor=clerk)
    _, rows = export_submissions(here, (SubmissionState.RECEIVED,), actor=office.actor("organiser"))
    assert [one["came_in_on"] for one in rows] == [today.isoformat()]


def test_a_receipt_says_when_the_sheet_came_in(office: World) -> None:
    sheet = printed(office)[0]
    made = print_receipt(sheet, actor=office.actor("first"))
    assert made.received_on == fresh(sheet).received_on == day_of(clock.now(), office.consultation)
    assert [event.actor for event in recorded("SheetReceived")] == [None]


def test_pieces_of_a_picture_go_with_the_text_that_is_withdrawn(office: World) -> None:
    sheet, other = printed(office, count=2)
    receipt = receipt_for(office, sheet)
    for clerk in ("first", "second"):
        entered(office, sheet, clerk)
    bringing = []
    for one in (sheet, other):
        row = begin_scan(ComingFile("x.png", 9, "m"), sheet=fresh(one), actor=office.actor("first"))
        take_piece(row.id, 0, b"half", sheet=fresh(one), actor=office.actor("first"))
        bringing.append(row.id)
    text = take(office, receipt)
    assert not forget_pieces_of_withdrawn()
    withdraw(text, actor=office.actor("ghat"))
    assert forget_pieces_of_withdrawn()
    assert [pieces_path(one).exists() for one in bringing] == [False, True]
    with pytest.raises(NotFound):
        take_piece(bringing[0], 4, b"other", sheet=fresh(sheet), actor=office.actor("first"))


def test_who_entered_a_text_does_not_decide_on_it(office: World) -> None:
    for key in ("first", "third"):
        with transaction():
            grant = RoleGrant(
                person_id=office.people[key], role=Role.MODERATOR, consultation_id=office.consultation_id, track=""
            )
            grant.granted_at = clock.now()
            session.add(grant)
    sheet = printed(office)[0]
    entered(office, sheet, "first")
    row = session.get_one(Submission, entered(office, sheet, "second").submission_id)
    clerk, other = office.actor("first"), office.actor("third")
    assert [allowed(who, "submission.review", row) for who in (clerk, other)] == [False, True]
    waiting = [
        review_queue(office.consultation_id, which=reviewable(who, office.consultation_id)).rows
        for who in (clerk, other)
    ]
    assert [[one.number for one in rows] for rows in waiting] == [[], [row.number]]
    with pytest.raises(Forbidden):
        accept(row, Review("in_order"), actor=clerk)
    hide(row, Review("outside_mandate", "كناية"), actor=other)
    appeal = Appeal(id=row.id, consultation_id=row.consultation_id, submission_id=row.id)
    assert {office.people[key] for key in ("first", "second", "third")} <= case_of(appeal).moderators


def sweep(after: timedelta) -> None:
    """Let the job run that erases what is over."""
    with clock.at(clock.now() + after):
        while retain_due():
            pass


def test_pictures_go_with_a_text_that_is_withdrawn_and_a_while_after_a_sheet_is_set_aside(office: World) -> None:
    with transaction():
        record(PersonRegistered(new_id()), actor=None)  # the instance is as old as its log
    first, second = printed(office, count=2)
    kept = [add_scan(sheet, BytesIO(picture("PNG")), actor=office.actor("first")) for sheet in (first, second)]
    places = [path_of(one.place) for one in kept]
    entered(office, first, "first")
    entered(office, first, "second")
    row = take(office, receipt_for(office, first))
    set_aside(fresh(second), VoidReason.SPOILT, actor=office.actor("first"))
    sweep(timedelta(hours=7))
    assert [place.exists() for place in places] == [True, True]
    withdraw(row, actor=office.actor("ghat"))
    sweep(timedelta(hours=14))
    assert [place.exists() for place in places] == [False, True]
    sweep(timedelta(days=91))
    assert ([place.exists() for place in places], session.scalars(sa.select(Scan.id)).all()) == ([False, False], [])


def test_boxes_keep_the_numbers_they_were_printed_with(office: World) -> None:
    sheet = printed(office, "academic")[0]
    with transaction():
        session.execute(sa.delete(Topic))
    numbers = {box.question.key: box.number for box in boxes_on(fresh(sheet), office.consultation)}
    assert numbers == {
        "sheet_name": 1,
        "sheet_title": 2,
        "sheet_text": 4,
        "sheet_proposals": 5,
        "sheet_language": 0,
    }


def test_a_sheet_that_is_set_aside_becomes_nothing(office: World) -> None:
    sheet = printed(office)[0]
    entered(office, sheet, "first")
    code = receipt_for(office, sheet)
    set_aside(fresh(sheet), VoidReason.UNREADABLE, actor=office.actor("second"))
    assert session.scalars(sa.select(Entry.answers)).all() == [{}]
    with pytest.raises(Conflict):
        entered(office, sheet, "second")
    with pytest.raises(Conflict):
        receipt_for(office, sheet)
    with pytest.raises(Rejected):
        take(office, code)
    assert session.scalars(sa.select(Submission)).all() == []


def test_whoever_has_the_receipt_claims_the_text_once_and_corrects_it(office: World) -> None:
    sheet = printed(office)[0]
    old, receipt = receipt_for(office, sheet), receipt_for(office, sheet, "third")
    with pytest.raises(Rejected):
        take(office, old)
    with pytest.raises(Conflict, match="not entered yet"):
        take(office, receipt)
    for clerk in ("first", "second"):
        entered(office, sheet, clerk)
    with pytest.raises(Conflict, match="You had a hand in entering this sheet"):
        take(office, receipt, "second")
    with pytest.raises(Conflict, match="You had a hand in entering this sheet"):
        take(office, receipt, "third")
    with pytest.raises(Conflict, match="You do not take part in the track of this sheet"):
        take(office, receipt, "professor")
    members = session.scalar(sa.select(sa.func.count()).select_from(Member))
    row = take(office, receipt)
    assert (row.member_id, row.author) == (office.members["ghat"], "أحمد كوسا")
    assert session.scalar(sa.select(sa.func.count()).select_from(Member)) == members
    with pytest.raises(Rejected):
        take(office, receipt, "derna")
    with pytest.raises(Conflict):
        receipt_for(office, sheet)
    return_for_correction(row, Review("unclear", "وضّح."), actor=office.actor("moderator"))
    withdraw(submission_of(sheet), actor=office.actor("ghat"))
    assert [event.facts["number"] for event in recorded("ReceiptPrinted")] == [1, 1]
    assert [event.actor for event in recorded("SheetClaimed")] == [office.people["ghat"]]
    assert recorded("AuthorNameChanged") == [], "the name is the one on the sheet"


def test_codes_are_tried_only_so_often(office: World) -> None:
    sheet = printed(office)[0]
    receipt = receipt_for(office, sheet)
    wrong = receipt_for(office, printed(office)[0]).code
    number, here = printed_number(sheet.number), office.consultation
    for _ in range(9):
        with pytest.raises(Rejected):
            sheet_of_receipt(number, wrong, consultation=here, origin="192.0.2.7")
    assert sheet_of_receipt(number, receipt.code, consultation=here, origin="192.0.2.8").id == sheet.id
    with pytest.raises(TooManyTries):
        sheet_of_receipt(number, receipt.code, consultation=here, origin="192.0.2.9")


def test_a_clerk_writes_down_a_position_once_and_never_a_vote(office: World) -> None:
    here, identity = office.consultation, new_id()
    answers = dict(ON_PAPER)
    draft = AssistDraft("municipal", "ar", answers, identity)
    members = session.scalar(sa.select(sa.func.count()).select_from(Member))
    first = assist(draft, consultation=here, actor=office.actor("first"))
    again = assist(draft, consultation=office.consultation, actor=office.actor("first"))
    assert (first.id, submission_of(first).channel, submission_of(first).author) == (again.id, "assisted", "أحمد كوسا")
    assert sheets_in(here.id, "done", office.actor("first"))[0].mine
    with pytest.raises(Conflict):
        assist(draft, consultation=office.consultation, actor=office.actor("second"))
    for key in ("organiser", "moderator", "ghat"):
        with pytest.raises(Forbidden):
            assist(draft, consultation=office.consultation, actor=office.actor(key))
    _no_vote(office)
    assert session.scalar(sa.select(sa.func.count()).select_from(Member)) == members
    late = AssistDraft("municipal", "ar", answers, uuid.uuid4())
    with clock.at(clock.now() + timedelta(days=31)), pytest.raises(Conflict, match="No longer open"):
        assist(late, consultation=office.consultation, actor=office.actor("first"))


def _no_vote(office: World) -> None:
    """A clerk casts for nobody, neither in their own name nor in that of a member; those they wrote for stand on no roll."""
    plan = BallotDraft(BallotKind.PROCEDURAL, "GA-2/3", Localized(ar="هل تعتمد؟"))
    ballot = prepare_ballot(plan, consultation=office.consultation, actor=office.actor("organiser"))
    ballot = open_ballot(ballot, actor=office.actor("moderator"))
    for voter in (None, office.members["ghat"]):
        for clerk in (office.actor("first"), ANONYMOUS):
            with pytest.raises(Forbidden):
                cast(ballot, "for", actor=clerk, voter=voter)
    assert session.scalars(sa.select(OpenChoice)).all() == []
    assert set(session.scalars(sa.select(RollEntry.voter_id))) <= set(office.members.values())


def test_lists_take_the_same_queries_for_one_sheet_and_for_three(office: World, count_queries: CountQueries) -> None:
    counted = []
    for count in (1, 2):
        sheets = printed(office, count=count)
        for sheet in sheets:
            entered(office, sheet, "first")
            entered(office, sheet, "second", decision="1/2026")
        session.rollback()
        clerk, here = office.actor("third"), office.consultation_id
        with count_queries() as queries:
            found = (sheets_in(here, "differs", clerk), runs_of(here, clerk), counts_of(here, clerk))
            rates = (box_rates(here), pair_rates(here))
        counted.append(len(queries))
    assert (counted, len(found[0]), len(rates[0]), rates[1][0].sheets) == ([5, 5], 3, 8, 3)


def test_a_claimed_text_bears_the_display_name_of_whoever_claims_it(office: World) -> None:
    sheet = printed(office)[0]
    receipt = receipt_for(office, sheet)
    for clerk in ("first", "second"):
        entered(office, sheet, clerk)
    with transaction():
        office.member("ghat").display_name = "زيتونة غات"
    row = accept(take(office, receipt), Review("in_order"), actor=office.actor("moderator"))
    found = {name: register(office.consultation_id, RegisterFilter(words=name)).rows for name in ("زيتونة", "أحمد")}
    assert (row.author, [len(rows) for rows in found.values()]) == ("زيتونة غات", [1, 0])


def test_entries_and_claims_at_the_same_moment_come_one_after_the_other(app: Flask, office: World) -> None:
    sheet = printed(office)[0]
    receipt = receipt_for(office, sheet)
    clerks = [office.actor(key) for key in ("first", "second", "third")]
    members = [office.actor(key) for key in ("ghat", "derna", "zuwara")]
    here, identity, number = office.consultation_id, sheet.id, printed_number(sheet.number)
    session.remove()

    def enter_it(clerk: Actor) -> None:
        row, consultation = session.get_one(Sheet, identity), session.get_one(Consultation, here)
        enter(row, ON_PAPER, consultation=consultation, actor=clerk)

    def claim_it(member: Actor) -> None:
        consultation = session.get_one(Consultation, here)
        claim(number, receipt.code, consultation=consultation, actor=member, origin="192.0.2.7")

    assert sorted(_at_once(app, enter_it, clerks)) == ["Conflict", "done", "done"]
    assert sorted(session.scalars(sa.select(Entry.place))) == [1, 2]
    assert session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 1
    session.remove()
    assert sorted(_at_once(app, claim_it, members)) == ["Rejected", "Rejected", "done"]


def _at_once(app: Flask, act: Callable[[Actor], None], actors: list[Actor]) -> list[str]:
    """Let several people do one thing at the same moment, and return what became of each."""
    ready = threading.Barrier(len(actors))

    def one(actor: Actor) -> str:
        with app.app_context():
            ready.wait(timeout=60)
            try:
                act(actor)
            except (Conflict, Rejected) as refused:
                return type(refused).__name__
            return "done"

    with ThreadPoolExecutor(len(actors)) as pool:
        return list(pool.map(one, actors))
