"""A card as django-viewflow has it: it goes to and fro between two tasks."""

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.activation import Activation
from viewflow.workflow.models import Process


class Card(flow.Flow):
    """Left, right, and back."""

    process_class = Process
    start = flow.StartHandle(this.begin).Next(this.left)
    left = flow.Handle(this.moved).Next(this.right)
    right = flow.Handle(this.moved).Next(this.left)

    def begin(self, activation: Activation) -> Process:
        return activation.process

    def moved(self, activation: Activation) -> None:
        """Nothing but the move."""
