"""How a consultation went: figures of the process without anybody in them, and what independent evaluators write of it."""
