"""Who takes part and with what right: people, sign-in, invitations, roles, bodies, and `allowed()`."""
