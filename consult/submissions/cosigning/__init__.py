"""Signatures of other bodies under a text, and what makes them fall."""
