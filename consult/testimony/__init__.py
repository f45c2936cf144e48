"""Confidential testimony: somebody who must not be known is heard, under a codename of words and behind a key kept elsewhere."""
