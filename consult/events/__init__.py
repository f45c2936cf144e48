"""What happened: one table that is audit log, outbox of plugins and mail, and source of live pages."""
