"""Sessions: agenda, attendance, quorum, the floor, minutes."""
