"""Official responses in tests: both parts of one written in one call."""

from __future__ import annotations

from consult.accounts.access import Actor
from consult.recommendations.response_models import RESPONSES, OfficialResponse
from consult.recommendations.responses import ResponseDraft
from consult.recommendations.responses_together import (
    DecisionDraft,
    ResponsePart,
    WordsDraft,
    release_part_of,
    write_part,
)
from consult.submissions.offices.queries import part_version


def write_response(draft: ResponseDraft, *, response: OfficialResponse, actor: Actor) -> OfficialResponse:
    """Write both parts on what stands there now, and let others write in them; raises as `write_part` does."""
    for part in (DecisionDraft(draft.kind, draft.until), WordsDraft(draft.text, draft.language)):
        name = ResponsePart.DECISION if isinstance(part, DecisionDraft) else ResponsePart.WORDS
        write_part(part, part_version(response.id, name, RESPONSES), response=response, actor=actor)
        release_part_of(response, name, actor=actor)
    return response
