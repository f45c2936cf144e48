"""Seats of a track: who holds them, alternates, proxies, who acts now."""
