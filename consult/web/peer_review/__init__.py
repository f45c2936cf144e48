"""What reviewers do: judge the texts they were given, keep away from some, talk over the others."""

from __future__ import annotations

from consult.web.peer_review import desk, interests
from consult.web.peer_review.blueprint import blueprint

__all__ = ["blueprint", "desk", "interests"]
