"""Recommendations: versions, clauses with stable ids, sources, reservations."""
