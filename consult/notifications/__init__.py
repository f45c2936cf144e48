"""Notifications: a reader of the event log that tells people, in their language, by mail."""
