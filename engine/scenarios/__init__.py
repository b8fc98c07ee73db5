"""Scenarios played: an author's stories on a virtual clock, through the same `decide` as cards."""

from engine.scenarios.play import Failure, play, play_all

__all__ = ["Failure", "play", "play_all"]
