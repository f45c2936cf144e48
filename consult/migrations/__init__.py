"""The core's schema history, and how it and every plugin's own are brought up to date."""
