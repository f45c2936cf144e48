"""Grave acts ask again who one is: which they are, and that none of them goes on before it was shown."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.models import SignIn
from consult.db import database, session, transaction
from consult.demo.load import SLUG
from consult.testing.addresses import Addresses
from consult.testing.databases import digests
from consult.testing.sample import sign_in_tokens
from consult.testing.web import Browser, form_token

#: What asks again whoever signed in or proved it more than ten minutes ago.
GRAVE = {
    "account.add_app",
    "account.add_passkey",
    "account.address",
    "account.app",
    "account.ask_for_address",
    "account.ask_to_erase",
    "account.change_details",
    "account.change_password",
    "account.confirm_new_address",
    "account.data",
    "account.data_file",
    "account.end_app",
    "account.end_device",
    "account.end_other_devices",
    "account.end_passkey",
    "account.join_accounts",
    "account.make_recovery_codes",
    "account.new_passkey",
    "account.part",
    "account.password",
    "administer.ask_paper_erasure",
    "administer.body_end",
    "administer.body_undo",
    "administer.decide_log_key",
    "administer.decide_second",
    "administer.end_account",
    "administer.end_account_sign_ins",
    "administer.give_up_log_key",
    "administer.grant",
    "administer.reopen_account",
    "administer.revoke",
    "administer.stop_paper_erasure",
    "organise.add_reader",
    "organise.decide_reader",
    "organise.decide_second",
    "organise.end_part",
    "organise.hand_over",
    "organise.make_public",
    "organise.name_body_lead",
    "organise.open_names",
    "organise.publish_now",
    "organise.remove_reader",
    "organise.switch_second",
    "organise.switch_testimony",
    "readers.answer",
    "readers.check",
    "readers.end",
    "readers.propose",
    "readers.publish",
    "readers.read",
    "readers.take",
    "take_part.office_rule",
}
#: What asks again after an hour: in a hall, at a desk and in an office it is done again and again while others wait.
GRAVE_IN_THE_HALL = {
    "facilitate.accreditation",
    "facilitate.ballot_annul",
    "facilitate.ballot_close",
    "facilitate.ballot_open",
    "facilitate.help_second_step",
    "facilitate.make_card",
    "organise.enter_proxy",
    "organise.make_letters",
    "take_part.cosign_text",
    "take_part.give_sign_off",
    "take_part.reservation",
    "take_part.reserve",
    "take_part.revoke_cosign",
    "take_part.sign_reservation_off",
    "take_part.take_reservation_back",
    "take_part.sign_response_off",
    "take_part.withdraw",
}
#: What is grave by what is sent: that, and whose name stands in public. Anybody else changes theirs as before.
SENT = {"account.change_details": {"name": "اسم آخر تمامًا", "language": "ar"}}
IN_PUBLIC = "municipal"


def test_grave_acts_carry_the_guard_and_no_others(app: Flask) -> None:
    """Who takes one off or adds one changes this list."""
    asked = {name: view.consult_proven for name, view in app.view_functions.items() if hasattr(view, "consult_proven")}
    assert asked == dict.fromkeys(GRAVE, 10) | dict.fromkeys(GRAVE_IN_THE_HALL, 60)


def test_no_grave_act_goes_on_before_it_was_shown_again_who_it_is(sample_app: Flask) -> None:
    """Each is sent as everybody, two hours after signing in: nothing is written, and whoever might do it is asked."""
    tokens, addresses = sign_in_tokens(), Addresses.of(SLUG)
    with transaction():
        session.execute(sa.update(SignIn).values(proved_at=clock.now() - timedelta(hours=2)))
    rules = [
        rule
        for rule in sample_app.url_map.iter_rules()
        if rule.endpoint in GRAVE | GRAVE_IN_THE_HALL and "POST" in (rule.methods or ())
    ]
    paths = [addresses.of_rule(rule, "en") for rule in rules]  # some make the row that they lead to
    before, went_on, asked = _content(), [], set()
    for role, token in tokens.items():
        client = Browser(sample_app)
        field = form_token(client, "/en/sign-in")
        client.set_cookie("consult-session", token)
        for rule, leading in zip(rules, paths, strict=True):
            if rule.endpoint in SENT and role != IN_PUBLIC:
                continue
            for path in leading:
                answer = client.post(path, data={"csrf_token": field, **SENT.get(rule.endpoint, {})}, buffered=True)
                if "Is it you?" in answer.get_data(as_text=True):
                    asked.add(rule.endpoint)
                if answer.status_code not in (303, 401, 403, 404, 405):
                    went_on.append((role, path, answer.status_code))
    assert went_on == []
    assert {rule.endpoint for rule in rules} == asked
    assert _content() == before


def _content() -> dict[str, str]:
    session.rollback()
    with database.engine.connect() as connection:
        return digests(connection, without={"sign_in.seen_at"})
