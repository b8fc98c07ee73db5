"""Tests of `pipes`."""
