"""The forms of those who judge texts: what they found, an interest, a note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request

from consult.i18n import LANGUAGES, N_
from consult.peer_review.models import Assessment
from consult.peer_review.services import AssessmentDraft, NoteDraft
from consult.peer_review.states import (
    END_LABELS,
    HIGH,
    INTEREST_LABELS,
    LOW,
    RECOMMENDATION_LABELS,
)
from consult.plugins.track import ReviewCriterion
from consult.typed_numbers import as_number
from consult.web.forms import (
    L_,
    Form,
    HiddenField,
    LazyLabel,
    RadioField,
    SelectField,
    TextAreaField,
    clean_text,
    say,
    sent_version,
)
from consult.web.language import current_language


def _after_scores() -> dict[str, Any]:
    """Return what is asked after the points, so that a summary of errors names the fields in the order of the page."""
    return {
        "recommendation": RadioField(
            L_("What do you recommend?"),
            choices={key.value: say(label) for key, label in RECOMMENDATION_LABELS.items()},
            validate_choice=False,
        ),
        "inside": TextAreaField(
            L_("Why? To those who decide and to the other reviewers"),
            description=L_("The author does not read this."),
            filters=[clean_text],
        ),
        "to_author": TextAreaField(
            L_("To the author"),
            description=L_(
                "What would make the text better. The author reads it with the decision, without your name."
            ),
            filters=[clean_text],
        ),
        "language": SelectField(
            L_("The language you write in"),
            choices={code: language.name for code, language in LANGUAGES.items()},
            validate_choice=False,
        ),
        "version": HiddenField(),
    }


def score_field(key: str) -> str:
    """Return the name of the field of a criterion."""
    return f"score_{key}"


def _point(n: int) -> str:
    return say(N_("%(point)s: %(end)s", point=n, end=END_LABELS[n])) if n in END_LABELS else str(n)


def assessment_form(criteria: Sequence[ReviewCriterion], row: Assessment) -> Any:
    """Return the form of an assessment as it was saved, with a scale for each criterion."""
    points = {str(n): _point(n) for n in range(LOW, HIGH + 1)}
    fields = {
        score_field(one.key): RadioField(
            LazyLabel(one.names),
            description=LazyLabel(one.hints) if one.hints else "",
            choices=points,
            validate_choice=False,
        )
        for one in criteria
    }
    data: dict[str, Any] = {score_field(key): str(points) for key, points in row.scores.items()}
    data |= {"recommendation": row.recommendation, "inside": row.inside, "to_author": row.to_author}
    data |= {"language": row.language or current_language().code, "version": str(row.version)}
    return type("AssessmentForm", (Form,), {**fields, **_after_scores()})(data=data)


def assessment_draft(form: Any, criteria: Sequence[ReviewCriterion]) -> AssessmentDraft:
    """Return what was written; points that are none are refused by the service."""
    given = {one.key: form[score_field(one.key)].data or "" for one in criteria}
    return AssessmentDraft(
        sent_version(form.version.data),
        {key: int(points) if points in {"1", "2", "3", "4", "5"} else 0 for key, points in given.items() if points},
        form.recommendation.data or "",
        form.inside.data or "",
        form.to_author.data or "",
        form.language.data or "",
    )


def because_form(label: LazyLabel, because: str = "") -> Any:
    """Return a form with one field, `because`, under this label."""
    fields = {"because": TextAreaField(label, filters=[clean_text])}
    return type("BecauseForm", (Form,), fields)(data={"because": because})


class InterestForm(Form):
    """Why somebody keeps away from a text."""

    kind = RadioField(L_("Why do you keep away from it?"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(kind.value, say(label)) for kind, label in INTEREST_LABELS.items()]


class NoteForm(Form):
    """Something said in a discussion, about the revision that was read."""

    text = TextAreaField(L_("Say something to those who judge this text"), filters=[clean_text])
    revision = HiddenField()

    def draft(self) -> NoteDraft:
        """Return what was typed, in the language of the page."""
        read = self.revision.data or ""
        revision = as_number(read, 0)
        return NoteDraft(self.text.data or "", current_language().code, revision)


def wants_next() -> bool:
    """Tell whether the visitor goes on to the next text."""
    return request.form.get("then") == "next"
