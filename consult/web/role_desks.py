"""Where the work of a role begins: the desk to which whoever holds it is led."""

from __future__ import annotations

from collections.abc import Mapping

from consult.accounts.access import Held, Role

DESKS: Mapping[Role, str] = {
    Role.ADMINISTRATOR: "administer.overview",
    Role.ORGANISER: "organise.overview",
    Role.MODERATOR: "facilitate.queue",
    Role.RAPPORTEUR: "organise.recommendations",
    Role.ACCREDITOR: "facilitate.accreditations",
    Role.RETURNING_OFFICER: "facilitate.ballots",
    Role.CLERK: "paper.desk",
    Role.OBSERVER: "facilitate.ballots",
    Role.TRANSLATOR: "translate.queue",
    Role.EVALUATOR: "evaluate.figures",
}
#: Of those who hold a role for one session.
SESSION_DESKS: Mapping[Role, str] = {
    **DESKS,
    Role.MODERATOR: "facilitate.sessions",
    Role.RAPPORTEUR: "facilitate.sessions",
}


def desk_of(held: Held) -> str:
    """Return the endpoint of the desk of a role that somebody holds."""
    return (DESKS if held.sitting is None else SESSION_DESKS)[held.role]
