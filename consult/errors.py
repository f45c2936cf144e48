"""Errors that a person may meet, each with its message in their language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from consult.i18n import N_, Message


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input: the field it belongs to ("" for the whole) and what to do about it."""

    field: str
    message: Message


class ConsultError(Exception):
    """Base of every error that is told to a person; `message` says what happened, in words that can be translated."""

    message: Message = N_("Something went wrong. Nothing was changed.")

    def __init__(self, message: Message | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(str(self.message))


class Rejected(ConsultError):
    """An input was refused; every problem names its field, so that the page can show it there."""

    message = N_("Some answers need mending. Nothing was lost.")

    def __init__(self, problems: Iterable[Problem] | Message, field: str = "") -> None:
        if isinstance(problems, Message):
            problems = (Problem(field, problems),)
        self.problems = tuple(problems)
        super().__init__(self.problems[0].message if len(self.problems) == 1 else None)


class Forbidden(ConsultError):
    """The actor may not do this to this subject."""

    message = N_("You may not do this.")


class SecondFactorNeeded(Forbidden):
    """The actor's role would allow it, but it does not act before a second factor is proved in this sign-in."""

    message = N_("Your role acts only after a second step. Set one up, or show it on this device.")


class NotFound(ConsultError):
    """What was asked for does not exist, or may not be known to exist by the actor."""

    message = N_("There is nothing at this address.")


class Conflict(ConsultError):
    """The state has moved on since the page was opened: the act no longer applies."""

    message = N_("This has changed since you opened the page. Look at it again and decide anew.")


class LinkSpent(ConsultError):
    """A sign-in link is unknown, has been used or has expired; which of the three is not told."""

    message = N_("This link has been used or has expired.")


class TooManyTries(ConsultError):
    """Something was tried more often than its limit allows."""

    message = N_("There were too many tries. Wait a little, then try again.")


class TooMuchReading(ConsultError):
    """Somebody, or everybody behind one network address, has searched more in this minute than the limit allows."""

    message = N_(
        "Very many searches come from you or from your network at this moment. Wait a minute, then try again. Pages without a search open as always."
    )


class Busy(ConsultError):
    """The machine has more of this work than it can do at once."""

    message = N_("The platform is busy. Try again in a moment.")
