"""Texts in other languages, in parts, made from one revision."""
