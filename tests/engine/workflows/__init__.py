"""Tests of `engine.workflows`."""
