"""Campaigns: letters sent many times in nearly the same words; proposals that a person confirms, gathered and answered together."""
