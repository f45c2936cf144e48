"""Reading testimony: by few, named, with a second factor, each opening recorded; quoted only after two readers and the author."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS, OPERATOR, Role, allowed
from consult.accounts.models import RoleGrant
from consult.accounts.signing_in.sign_in import start_sign_in, visit_for_token
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected, SecondFactorNeeded
from consult.events.models import INSTANCE, EventRow
from consult.notifications.models import Notice
from consult.runtime import Runtime, running, runtime
from consult.testimony.content import MessageDraft
from consult.testimony.models import Quote, TestimonyQuote, TestimonyReader
from consult.testimony.queries import (
    PAGE,
    count_by_state,
    desk_of,
    is_offered,
    list_of,
    public_quotes,
    readers_of,
    readings_of,
    waiting_readers,
)
from consult.testimony.services import (
    answer_testimony,
    ask_reader,
    check_quote,
    close_testimony,
    confirm_reader,
    decide_quote,
    end_reader,
    offer_testimony,
    propose_quote,
    publish_quote,
    read_testimony,
    withdraw_reader,
)
from consult.testimony.states import CHECKS, QUOTE_TRANSITIONS, QuoteState, TestimonyState
from consult.testing.acts import deliver
from consult.testing.factors import set_up_app
from consult.testing.testimonies import READERS, TEXT, back, give, name_reader, only_number, proved
from consult.testing.world import World

WORDS = "I paid at the gate. [...] I waited until morning."


def events() -> list[tuple[str, bool]]:
    """Return the types of the testimonies' events, and whether each stands in the instance's stream."""
    kinds = ("Testimony%", "Reader%", "Quote%")
    rows = session.execute(
        sa.select(EventRow.type, EventRow.stream_id)
        .where(sa.or_(*(EventRow.type.like(kind) for kind in kinds)))
        .order_by(EventRow.at, EventRow.id)
    )
    return [(row.type, row.stream_id == INSTANCE) for row in rows]


def test_each_opening_is_recorded_where_the_public_does_not_look(here: World) -> None:
    give(here)
    number = only_number()
    for _ in range(2):
        assert read_testimony(number, consultation=here.consultation, actor=proved(here, "moderator")).text == TEXT
    assert events() == [
        *[("ReaderNamed", False)] * 2,
        ("TestimonyOffered", False),
        *[("TestimonyRead", True)] * 2,
    ]
    row = session.scalars(sa.select(EventRow).where(EventRow.type == "TestimonyRead").limit(1)).one()
    assert row.facts == {"consultation": str(here.consultation_id), "testimony": number}
    assert row.actor_id == here.people["moderator"]
    assert [(one.number, one.name) for one in readings_of(here.consultation_id)] == [(number, "فرج القماطي")] * 2


def test_nobody_else_reads(here: World) -> None:
    give(here)
    number = only_number()
    for who in ("administrator", "organiser", "ghat"):
        with pytest.raises(Forbidden):
            read_testimony(number, consultation=here.consultation, actor=here.actor(who))
    for actor in (ANONYMOUS, OPERATOR):
        with pytest.raises(Forbidden):
            read_testimony(number, consultation=here.consultation, actor=actor)
    assert session.scalar(sa.select(sa.func.count()).where(EventRow.type == "TestimonyRead")) == 0


@pytest.mark.parametrize("for_roles", [True, False])
def test_a_reader_reads_only_after_a_second_factor_in_this_sign_in(here: World, for_roles: bool) -> None:
    give(here)
    number, person, parts = only_number(), here.people["moderator"], runtime()
    settings = replace(parts.settings, second_factor_for_roles=for_roles)
    with running(Runtime(settings, parts.hooks, parts.readers, parts.signer)):
        without = visit_for_token(start_sign_in(person, method="link")).actor
        with pytest.raises(SecondFactorNeeded):
            read_testimony(number, consultation=here.consultation, actor=without)
        assert read_testimony(number, consultation=here.consultation, actor=proved(here, "moderator")).text == TEXT
        with pytest.raises(Forbidden) as refused:
            read_testimony(number, consultation=here.consultation, actor=proved(here, "ghat"))
        assert type(refused.value) is Forbidden


def test_readers_are_named_once_are_few_and_can_be_ended(here: World) -> None:
    organiser, present = here.actor("organiser"), here.consultation

    def refusal(who: str) -> str:
        with pytest.raises(Rejected) as refused:
            ask_reader(f"{who}@example.org", consultation=present, actor=organiser)
        assert refused.value.problems[0].field == "address"
        return str(refused.value.problems[0].message)

    assert refusal("nobody") == "Nobody has an account with this address. Invite them first."
    assert refusal("moderator") == "This person is a reader already."
    assert refusal("ghat") == "This person has no second step yet. They set one up first, then name them."
    for who in ("ghat", "derna", "zuwara"):
        name_reader(here, who)
    set_up_app(here, "cso")
    assert refusal("cso") == "There are 5 readers already, and more would be too many."
    first, *others = readers_of(here.consultation_id)
    give(here)
    end_reader(first.id, consultation=present, actor=organiser)
    with pytest.raises(Conflict):
        end_reader(first.id, consultation=present, actor=organiser)
    with pytest.raises(Forbidden):
        read_testimony(only_number(), consultation=present, actor=proved(here, "moderator"))
    for reader in others[:2]:
        end_reader(reader.id, consultation=present, actor=here.actor("administrator"))
    with pytest.raises(Conflict, match="Two readers must remain"):
        end_reader(others[2].id, consultation=present, actor=organiser)
    with pytest.raises(NotFound):
        end_reader(uuid.uuid4(), consultation=present, actor=organiser)
    assert [kind for kind, _ in events()].count("ReaderEnded") == 3


def test_whoever_names_themself_reads_nothing(here: World) -> None:
    give(here)
    for who in ("organiser", "administrator"):
        set_up_app(here, who)
        act = ask_reader(f"{who}@example.org", consultation=here.consultation, actor=here.actor(who))
        with pytest.raises(Forbidden):
            read_testimony(only_number(), consultation=here.consultation, actor=proved(here, who))
        with pytest.raises(Forbidden):
            confirm_reader(act.id, consultation=here.consultation, actor=here.actor(who))
    assert [row.name for row in waiting_readers(here.consultation_id)] == ["هدى الزوي", "سالم المنفي"]
    assert [reader.person for reader in readers_of(here.consultation_id)] == [here.people[who] for who in READERS]


def test_whom_another_names_does_not_confirm_it_and_may_refuse_it(here: World) -> None:
    present = here.consultation
    set_up_app(here, "administrator")
    with transaction():
        grant = RoleGrant(person_id=here.people["zuwara"], role=Role.ORGANISER, granted_at=clock.now())
        grant.consultation_id = present.id
        session.add(grant)
    for who in ("organiser", "zuwara"):
        act = ask_reader("administrator@example.org", consultation=present, actor=here.actor("organiser"))
        with pytest.raises(Conflict, match="waits for a second person already"):
            ask_reader("administrator@example.org", consultation=present, actor=here.actor("zuwara"))
        with pytest.raises(Forbidden):
            confirm_reader(act.id, consultation=present, actor=here.actor("administrator"))
        with pytest.raises(Forbidden):
            confirm_reader(act.id, consultation=present, actor=here.actor("moderator"))
        withdraw_reader(act.id, consultation=present, actor=here.actor("administrator" if who == "organiser" else who))
        with pytest.raises(Conflict):
            confirm_reader(act.id, consultation=present, actor=here.actor("zuwara"))
    assert len(readers_of(here.consultation_id)) == 2


def test_where_nobody_else_could_confirm_it_is_not_asked(here: World) -> None:
    set_up_app(here, "administrator")
    with pytest.raises(Rejected, match="Nobody else could confirm this"):
        ask_reader("administrator@example.org", consultation=here.consultation, actor=here.actor("organiser"))


def test_readers_are_told_of_another(here: World) -> None:
    deliver()
    before = set(session.scalars(sa.select(Notice.id)))
    name_reader(here, "ghat")
    deliver()
    told = session.execute(sa.select(Notice.person_id, Notice.kind).where(Notice.id.not_in(before)))
    named = {person for person, kind in told if kind == "reader_named"}
    assert named == {here.people[who] for who in ("ghat", *READERS)}


def test_it_is_switched_on_with_two_readers_and_off_again(world: World) -> None:
    organiser, present = world.actor("organiser"), world.consultation
    with pytest.raises(Conflict, match="at least two readers"):
        offer_testimony(consultation=present, actor=organiser)
    for who in ("ghat", "derna"):
        name_reader(world, who)
    for who in ("moderator", "ghat"):
        for act in (offer_testimony, close_testimony):
            with pytest.raises(Forbidden):
                act(consultation=present, actor=world.actor(who))
    offer_testimony(consultation=present, actor=organiser)
    with pytest.raises(Conflict):
        offer_testimony(consultation=present, actor=organiser)
    close_testimony(consultation=present, actor=organiser)
    assert not is_offered(world.consultation_id)
    with pytest.raises(Conflict):
        close_testimony(consultation=present, actor=organiser)
    offer_testimony(consultation=present, actor=world.actor("administrator"))
    assert [kind for kind, _ in events() if kind.startswith("Testimony")] == [
        *("TestimonyOffered", "TestimonyClosed", "TestimonyOffered"),
    ]


def test_an_answer_waits_for_the_author(here: World) -> None:
    words = give(here)
    number, once, reader = only_number(), uuid.uuid4(), proved(here, "professor")
    for _ in range(2):
        answer_testimony(
            MessageDraft("Was anybody else there?", "en"),
            number=number,
            once=once,
            consultation=here.consultation,
            actor=reader,
        )
    found = back(here, words).testimony
    assert [(m.by_reader, m.text) for m in found.messages] == [(True, "Was anybody else there?")]
    assert found.state == TestimonyState.ANSWERED
    assert [kind for kind, _ in events()].count("TestimonyAnswered") == 1
    with pytest.raises(Rejected):
        answer_testimony(
            MessageDraft(" ", "en"), number=number, once=uuid.uuid4(), consultation=here.consultation, actor=reader
        )


def test_words_are_quoted_after_two_readers_and_the_author(here: World) -> None:
    words = give(here)
    number, present = only_number(), here.consultation
    first, second = proved(here, "moderator"), proved(here, "professor")
    quote = propose_quote(WORDS, "en", number=number, consultation=present, actor=first)
    assert back(here, words).testimony.quotes == []  # nobody has checked them yet
    with pytest.raises(Conflict, match="Somebody else checks"):
        check_quote(quote, CHECKS, False, number=number, consultation=present, actor=first)
    with pytest.raises(Rejected) as refused:
        check_quote(quote, list(CHECKS)[1:], False, number=number, consultation=present, actor=second)
    assert refused.value.problems[0].field == "checks"
    for too_early in (True, False):
        with pytest.raises(Conflict):
            decide_quote(quote, too_early, form=back(here, words).form, consultation=present)
    check_quote(quote, CHECKS, False, number=number, consultation=present, actor=second)
    with pytest.raises(Conflict):
        publish_quote(quote, number=number, consultation=present, actor=first)
    form = back(here, words).form
    for agrees in (False, True, True):
        decide_quote(quote, agrees, form=form, consultation=present)
    assert public_quotes(here.consultation_id) == ([], None)
    assert publish_quote(quote, number=number, consultation=present, actor=first) == 1
    [public], _ = public_quotes(here.consultation_id)
    assert (public.words, public.language, len(public.month), public.withdrawn) == (WORDS, "en", 7, False)
    with pytest.raises(Conflict):
        decide_quote(quote, False, form=form, consultation=present)
    assert [found for found in events() if found[0].startswith("Quote")] == [
        *(("QuoteProposed", True), ("QuoteChecked", True), ("QuotePublished", False)),
    ]


def test_the_database_does_not_tell_where_a_public_quote_comes_from(here: World) -> None:
    columns = {column.name for column in Quote.__table__.columns}
    assert columns == {"id", "consultation_id", "number", "words", "language", "month", "withdrawn", "told_on"}
    assert "number" not in TestimonyQuote.__table__.columns


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("", "words"),
        ("[...]", "words"),
        ("I paid at the border.", "words"),
        ("morning I waited", "words"),
        ("a" * 2_001, "words"),
    ],
)
def test_only_what_the_author_wrote_is_quoted(here: World, words: str, field: str) -> None:
    give(here)
    with pytest.raises(Rejected) as refused:
        propose_quote(
            words, "en", number=only_number(), consultation=here.consultation, actor=proved(here, "moderator")
        )
    assert {one.field for one in refused.value.problems} == {field}


def test_what_may_not_be_quoted_or_would_identify_is_not(here: World) -> None:
    present, first, second = here.consultation, proved(here, "moderator"), proved(here, "professor")
    give(here, quoting="nothing")
    number = only_number()
    with pytest.raises(Conflict, match="allows nothing"):
        propose_quote(WORDS, "en", number=number, consultation=present, actor=first)
    words = give(here)
    number = next(row.number for row in list_of(here.consultation_id, "", "")[0] if row.number != number)
    quote = propose_quote(WORDS, "en", number=number, consultation=present, actor=first)
    check_quote(quote, (), True, number=number, consultation=present, actor=second)
    assert back(here, words).testimony.quotes == []
    with pytest.raises(Conflict):
        check_quote(quote, CHECKS, False, number=number, consultation=present, actor=second)
    with pytest.raises(NotFound):
        publish_quote(uuid.uuid4(), number=number, consultation=present, actor=first)
    with pytest.raises(NotFound):
        read_testimony(1, consultation=present, actor=first)


def test_every_state_of_a_quote_is_reached_and_ends() -> None:
    reached = {state for following in QUOTE_TRANSITIONS.values() for state in following}
    assert reached == set(QuoteState) - {QuoteState.PROPOSED}
    assert QUOTE_TRANSITIONS[QuoteState.WITHDRAWN] == frozenset()


def test_the_list_is_paged_and_counted(
    here: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    def queries() -> int:
        with count_queries() as seen:
            list_of(here.consultation_id, "", "")
            count_by_state(here.consultation_id)
        return len(seen)

    give(here)
    one = queries()
    give(here)
    give(here)
    assert (one, queries()) == (2, 2)
    rows, more = list_of(here.consultation_id, "waiting", "")
    assert (len(rows), more, PAGE) == (3, "", 50)
    after = f"{rows[0].received_on:%Y-%m-%d}.{rows[0].number}"
    assert list_of(here.consultation_id, "", after)[0] == rows[1:]
    for nonsense in ("x", "2026-11-28", "2026-11-28.x", "9" * 30):
        assert len(list_of(here.consultation_id, "", nonsense)[0]) == 3
    assert count_by_state(here.consultation_id) == {TestimonyState.WAITING: 3}


def test_no_role_opens_the_desk(here: World) -> None:
    desk = desk_of(here.consultation_id, proved(here, "administrator"))
    answers: Sequence[bool] = [
        allowed(proved(here, who), "testimony.read", desk) for who in ("administrator", "organiser", "moderator")
    ]
    assert answers == [False, False, True]  # the moderator because they were named
    assert session.scalar(sa.select(sa.func.count()).select_from(RoleGrant)) == 3
    assert session.scalar(sa.select(sa.func.count()).select_from(TestimonyReader)) == 2
