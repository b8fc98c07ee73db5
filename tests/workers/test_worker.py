"""A worker takes no more than it can finish before Temporal gives it to another."""

from datetime import timedelta

from engine.workflows.messages import Limits
from workers.worker import TASKS_AT_A_TIME

# Temporal's default for a task, and what its replay takes of one core in CPython.
TASK_TIMEOUT = timedelta(seconds=10)
REPLAY_OF_AN_EVENT = timedelta(milliseconds=0.7)


def test_the_longest_runs_taken_at_once_are_replayed_in_time_on_one_core():
    # With fifty at a time, after an outage, all came too late and were given out again for ever.
    assert TASKS_AT_A_TIME * Limits().events * REPLAY_OF_AN_EVENT < TASK_TIMEOUT
