"""Files that people hand in: known by their content, taken apart in a process of its own, made anew without what they carry.

Nothing here knows submissions or the database: evidence and scans of paper go the same way.
"""

from __future__ import annotations

from consult.attachments.check import Checked, check_file, check_in_memory
from consult.attachments.kinds import KIND_LABELS, Kind, Refused
from consult.attachments.store import path_of, remove_files

__all__ = ["KIND_LABELS", "Checked", "Kind", "Refused", "check_file", "check_in_memory", "path_of", "remove_files"]
