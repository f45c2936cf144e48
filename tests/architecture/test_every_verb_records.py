"""Every verb that changes something records its event, in the transaction of the change."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
import sqlalchemy as sa

from consult.app import create_app
from consult.db import session, transaction
from consult.events.models import EventRow
from consult.events.record import record, record_all
from consult.events.types import declared
from consult.runtime import runtime
from consult.testing.sample import LoadedSample, disposed

ROOT = Path(__file__).parents[2]

#: Casting is nobody's business, and a draft is not yet said: neither is an event (TRUST); nor is what somebody has read, nor
#: are codes that a coder has not finished giving, what a reviewer has not handed in, or ticks before a campaign is confirmed. (What takes the yes of colleagues away says so: `carry_over`.)
NOT_EVENTS = {
    "consult.ballots.box.cast",
    "consult.coding.working.save_codes",
    "consult.evaluation.services.save_evaluation",
    "consult.notifications.notices.mark_read",
    "consult.peer_review.judging.save_assessment",
    "consult.submissions.drafting.drafts.discard_draft",
    "consult.submissions.drafting.drafts.save_step",
    "consult.submissions.drafting.drafts.start_correction",
    "consult.submissions.drafting.drafts.start_draft",
    "consult.submissions.campaigns.gathering.look_through",
}


def _services() -> list[ModuleType]:
    named = ("services.py", "services/*.py", "drafts.py", "gathering.py", "responses.py")
    files = [file for name in named for file in ROOT.glob(f"consult/**/{name}")]
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files]
    return [
        importlib.import_module(name)
        for name in sorted(names)
        if not name.startswith(("consult.web", "consult.testing", "consult.demo"))
    ]


def _verbs() -> dict[str, FunctionType]:
    """Return every public function of the services that takes an actor, by the place of its definition."""
    found = {}
    for module in _services():
        for name in getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")]):
            verb = getattr(module, name)
            if isinstance(verb, FunctionType) and "actor" in inspect.signature(verb).parameters:
                found[f"{verb.__module__}.{verb.__name__}"] = verb
    return {name: verb for name, verb in sorted(found.items()) if _changes_something(verb)}


def _changes_something(verb: FunctionType) -> bool:
    """Tell whether a function opens a transaction somewhere on its way: what only reads is no verb."""
    return any(transaction in _named(function) for function in _reached(verb))


@cache
def _named(function: FunctionType) -> list[object]:
    """Return what a function's code names: globals, and attributes of modules."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    found: list[object] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in function.__globals__:
            found.append(function.__globals__[node.id])
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = function.__globals__.get(node.value.id)
            if isinstance(module, ModuleType) and hasattr(module, node.attr):
                found.append(getattr(module, node.attr))
    return found


def _plain(value: object) -> object:
    return inspect.unwrap(value) if isinstance(value, FunctionType) else value


def _reached(verb: FunctionType) -> Iterator[FunctionType]:
    """Yield a verb and every function of consult that it may call, whatever the way."""
    seen: set[FunctionType] = set()
    waiting: list[FunctionType] = [verb]
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        yield function
        waiting += [
            named
            for named in map(_plain, _named(function))
            if isinstance(named, FunctionType) and named.__module__.startswith("consult.")
        ]


VERBS = _verbs()


def test_there_are_verbs_in_every_room() -> None:
    assert {name.split(".")[1] for name in VERBS} == {
        "accounts",
        "ballots",
        "coding",
        "consent",
        "consultations",
        "erasure",
        "evaluation",
        "notifications",
        "outcomes",
        "paper",
        "peer_review",
        "recommendations",
        "sessions",
        "submissions",
        "testimony",
    }


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_records_its_event_unless_it_is_one_of_the_few_that_must_not(name: str) -> None:
    records = any(function in (record, record_all) for function in _reached(VERBS[name]))
    assert records is (name not in NOT_EVENTS)


