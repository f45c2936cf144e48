"""Peer review: reviewers, what each judges, interests, weighted criteria, discussion."""
