"""Tests of `pipes.fields`."""