#: Types that the sample, a consultation on its best day, gives no cause for: things mended, taken back, undone, and
#: people coming and going. Each is looked for where its verb is tested.
NOT_IN_THE_SAMPLE = {
    *("AccountChanged", "InvitationRenewed", "PasswordSet", "SignInLinkRequested", "SignedOut"),
    *("SecondStepBegun", "ProvedAgain", "SignedOutElsewhere"),
    *("AccountClosed", "AccountOpened", "AccountSignedOut", "AddressTriedAgain", "WishesChanged"),
    *("AccountClosed", "AccountOpened", "AccountSignedOut"),
    *("AddressChangeAsked", "AddressChangeDropped", "AddressChanged"),
    *("ErasureAsked", "ErasureWithdrawn", "MemberErased", "PersonErased"),
    *("FourEyesSwitched", "GraveActWithdrawn"),
    *("RecoveryCodeUsed", "PasskeyAdded", "PasskeyRemoved"),
    *("AccreditationAsked", "RegistrationAsked", "MemberRegistered"),
    *("BodyEnded", "BodyEndUndone", "BodyEntryRemoved", "BodyMerged", "BodyReclassified", "BodySettled"),
    *("BodyUnsettled", "MandateOverlapSaved", "MandateReplaced", "MemberReturned"),
    *("BodyChanged", "CardPrinted", "ConsultationNamed", "MemberLeft", "RoleRevoked", "SeatVacated"),
    *("AccreditationFileRemoved", "SecondStepReset", "DisplayNameChanged", "OwnNameChanged", "LeadNamed"),
    *("SignOffRuleSet", "SignOffFell", "TextSignedOff", "WithdrawalAgreed"),
    *("CosignatureRevoked", "CosignaturesFell"),
    *("ResponseDue", "ResponsePassed", "ResponseRequestDropped", "ResponseSignedOff"),
    "ReservationWithdrawn",
    *("TranslationReturned", "TranslationSetAside", "MachineTranslationAsked", "MachineTranslationMade"),
    *("AlternateMoved", "AlternateRemoved", "ProxiesLimited", "ProxyEnded", "SeatHandedOver", "SeatRemoved"),
    *("AgendaItemMoved", "AgendaItemRemoved", "FloorRequestWithdrawn", "MemberCheckedOut", "SessionChanged"),
    *("MinutesCorrected", "MinutesLineHidden", "MinutesLineShown", "SpeakingTimeExtended"),
    *("RecommendationDetailsChanged", "SourceRemoved", "SubmissionWithdrawn"),
    *("MissionAdded", "MissionRestored", "MissionRetired"),
    *("AppealsCounted", "ChannelsCounted", "ReferenceFiguresRecorded", "ReferenceFiguresRemoved"),
    *("QuoteSourceRemoved", "QuoteWithdrawn"),
    "QuestionnaireDiscarded",
    *("EndExplained", "LettersPrinted", "LetterWordsWritten"),
    "PurposeEnded",
    *("IdentityJoined", "IdentityParted"),
    *("AppealRulesSet", "BulkDecisionDone", "SubmissionLookedOver"),
    *("CampaignConfirmed", "CampaignDismissed", "CampaignReopened", "CampaignSearchAsked"),
    *("ImportAsked", "ImportEnded", "StatementVotesBrought"),
    *("CodeMerged", "CodeRetired", "CoderEnded", "CodingRedone", "CodingReopened", "CodingUndone"),
    *("BallotAnnulled", "DecisionRuleAdded"),
    *("AuthorNameChanged", "ReceiptPrinted", "ScanAdded", "ScanRemoved", "SheetClaimed", "SheetSettled"),
    *("AssessmentReopened", "InterestLifted", "InterestStays"),
    *("NamesOpened", "ReviewerEnded", "ReviewTakenBack"),
    *("TestimonyClosed", "TestimonyDisposed", "TestimonyFileOpened", "ReaderEnded", "ConfidentialKeyRotated"),
    *("KeyForgotten", "KeyRenewed", "LogKeyRenewed", "LogKeyReplaced"),
    *("RegionHidden", "RegionLocked", "RegionMerged", "RegionReturned", "RegionShown", "RegionUnlocked"),
}


def test_every_type_that_the_sample_can_cause_is_in_its_log(sample: LoadedSample, tmp_path: Path) -> None:
    of_the_core = {
        name for name, kind in declared().items() if re.fullmatch(r"consult\.[a-z_.]+\.events", kind.__module__)
    }
    with create_app(sample.copy(tmp_path, "sqlite")).app_context(), disposed():
        recorded = set(session.scalars(sa.select(EventRow.type).distinct()))
        of_plugins = {kind.type_name() for kind in runtime().hooks.event_types()}
    assert recorded <= of_the_core | of_plugins
    assert of_the_core - recorded == NOT_IN_THE_SAMPLE


@pytest.mark.parametrize("name", sorted(NOT_IN_THE_SAMPLE))
def test_every_other_type_is_looked_for_where_its_verb_is_tested(name: str) -> None:
    tests = [*ROOT.glob("tests/unit/**/test_*.py"), *ROOT.glob("tests/web/**/test_*.py")]
    assert any(re.search(rf"\b{name}\b", test.read_text("utf-8")) for test in tests)
