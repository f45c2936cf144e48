"""Counts of texts, with small cells suppressed; who is missing; which mandates are covered."""
