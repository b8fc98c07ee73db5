"""The JSON Schema of pipe definitions."""
