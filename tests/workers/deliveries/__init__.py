"""Tests of `workers.deliveries`."""
