"""How long things are kept: one rule for every class of data, a job that applies the rules, and figures that prove it."""
