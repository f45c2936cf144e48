"""Campaigns: letters sent many times in nearly the same words, and copies of them that demand the opposite. Pure."""

from consult.submissions.campaigns.find import find_campaigns
from consult.submissions.campaigns.model import Campaign, Letter

__all__ = ["Campaign", "Letter", "find_campaigns"]
