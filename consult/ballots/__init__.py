"""Ballots: pure decision rules, the roll, the box, the count, the result."""
