"""Leaving: what goes, what stays without its person, and what must stay, for every table that holds something of people."""
