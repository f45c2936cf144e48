"""An example track for Libyans abroad."""
