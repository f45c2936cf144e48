"""What becomes of members and seats when a body ends, and back."""
