"""Tests of `engine.runtime`."""
