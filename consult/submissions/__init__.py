"""Submissions: drafts, hand-in, revisions, review, the public register."""
