"""Campaigns: letters sent many times in nearly the same words, and copies of them that demand the opposite. Pure."""

from consult.submissions.campaigns.likeness.find import find_campaigns
from consult.submissions.campaigns.likeness.model import Campaign, Letter

__all__ = ["Campaign", "Letter", "find_campaigns"]
