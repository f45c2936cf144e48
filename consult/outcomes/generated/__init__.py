"""What the record says when nobody edits it: one module for each kind of chapter, in three languages by the catalogue."""
