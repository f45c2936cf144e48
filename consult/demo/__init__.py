"""The sample consultation, `tripoli`: what was written of it (`sample/`), and how it is played through the services."""
