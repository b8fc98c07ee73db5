"""Reading definitions."""

from pipes.reading_first import Reading, read_definition

__all__ = ["Reading", "read_definition"]
