"""Texts before they are handed in: drafts, steps, pieces that were saved, texts begun without an account."""
