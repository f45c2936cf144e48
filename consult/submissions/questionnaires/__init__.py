"""Organisers' forms: content, versions, what a track's form asks now."""
