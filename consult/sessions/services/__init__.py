"""The verbs of sessions, the only writers of this room; every one records its event."""

from __future__ import annotations

from consult.sessions.services.attendance import check_in, check_out
from consult.sessions.services.minutes import (
    approve_minutes,
    correct_minutes,
    hide_in_minutes,
    note_in_minutes,
    show_in_minutes,
    write_minutes,
)
from consult.sessions.services.planning import (
    ItemDraft,
    SessionDraft,
    add_item,
    change_item,
    change_session,
    move_item,
    plan_session,
    remove_item,
)
from consult.sessions.services.running import (
    close_session,
    finish_item,
    open_session,
    resume_session,
    start_item,
    suspend_session,
)
from consult.sessions.services.speaking import ask_floor, end_speech, extend_speech, give_floor, withdraw_request

__all__ = [
    "ItemDraft",
    "SessionDraft",
    "add_item",
    "approve_minutes",
    "ask_floor",
    "change_item",
    "change_session",
    "check_in",
    "check_out",
    "close_session",
    "correct_minutes",
    "end_speech",
    "extend_speech",
    "finish_item",
    "give_floor",
    "hide_in_minutes",
    "move_item",
    "note_in_minutes",
    "open_session",
    "plan_session",
    "remove_item",
    "resume_session",
    "show_in_minutes",
    "start_item",
    "suspend_session",
    "withdraw_request",
    "write_minutes",
]
