"""Writing inside a body: one text by several members, who leads it, and the sign-off without which it does not leave."""
