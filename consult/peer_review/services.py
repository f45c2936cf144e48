"""What is done in peer review: reviewers named, texts given out, interests declared, texts judged and talked over."""

from __future__ import annotations

from consult.peer_review.assigning import Giving, Plan, assign_reviews, give_review, plan_reviews, take_back
from consult.peer_review.criteria import CriterionDraft, remove_criterion, set_criterion
from consult.peer_review.interests import declare_interest
from consult.peer_review.judging import AssessmentDraft, NoteDraft, add_note, hand_in_assessment, save_assessment
from consult.peer_review.mending import ask_to_lift, keep_interest, lift_interest, reopen_assessment
from consult.peer_review.reviewers import ReviewerDraft, end_reviewer, name_reviewer

__all__ = [
    "AssessmentDraft",
    "CriterionDraft",
    "Giving",
    "NoteDraft",
    "Plan",
    "ReviewerDraft",
    "add_note",
    "ask_to_lift",
    "assign_reviews",
    "declare_interest",
    "end_reviewer",
    "give_review",
    "hand_in_assessment",
    "keep_interest",
    "lift_interest",
    "name_reviewer",
    "plan_reviews",
    "remove_criterion",
    "reopen_assessment",
    "save_assessment",
    "set_criterion",
    "take_back",
]
