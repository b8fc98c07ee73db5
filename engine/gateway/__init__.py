"""The one way in for commands: facts, intent, update, record. Every caller comes through here."""
