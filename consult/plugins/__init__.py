"""Plugins: what they may hook into, what a track is, and the one caller of hooks."""
