"""How answers are shown, wherever they are: the labels and colours of their kinds."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from consult.i18n import N_, Message
from consult.recommendations.answer_conditions import BY_PASSAGE, UNANSWERED
from consult.submissions.dispositions import KINDS, DispositionKind
from consult.web.context import local

_K = DispositionKind

#: Colours of the tags.
KIND_TAGS: Mapping[str, str] = {
    _K.TAKEN_UP: "ok",
    _K.PARTLY: "ok",
    _K.NOTED: "sea",
    _K.COVERED: "sea",
    _K.OUT_OF_SCOPE: "shut",
    _K.NOT_AGREED: "no",
    BY_PASSAGE: "ok",
    UNANSWERED: "wait",
}

#: Every state of a text in the order of lists: the kinds, passage by passage, and none yet.
KIND_LABELS: Mapping[str, Message] = {
    **{kind.value: of.label for kind, of in KINDS.items()},
    BY_PASSAGE: N_("Answered passage by passage"),
    UNANSWERED: N_("No answer yet"),
}


def kind_words() -> Mapping[str, tuple[Markup | str, str]]:
    """Return label and colour of each state of a text, in the page's language."""
    return {kind: (local(label), KIND_TAGS[kind]) for kind, label in KIND_LABELS.items()}
