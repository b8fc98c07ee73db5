"""Tests of `pipes.rules`."""
