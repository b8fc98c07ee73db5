"""Tests of `pipes.schema`."""
