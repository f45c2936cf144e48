"""Organisations that wrote: noted from events, counted for the document where numbers tell nobody."""

from __future__ import annotations

from collections.abc import Sequence

import consult_cso.plugin as plugin
import sqlalchemy as sa
from consult_cso.models import CsoVoice

from consult.sdk import Localized, Message, ReportSection, Submission, session
from consult.testing.acts import accept, correct, deliver, hand_in, recorded, set_up_track
from consult.testing.world import World

GOOD = {"kind": "association", "coverage": "national"}


def _write(world: World, *answers: tuple[str, str]) -> list[Submission]:
    written = [hand_in(world, "cso", {"kind": kind, "coverage": coverage}) for kind, coverage in answers]
    deliver()
    return [accept(world, submission) for submission in written]


def _said(cell: Message | Localized | str | int) -> str:
    return cell["en"] if isinstance(cell, Localized) else str(cell)


def _tables(world: World) -> list[list[tuple[str, str]] | None]:
    sections: Sequence[ReportSection] = list(plugin.consult_report_sections(world.consultation))
    assert [(s.track, s.key) for s in sections] == [("cso", "coverage"), ("cso", "kinds")][: len(sections)]
    return [
        None if s.table is None else [(_said(label), _said(number)) for label, number in s.table.rows] for s in sections
    ]


def test_kind_and_coverage_are_noted_and_follow_a_correction(world: World) -> None:
    received = hand_in(world, "cso", GOOD)
    deliver()
    voice = session.get_one(CsoVoice, received.id)
    assert (voice.kind, voice.coverage) == ("association", "national")
    correct(world, "cso", received, {"kind": "unregistered", "coverage": "municipal"})
    deliver()
    voice = session.get_one(CsoVoice, received.id)
    assert (voice.kind, voice.coverage) == ("unregistered", "municipal")


def test_the_same_event_again_changes_nothing(world: World) -> None:
    received = hand_in(world, "cso", GOOD)
    deliver()
    (event,) = recorded("SubmissionReceived")
    plugin.consult_event(event)
    plugin.consult_event(event)
    assert [tuple(row) for row in session.execute(sa.select(CsoVoice.submission_id, CsoVoice.kind))] == [
        (received.id, "association")
    ]


def test_other_tracks_are_not_noted(world: World) -> None:
    hand_in(world, "professor", {"discipline": "law"})
    deliver()
    assert session.scalars(sa.select(CsoVoice.submission_id)).all() == []


def test_only_what_was_accepted_is_counted(world: World) -> None:
    hand_in(world, "cso", GOOD)
    deliver()
    assert _tables(world) == [
        [("The whole country", "0"), ("Several municipalities", "0"), ("One municipality", "0")],
        [
            ("Association (law 19/2001)", "0"),
            ("Local civil-society organisation", "0"),
            ("Foreign (international) non-governmental organisation", "0"),
            ("Initiative or group not registered", "0"),
        ],
    ]


def test_the_document_shows_numbers_that_tell_nobody(world: World) -> None:
    _write(
        world,
        *[("association", "national")] * 4,
        *[("local_org", "regional")] * 4,
        *[("local_org", "national")] * 2,
        ("unregistered", "municipal"),
    )
    assert _tables(world) == [
        [("The whole country", "6"), ("Several municipalities", "not shown"), ("One municipality", "not shown")],
        [
            ("Association (law 19/2001)", "not shown"),
            ("Local civil-society organisation", "6"),
            ("Foreign (international) non-governmental organisation", "0"),
            ("Initiative or group not registered", "not shown"),
        ],
    ]
    section = next(iter(plugin.consult_report_sections(world.consultation)))
    assert [str(words) for words in section.paragraphs] == [
        "11 submissions were accepted.",
        "Small numbers are not shown, nor others from which they could be told.",
    ]


def test_of_two_organisations_nothing_is_shown(world: World) -> None:
    _write(world, ("association", "national"), ("unregistered", "municipal"))
    assert _tables(world) == [None]


def test_what_was_not_said_is_counted_too(world: World) -> None:
    set_up_track(world, "cso", coverage_required="no")
    _write(world, *[("association", "")] * 3, *[("association", "national")] * 4)
    assert _tables(world)[0] == [
        ("The whole country", "4"),
        ("Several municipalities", "0"),
        ("One municipality", "0"),
        ("Not said", "3"),
    ]


def test_no_export_gets_anything(world: World) -> None:
    assert not hasattr(plugin, "consult_export_columns")
