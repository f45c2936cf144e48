"""Coding: what texts say, in a codebook's terms, by coders who do not see each other, and how far they agree."""
