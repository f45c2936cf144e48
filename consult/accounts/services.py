"""What can be done with people, links, passwords, roles and bodies: every verb of the room under one name."""

from __future__ import annotations

from consult.accounts.bodies import change_body, enter_body, register_body
from consult.accounts.links import answer_link_request, consume_link, invite_person, request_sign_in_link
from consult.accounts.passwords import set_password, sign_in_with_password
from consult.accounts.people import change_account, register_person
from consult.accounts.roles import begin, grant_role, revoke_role
from consult.accounts.sign_in import end_all_sign_ins, end_sign_in

__all__ = [
    "answer_link_request",
    "begin",
    "change_account",
    "change_body",
    "consume_link",
    "end_all_sign_ins",
    "end_sign_in",
    "enter_body",
    "grant_role",
    "invite_person",
    "register_body",
    "register_person",
    "request_sign_in_link",
    "revoke_role",
    "set_password",
    "sign_in_with_password",
]
