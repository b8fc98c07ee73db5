"""Migrations of the database, by date and deed."""
