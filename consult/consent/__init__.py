"""Consent by purpose: what people are asked, in versions; their answers, which they can change at any time; where an answer has its effect."""
