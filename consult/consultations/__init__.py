"""A consultation: its phases, tracks, topics, seats, members and numbering."""
