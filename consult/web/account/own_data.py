"""What is kept about the visitor: a page to read, and a file to take along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, render_template
from markupsafe import Markup

from consult import clock
from consult.accounts.own_data import OwnData, Row, own_data, packed
from consult.consultations.accreditation.files import own_application_files
from consult.i18n import N_, Localized, Message
from consult.paper.queries import own_scans
from consult.submissions.documents.attached import own_files
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import me
from consult.web.context import local, present_formats
from consult.web.formats import ltr, person
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.proof import recently_proven
from consult.web.submissions import language_name

#: How many rows of a kind the page shows; the file has all.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """A table in words: what it holds, and the columns that say something to a reader."""

    label: Message
    columns: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "person": Kind(N_("Your account"), ("name", "email", "language", "created_at")),
    "member": Kind(N_("Where you take part"), ("track", "number", "invited_at", "until", "part_ended_at", "withheld")),
    "role_grant": Kind(N_("Your roles"), ("role", "granted_at", "ends_at", "reason")),
    "accreditation": Kind(
        N_("Applications of bodies with your address"), ("number", "track", "name", "state", "applied_at")
    ),
    "accreditation_file": Kind(N_("Files of these applications"), ("name", "size", "added_at", "removed_at")),
    "accreditation_step": Kind(N_("What became of them"), ("state", "reason", "at")),
    "testimony_reader": Kind(N_("Where you read confidential testimony"), ("named_at", "ended_at")),
    "seat": Kind(N_("Your seats"), ("track", "number", "constituency")),
    "seat_term": Kind(N_("When you held a seat"), ("since", "until", "reason")),
    "alternate": Kind(N_("Seats for which you stand in"), ("position",)),
    "proxy": Kind(N_("Proxies that you gave or carry"), ("until", "shown", "ended_at")),
    "submission": Kind(N_("Your submissions"), ("number", "title", "state", "received_at")),
    "revision": Kind(N_("Their revisions"), ("number", "title", "at")),
    "passage": Kind(N_("Their passages"), ("revision", "number", "text")),
    "attachment": Kind(N_("Your documents"), ("name", "size", "checked_at")),
    "upload": Kind(N_("Documents that are still being sent"), ("name", "size")),
    "submission_attachment": Kind(N_("Revisions they were handed in with")),
    "submission_topic": Kind(N_("Their topics")),
    "bulk_text": Kind(N_("Decisions taken on several texts at once")),
    "appeal": Kind(N_("Your appeals"), ("reason", "state", "answer", "made_at", "decided_at")),
    "review_decision": Kind(N_("What was decided on them"), ("decision", "reason", "at")),
    "disposition": Kind(N_("What became of them"), ("kind", "reason", "at")),
    "source": Kind(N_("Where recommendations cite them"), ("added_at",)),
    "coded_text": Kind(N_("That they are coded"), ("state", "settled_at")),
    "final_coding": Kind(N_("Codes that their passages were given"), ("stance",)),
    "coder": Kind(N_("Where you code texts"), ("number", "added_at", "ended_at")),
    "coding_task": Kind(N_("Texts you were charged with coding"), ("saved_at", "done_at")),
    "coding": Kind(N_("Codes you gave"), ("stance",)),
    "coding_step": Kind(N_("Steps of your coding that you can take back"), ("stance", "undone")),
    "coding_memo": Kind(N_("Your memos"), ("text",)),
    "sealed_name": Kind(N_("Your name, kept back while your text is judged"), ("author",)),
    "reviewer": Kind(N_("Where you judge texts as a reviewer"), ("track", "number", "added_at", "ended_at")),
    "assessment": Kind(
        N_("What you found of texts"), ("recommendation", "inside", "to_author", "saved_at", "handed_in_at")
    ),
    "declared_interest": Kind(
        N_("Texts in which you declared an interest"), ("kind", "at", "asked_at", "asked_because", "answered_because")
    ),
    "evaluation_draft": Kind(N_("The evaluation that you are writing"), ("texts", "saved_at")),
    "evaluation": Kind(N_("Evaluations that you published"), ("texts", "published_at")),
    "evaluation_answer": Kind(N_("What organisers answered to your evaluations"), ("texts", "answered_at")),
    "earlier_assessment": Kind(
        N_("What you had found of texts before it was opened again"),
        ("recommendation", "inside", "to_author", "handed_in_at", "reopened_at", "because"),
    ),
    "lifted_interest": Kind(
        N_("Interests you declared by mistake"), ("kind", "at", "asked_because", "lifted_at", "lifted_because")
    ),
    "review_note": Kind(N_("What you said in discussions of reviewers"), ("text", "at")),
    "campaign_member": Kind(N_("Letters like yours that were sent many times")),
    "paper_sheet": Kind(N_("Sheets of paper that you claimed"), ("number", "printed_at", "claimed_at")),
    "paper_entry": Kind(N_("When clerks entered them"), ("entered_at",)),
    "paper_comparison": Kind(N_("Whether two entries of them differed"), ("box", "differed")),
    "paper_scan": Kind(N_("Pictures of them"), ("size", "added_at")),
    "statement_vote": Kind(N_("Votes brought in from another platform")),
    "letter_sent": Kind(N_("Letters on what became of them")),
    "draft": Kind(N_("Your drafts"), ("created_at", "saved_at")),
    "draft_part": Kind(N_("Parts of shared drafts that you write in"), ("part", "until")),
    "draft_save": Kind(N_("What was saved in drafts that you write with others"), ("part", "at")),
    "draft_comment": Kind(N_("Comments inside your body"), ("text", "at")),
    "cosignature": Kind(N_("Bodies asked to co-sign your texts"), ("asked_at", "given_at", "fell_at", "ended_at")),
    "translation": Kind(N_("Translations of your texts"), ("language", "kind", "revision")),
    "translation_part": Kind(N_("What they say"), ("part", "text")),
    "office": Kind(N_("Where you lead for your body"), ("track", "level")),
    "sign_off": Kind(N_("Texts that you signed off"), ("at", "fell_at")),
    "roll_entry": Kind(N_("Rolls of voters on which you stand"), ("track", "weight")),
    "open_choice": Kind(N_("Your votes in open ballots"), ("choice", "at")),
    "reservation": Kind(N_("Your reservations"), ("text", "at")),
    "attendance": Kind(N_("When you were in the hall"), ("came_at", "left_at")),
    "speech": Kind(N_("When you asked for the floor and spoke"), ("asked_at", "given_at", "seconds")),
    "sign_in": Kind(N_("Where you signed in"), ("device", "created_at", "seen_at", "ended_at")),
    "half_sign_in": Kind(N_("Sign-ins that wait for a second step"), ("device", "expires_at")),
    "sign_in_link": Kind(N_("Links and invitations for you"), ("created_at", "expires_at", "used_at")),
    "authenticator_app": Kind(N_("Your app that shows codes"), ("created_at",)),
    "passkey": Kind(N_("Your passkeys"), ("name", "created_at", "used_at")),
    "outside_identity": Kind(N_("Accounts elsewhere that sign you in"), ("issuer", "joined_at", "used_at")),
    "recovery_code": Kind(N_("Your recovery codes, as fingerprints")),
    "notice": Kind(N_("What you were told of"), ("at", "read_at")),
    "consent": Kind(N_("What you agreed to, and what not"), ("given", "version", "at", "replaced_at")),
    "reach": Kind(
        N_("Your place and quiet hours"), ("timezone", "country", "mission", "district", "quiet_from", "quiet_to")
    ),
    "wish": Kind(N_("How you want to be told"), ("topic", "how")),
    "saved_search": Kind(N_("Your saved searches"), ("name", "created_at")),
    "address_change": Kind(N_("The address to which you want to change"), ("address", "asked_at", "expires_at")),
    "failing_address": Kind(N_("Refusals of your address by mail servers"), ("address", "code", "last_at")),
    "message_reader": Kind(N_("Messages of the organisers to you")),
    "erasure": Kind(N_("When you asked to be erased"), ("asked_at", "state", "due_at")),
    "mail": Kind(N_("Letters to you"), ("subject", "created_at", "sent_at")),
}
COLUMNS: Mapping[str, Message] = {
    "address": N_("E-mail address"),
    "code": N_("Code"),
    "country": N_("Country"),
    "district": N_("Consular district"),
    "mission": N_("Embassy or consulate"),
    "how": N_("How"),
    "last_at": N_("Last"),
    "quiet_from": N_("Quiet from"),
    "quiet_to": N_("Quiet until"),
    "read_at": N_("Read on"),
    "timezone": N_("Time zone"),
    "topic": N_("Topic"),
    "answered_at": N_("Answered"),
    "published_at": N_("Published"),
    "texts": N_("Text"),
    "added_at": N_("Added"),
    "applied_at": N_("Handed in"),
    "answer": N_("What you were answered"),
    "author": N_("Author"),
    "handed_in_at": N_("Handed in at"),
    "inside": N_("To those who decide"),
    "recommendation": N_("Recommendation"),
    "to_author": N_("To the author"),
    "made_at": N_("Handed in at"),
    "decided_at": N_("Decided at"),
    "answered_because": N_("What you were answered"),
    "asked_at": N_("Asked"),
    "asked_because": N_("What you asked"),
    "at": N_("When"),
    "box": N_("Box"),
    "came_at": N_("Came"),
    "checked_at": N_("Checked"),
    "claimed_at": N_("Claimed"),
    "choice": N_("Choice"),
    "constituency": N_("Constituency"),
    "created_at": N_("Made"),
    "decision": N_("Decision"),
    "device": N_("Device"),
    "differed": N_("Differed"),
    "done_at": N_("Finished"),
    "email": N_("E-mail address"),
    "due_at": N_("To be done on"),
    "ended_at": N_("Ended"),
    "ends_at": N_("Until"),
    "entered_at": N_("Entered"),
    "expires_at": N_("Valid until"),
    "fell_at": N_("Fell on"),
    "level": N_("Rule"),
    "part": N_("Part"),
    "part_ended_at": N_("Ended"),
    "given_at": N_("Got the floor"),
    "granted_at": N_("Since"),
    "invited_at": N_("Invited"),
    "issuer": N_("Where"),
    "joined_at": N_("Joined"),
    "kind": N_("Kind"),
    "language": N_("Language"),
    "left_at": N_("Left"),
    "name": N_("Name"),
    "named_at": N_("Named"),
    "number": N_("Number"),
    "position": N_("Place in the list"),
    "printed_at": N_("Printed"),
    "reason": N_("Reason"),
    "received_at": N_("Received"),
    "revision": N_("Revision"),
    "role": N_("Role"),
    "because": N_("Reason"),
    "lifted_at": N_("Lifted"),
    "lifted_because": N_("Reason"),
    "removed_at": N_("Removed"),
    "reopened_at": N_("Opened again"),
    "saved_at": N_("Saved"),
    "seconds": N_("Seconds"),
    "seen_at": N_("Last seen"),
    "sent_at": N_("Sent"),
    "shown": N_("Paper shown"),
    "since": N_("Since"),
    "settled_at": N_("Settled"),
    "stance": N_("Stance"),
    "size": N_("Bytes"),
    "state": N_("State"),
    "subject": N_("Subject"),
    "text": N_("Text"),
    "title": N_("Title"),
    "track": N_("Track"),
    "undone": N_("Taken back"),
    "until": N_("Until"),
    "used_at": N_("Used"),
    "version": N_("Version of the text"),
    "given": N_("You agreed"),
    "replaced_at": N_("Answered anew"),
    "weight": N_("Weight"),
    "withheld": N_("Name withheld"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of what is kept, as the page shows it; `more` rows are in the file only."""

    label: Markup | str
    count: int
    rows: Sequence[Sequence[tuple[Markup | str, Any]]]
    more: int


