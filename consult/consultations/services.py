"""What can be done with a consultation, its frame, seats and members: every verb of the room under one name."""

from __future__ import annotations

from consult.consultations.accreditation.confirming import (
    apply,
    ask_again,
    ask_to_apply,
    confirm_by_code,
    confirm_by_hand,
    confirm_by_link,
)
from consult.consultations.accreditation.services import appeal, correct, decide, withdraw
from consult.consultations.frame import choose_rules, choose_topics, set_track
from consult.consultations.members import (
    end_membership,
    invite_member,
    print_card,
    print_invitations,
    send_invitations,
)
from consult.consultations.own_names import change_details
from consult.consultations.registration import ask_to_register, confirm_registration
from consult.consultations.seats.alternates import add_alternate, move_alternate, remove_alternate
from consult.consultations.seats.holding import give_seat, hand_over, vacate_seat
from consult.consultations.seats.proxies import give_proxy, limit_proxies, revoke_proxy
from consult.consultations.seats.removing import remove_seat
from consult.consultations.seats.services import admit_bodies, create_seats, create_seats_for, set_quota
from consult.consultations.setting_up import change_names, create_consultation, publish
from consult.consultations.timetable import remove_phase, set_phase, set_phases

__all__ = [
    "add_alternate",
    "admit_bodies",
    "appeal",
    "apply",
    "ask_again",
    "ask_to_apply",
    "ask_to_register",
    "change_details",
    "change_names",
    "choose_rules",
    "choose_topics",
    "confirm_by_code",
    "confirm_by_hand",
    "confirm_by_link",
    "confirm_registration",
    "correct",
    "create_consultation",
    "create_seats",
    "create_seats_for",
    "decide",
    "end_membership",
    "give_proxy",
    "give_seat",
    "hand_over",
    "invite_member",
    "limit_proxies",
    "move_alternate",
    "print_card",
    "print_invitations",
    "publish",
    "remove_alternate",
    "remove_phase",
    "remove_seat",
    "revoke_proxy",
    "send_invitations",
    "set_phase",
    "set_phases",
    "set_quota",
    "set_track",
    "vacate_seat",
    "withdraw",
]
