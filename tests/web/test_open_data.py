"""The open data as everybody downloads them, and addresses that stay."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import fields
from datetime import timedelta
from hashlib import sha256

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consult import clock
from consult.accounts.access import OPERATOR
from consult.db import new_id, session, transaction
from consult.errors import Forbidden
from consult.events.record import record
from consult.events.stream import current_seq
from consult.events.types import Event, declared
from consult.outcomes.models import OpenData
from consult.outcomes.open_data_ready import TAKEN_BACK, choose_licence, file_of, is_given_away, make_due
from consult.settings import Settings
from consult.submissions.models import Submission
from consult.submissions.services import Review, hide
from consult.testing.small_tracks import running_app
from consult.testing.story import Story
from consult.testing.web import post

PAGE, FILE = "/en/c/test/open-data/", "/en/c/test/open-data/data.zip"
#: Events that take nothing of anybody's off the public pages; what organisers correct of their own, the next package says.
TAKES_NOTHING_BACK = {
    *("BodyRegistered", "BodyChanged", "BodyRenamed", "BodyReclassified", "BodyEnded", "BodyMerged"),
    *("BodyDivided", "BodyEndUndone", "MandateSaved", "MandateOverlapSaved", "MandateReplaced", "CapacitySaved"),
    *("ContactSaved", "BodyEntryRemoved", "SignedIn", "KeyRenewed", "KeyForgotten", "LogKeyRenewed"),
    *("LogKeyReplaced", "SignedOut", "SignedOutElsewhere", "AccountSignedOut", "AccountClosed", "AccountOpened"),
    *("SecondStepBegun", "SecondFactorAdded", "SecondFactorRemoved", "SecondStepReset", "RecoveryCodesMade"),
    *("RecoveryCodeUsed", "PasskeyAdded", "PasskeyRemoved", "IdentityJoined", "IdentityParted", "ProvedAgain"),
    *("PersonRegistered", "AccountChanged", "AddressChangeAsked", "AddressChangeDropped", "AddressChanged"),
    *("PasswordSet", "SignInLinkRequested", "SignInLinkMade", "RoleGranted", "RoleRevoked", "MissionAdded"),
    *("MissionRetired", "MissionRestored", "WishesChanged", "AddressTriedAgain", "FourEyesSwitched"),
    *("GraveActAsked", "GraveActConfirmed", "GraveActWithdrawn", "DecisionRuleAdded", "BallotPrepared"),
    *("BallotOpened", "BallotClosed", "BallotAnnulled", "CodebookStarted", "CodeSaved", "CodeMerged"),
    *("CodeRetired", "CoderAdded", "CoderEnded", "TextsAssigned", "TextCoded", "CodingReopened", "CodingUndone"),
    *("CodingRedone", "CodingReconciled", "ThemeSaved", "ThemeDecided", "PurposePublished", "PurposeEnded"),
    *("ConsentAnswered", "ConsultationCreated", "ConsultationNamed", "PhasesSet", "TrackSet"),
    *("TrackModerationSet", "TrackBlindSet", "TopicsChosen", "RulesChosen", "ConsultationPublished"),
    *("SeatsCreated", "SeatGiven", "SeatVacated", "SeatRemoved", "SeatHandedOver", "AlternateAdded"),
    *("AlternateMoved", "AlternateRemoved", "ProxyGiven", "ProxyEnded", "ProxiesLimited", "MemberInvited"),
    *("InvitationRenewed", "CardPrinted", "RegistrationAsked", "MemberRegistered", "MemberLeft"),
    *("AccreditationAsked", "AccreditationMoved", "AccreditationFileAdded", "AccreditationFileRemoved"),
    *("BodySettled", "BodyUnsettled", "MemberReturned", "AccreditationReminded", "ErasureAsked"),
    *("ErasureWithdrawn", "PersonErased", "EvaluationPublished", "EvaluationAnswered", "MessageSent"),
    *("RegionEdited", "RegionMerged", "RegionReturned", "RegionLocked", "RegionUnlocked", "RegionHidden"),
    *("RegionShown", "SilenceExplained", "EndExplained", "EditionPublished", "LettersSent", "LettersPrinted"),
    *("LetterWordsWritten", "OpenDataLicensed", "SheetsPrinted", "SheetReceived", "SheetEntered"),
    *("EntriesCompared", "SheetSettled", "SheetSetAside", "ReceiptPrinted", "ScanAdded", "ScanRemoved"),
    *("ReviewerNamed", "ReviewerEnded", "ReviewCriteriaSet", "ReviewsAssigned", "ReviewTakenBack"),
    *("InterestDeclared", "InterestLiftAsked", "InterestLifted", "InterestStays", "AssessmentHandedIn"),
    *("AssessmentReopened", "ReviewNoted", "RecommendationDrafted", "RecommendationDetailsChanged"),
    *("SourceAdded", "SourceRemoved", "QuoteSourceAdded", "QuoteSourceRemoved", "VersionWritten"),
    *("RecommendationProposed", "ReservationRecorded", "ReservationWithdrawn", "SubmissionAnswered"),
    *(
        "ResponseAsked",
        "ResponseRequestDropped",
        "ResponseSignedOff",
        "ResponseDue",
        "ResponsePassed",
        "ResponsePublished",
    ),
    *("RetentionApplied", "SessionPlanned", "SessionChanged", "AgendaItemAdded", "AgendaItemChanged"),
    *("AgendaItemMoved", "AgendaItemRemoved", "SessionOpened", "SessionSuspended", "SessionResumed"),
    *("SessionClosed", "AgendaItemStarted", "AgendaItemFinished", "MemberCheckedIn", "MemberCheckedOut"),
    *("FloorRequested", "FloorRequestWithdrawn", "FloorGiven", "SpeakingTimeExtended", "FloorEnded"),
    *("MinutesWritten", "MinutesCorrected", "MinutesLineHidden", "MinutesLineShown", "MinutesApproved"),
    *("SubmissionReceived", "SubmissionAccepted", "SubmissionLookedOver", "NamesOpened", "BulkDecisionHeld"),
    *("BulkDecisionUndone", "BulkDecisionDone", "AppealMade", "AppealDecided", "GroundSet", "AppealRulesSet"),
    *(
        "CampaignSearchAsked",
        "CampaignConfirmed",
        "CampaignDismissed",
        "CampaignReopened",
        "ImportAsked",
        "ImportEnded",
    ),
    *("StatementVotesBrought", "QuestionnaireDrafted", "QuestionnaireChanged", "QuestionnaireDiscarded"),
    *("QuestionnaireOpened", "SignOffRuleSet", "LeadNamed", "SignOffAsked", "TextSignedOff", "SignOffFell"),
    *("WithdrawalAgreed", "CosignatureAsked", "SubmissionCosigned", "TranslationHandedIn"),
    *("TranslationReturned", "TranslationApproved", "MachineTranslationAsked", "MachineTranslationMade"),
    *("ReferenceFiguresRecorded", "ReferenceFiguresRemoved", "AppealsCounted", "ChannelsCounted", "TestimonyOffered"),
    *("TestimonyClosed", "ReaderNamed", "ReaderEnded", "TestimonyRead", "TestimonyFileOpened"),
    *("TestimonyAnswered", "TestimonyDisposed", "QuoteProposed", "QuoteChecked", "QuotePublished"),
    *("QuoteWithdrawn", "ConfidentialKeyRotated"),  # no package holds the words of a quote
}
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


def download(client: FlaskClient, tag: str = "") -> TestResponse:
    """Ask for the package, and let go of the file."""
    answer = client.get(FILE, headers={"If-None-Match": tag} if tag else {}, buffered=True)
    answer.close()
    return answer


def _package() -> OpenData:
    return session.scalars(sa.select(OpenData).execution_options(populate_existing=True)).one()


def test_nothing_is_given_away_before_a_licence(client: FlaskClient, story: Story) -> None:
    assert not make_due()
    assert "Nothing is given away" in client.get(PAGE).text
    assert download(client).status_code == 302


def test_organisers_choose_and_everybody_downloads_what_lies_ready(
    app: Flask, client: FlaskClient, story: Story, count_queries: Counting
) -> None:
    organiser = story.world.sign_in(app.test_client(), "organiser")
    form = "/en/c/test/organise/open-data/"
    assert post(organiser, form, {"licence": "MIT"}).status_code == 422
    assert post(organiser, form, {"licence": "CC-BY-4.0"}).status_code == 303
    assert "being made" in client.get(PAGE).text
    session.rollback()
    assert make_due()
    assert not make_due()
    page = client.get(PAGE).text
    assert ["creativecommons.org/licenses/by/4.0" in page, "What became of each text" in page] == [True, True]
    given = download(client)
    assert (given.status_code, given.mimetype, sha256(given.data).hexdigest()) == (
        200,
        "application/zip",
        _package().digest,
    )
    assert download(client, given.headers["ETag"]).status_code == 304
    with zipfile.ZipFile(io.BytesIO(given.data)) as package:
        rows = list(csv.DictReader(io.TextIOWrapper(package.open("data/submissions.csv"), "utf-8", newline="")))
        assert len(rows) == _package().rows["submissions"] == 3
    with count_queries() as queries:
        download(client)
    assert len(queries) == 3, queries


def test_what_was_hidden_is_given_away_no_more(client: FlaskClient, story: Story) -> None:
    world = story.world
    choose_licence("CC0-1.0", consultation=world.consultation, actor=world.actor("organiser"))
    make_due()
    first = download(client).data
    row = session.scalars(sa.select(Submission)).first()
    assert row is not None
    hide(row, Review("harm", "…"), actor=OPERATOR)
    session.rollback()
    assert download(client).status_code == 302
    assert make_due()
    again = download(client).data
    with zipfile.ZipFile(io.BytesIO(again)) as package, zipfile.ZipFile(io.BytesIO(first)) as before:
        told = [row.number in one.read("data/submissions.csv").decode() for one in (before, package)]
    assert told == [True, False]


def test_every_event_takes_something_back_or_is_known_to_take_nothing() -> None:
    of_the_core = {
        name for name, kind in declared().items() if re.fullmatch(r"consult\.[a-z_.]+\.events", kind.__module__)
    }
    assert of_the_core - set(TAKEN_BACK) == TAKES_NOTHING_BACK
    assert set(TAKEN_BACK) <= of_the_core


def test_after_whatever_takes_something_back_nothing_is_given_away(story: Story) -> None:
    world = story.world
    choose_licence("CC0-1.0", consultation=world.consultation, actor=world.actor("organiser"))
    make_due()
    given = {}
    for name in (*TAKEN_BACK, "SubmissionAccepted"):
        with transaction():
            row = _package()
            row.seq = current_seq(world.consultation.id)
            record(_event(name), stream=world.consultation.id, actor=None)
        given[name] = is_given_away(_package())
    assert given == dict.fromkeys(TAKEN_BACK, False) | {"SubmissionAccepted": True}


def _event(name: str) -> Event:
    """An event of a type, about something."""
    kind, like = declared()[name], {"UUID": new_id(), "str": "", "int": 1, "bool": True}
    kinds = {one.name: str(one.type).removeprefix("uuid.") for one in fields(kind)}
    return kind(**{one: like.get(of, ()) for one, of in kinds.items()})


def test_it_is_made_anew_now_and_then_and_the_old_file_goes(client: FlaskClient, story: Story) -> None:
    world = story.world
    choose_licence("CC0-1.0", consultation=world.consultation, actor=world.actor("organiser"))
    make_due()
    old = file_of(_package())
    choose_licence("CC-BY-4.0", consultation=world.consultation, actor=world.actor("organiser"))
    assert download(client).status_code == 302
    assert make_due()
    assert (old.exists(), file_of(_package()).exists()) == (False, True)
    with transaction():
        _package().made_at = clock.now() - timedelta(hours=1)
    assert not make_due()  # the record has not moved
    choose_licence("", consultation=world.consultation, actor=world.actor("organiser"))
    assert download(client).status_code == 302
    with pytest.raises(Forbidden):
        choose_licence("CC0-1.0", consultation=world.consultation, actor=world.actor("moderator"))


def test_short_addresses_lead_to_the_page_in_the_readers_language(
    app: Flask, client: FlaskClient, story: Story
) -> None:
    french = client.get("/s/tt-2026-00001", headers={"Accept-Language": "fr"})
    assert (french.status_code, french.location) == (302, "/fr/c/test/submissions/TT-2026-00001/")
    assert {"Accept-Language", "Cookie"} <= set(french.vary)
    signed_in = story.world.sign_in(app.test_client(), "ghat")
    assert signed_in.get("/s/TT-2026-00001", headers={"Accept-Language": "fr"}).location.startswith("/ar/")
    assert client.get("/r/test/1").location == "/ar/c/test/recommendations/1/"
    assert client.get("/o/test/1").location == "/ar/c/test/outcome/1/"
    assert [client.get(path).status_code for path in ("/s/XX-2026-00001", "/s/x", "/r/none/1")] == [404, 404, 404]
    shown = {
        "/en/c/test/submissions/TT-2026-00001/": "http://localhost/s/TT-2026-00001",
        "/en/c/test/recommendations/1/": "http://localhost/r/test/1",
    }
    assert [page for page, short in shown.items() if short not in client.get(page).text] == []
    with transaction():
        story.world.consultation.public = False
    assert client.get("/s/TT-2026-00001").status_code == 404