@blueprint.get("/account/data")
@requires("account.use")
def data() -> str:
    """Show everything that is kept about the visitor."""
    found = own_data(me())
    return render_template(
        "account/data.html",
        parts=[_part(name, rows) for name, rows in sorted(found.rows.items(), key=lambda kind: _place(kind[0]))],
        acts=sum(found.acts.values()),
        events=len(found.events),
    )


@blueprint.get("/account/data.zip")
@requires("account.use")
@recently_proven()
def data_file() -> Response:
    """Give everything as a file; whoever takes it shows again who they are."""
    found = own_data(me())
    files = {**own_files(me()), **own_application_files(me()), **own_scans(me())}
    response = Response(packed(found, _readme(found), files), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="consult-{clock.now():%Y-%m-%d}.zip"'
    return response


def _place(name: str) -> tuple[int, str]:
    """Put kinds in the order of their list; those of plugins that it does not know come last."""
    return (list(KINDS).index(name) if name in KINDS else len(KINDS), name)


def _part(name: str, rows: Sequence[Row]) -> Part:
    kind = KINDS.get(name)
    columns = kind.columns if kind else tuple(rows[0])
    shown = [
        [(_column(column), _value(column, row[column])) for column in columns if row.get(column) not in (None, "")]
        for row in rows[:SHOWN]
    ]
    label = local(kind.label if kind else N_("Noted by a track: %(table)s", table=name))
    return Part(label, len(rows), [row for row in shown if row], max(0, len(rows) - SHOWN) if columns else 0)


def _column(name: str) -> Markup | str:
    return say(COLUMNS[name]) if name in COLUMNS else ltr(name)


def _value(column: str, value: Any) -> Markup | str:
    """Return a value as people read it; words of people and codes stand by themselves in whatever direction they have."""
    if isinstance(value, datetime):
        return present_formats().moment(value)
    if isinstance(value, bool):
        return say(N_("Yes") if value else N_("No"))
    if column == "language":
        return language_name(value)
    if isinstance(value, Localized):
        return local(value)
    return person(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))


def _readme(found: OwnData) -> str:
    """Return what is in the file, in the language of the page."""
    lines = [
        say(N_("Everything that this platform keeps about you, on %(day)s.", day=present_formats().day(clock.now()))),
        say(
            N_("data.json holds all of it; each table is a CSV file too. Secrets that open your account are left out.")
        ),
        "",
        *(
            f"{name}: {say(KINDS[name].label) if name in KINDS else name} ({len(rows)})"
            for name, rows in found.rows.items()
        ),
    ]
    return "\r\n".join(lines) + "\r\n"
