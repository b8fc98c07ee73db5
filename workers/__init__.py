"""Processes that run workflows and do what touches the world outside."""
