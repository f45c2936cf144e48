"""What can be done with people, links, passwords, roles and bodies: every verb of the room under one name."""

from __future__ import annotations

from consult.accounts.address import ask_address, confirm_address, drop_address
from consult.accounts.bodies.ending import end_body, undo_end
from consult.accounts.bodies.entering import enter_body
from consult.accounts.bodies.life import change_body
from consult.accounts.bodies.overlaps import remove_overlap, save_overlap
from consult.accounts.bodies.record import remove_entry, replace_mandate, save_capacity, save_contact, save_mandate
from consult.accounts.bodies.services import correct_body, register_body
from consult.accounts.closing import close_account, confirm_closing, open_account, sign_out_account, withdraw_closing
from consult.accounts.people import change_account, register_person
from consult.accounts.roles import begin, grant_role, revoke_role
from consult.accounts.signing_in.asked_links import answer_link_request, consume_link_code, request_sign_in_link
from consult.accounts.signing_in.authenticator import confirm_app, new_recovery_codes, remove_app, remove_every_factor
from consult.accounts.signing_in.devices import end_all_sign_ins, end_other_sign_ins, end_sign_in
from consult.accounts.signing_in.identities import join_identity, part_identity, sign_in_with_identity
from consult.accounts.signing_in.links import consume_card_code, consume_link, invite_person
from consult.accounts.signing_in.passkeys import (
    add_passkey,
    finish_with_passkey,
    prove_with_passkey,
    remove_passkey,
    sign_in_with_passkey,
)
from consult.accounts.signing_in.passwords import set_password, sign_in_with_password
from consult.accounts.signing_in.proof import prove_with_code, prove_with_password
from consult.accounts.signing_in.second_step import finish_with_code

__all__ = [
    "add_passkey",
    "answer_link_request",
    "ask_address",
    "begin",
    "change_account",
    "change_body",
    "close_account",
    "confirm_address",
    "confirm_app",
    "confirm_closing",
    "consume_card_code",
    "consume_link",
    "consume_link_code",
    "correct_body",
    "drop_address",
    "end_all_sign_ins",
    "end_body",
    "end_other_sign_ins",
    "end_sign_in",
    "enter_body",
    "finish_with_code",
    "finish_with_passkey",
    "grant_role",
    "invite_person",
    "join_identity",
    "new_recovery_codes",
    "open_account",
    "part_identity",
    "prove_with_code",
    "prove_with_passkey",
    "prove_with_password",
    "register_body",
    "register_person",
    "remove_app",
    "remove_entry",
    "remove_every_factor",
    "remove_overlap",
    "remove_passkey",
    "replace_mandate",
    "request_sign_in_link",
    "revoke_role",
    "save_capacity",
    "save_contact",
    "save_mandate",
    "save_overlap",
    "set_password",
    "sign_in_with_identity",
    "sign_in_with_passkey",
    "sign_in_with_password",
    "sign_out_account",
    "undo_end",
    "withdraw_closing",
]
