"""What is done with confidential testimony: by organisers, by readers, by the operator; and by authors, who are no actors."""

from __future__ import annotations

from consult.testimony.files import TakenFile, add_file, remove_file, take_file
from consult.testimony.giving import (
    Prepared,
    Return,
    add,
    come_back,
    decide_quote,
    hand_in,
    prepare,
    prepared_again,
    still_here,
    withdraw,
)
from consult.testimony.offering import (
    ask_reader,
    close_testimony,
    confirm_reader,
    end_reader,
    offer_testimony,
    withdraw_reader,
)
from consult.testimony.reading import (
    EndDraft,
    answer_testimony,
    check_quote,
    dispose_testimony,
    propose_quote,
    publish_quote,
    read_testimony,
)
from consult.testimony.rotation import rotate_key

__all__ = [
    "EndDraft",
    "Prepared",
    "Return",
    "TakenFile",
    "add",
    "add_file",
    "answer_testimony",
    "ask_reader",
    "check_quote",
    "close_testimony",
    "come_back",
    "confirm_reader",
    "decide_quote",
    "dispose_testimony",
    "end_reader",
    "hand_in",
    "offer_testimony",
    "prepare",
    "prepared_again",
    "propose_quote",
    "publish_quote",
    "read_testimony",
    "remove_file",
    "rotate_key",
    "still_here",
    "take_file",
    "withdraw",
    "withdraw_reader",
]
