"""What is done at the coding desk: the codebook kept, texts handed out and coded, differences decided, themes found."""

from __future__ import annotations

from consult.coding.assigning import Assigned, TextChoice, add_coder, assign_texts, end_coder
from consult.coding.codebook import CodeDraft, merge_code, move_code, retire_code, save_code, start_codebook
from consult.coding.themes import ThemeDraft, ThemeFinding, decide_theme, save_theme
from consult.coding.working import (
    CodingDraft,
    Verdict,
    finish_text,
    reconcile,
    redo_codes,
    reopen_text,
    save_codes,
    undo_codes,
)

__all__ = [
    "Assigned",
    "CodeDraft",
    "CodingDraft",
    "TextChoice",
    "ThemeDraft",
    "ThemeFinding",
    "Verdict",
    "add_coder",
    "assign_texts",
    "decide_theme",
    "end_coder",
    "finish_text",
    "merge_code",
    "move_code",
    "reconcile",
    "redo_codes",
    "reopen_text",
    "retire_code",
    "save_code",
    "save_codes",
    "save_theme",
    "start_codebook",
    "undo_codes",
]
