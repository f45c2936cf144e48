"""What comes on paper, and what a clerk writes down for somebody: printed sheets, entry by two, receipts, claims."""
