"""SpiffWorkflow and transitions, in memory: how many steps of a small process a second.

It runs in the peers' interpreter and prints a rate for each, as JSON. Neither checks a form, asks
for rights or keeps events.
"""

import json
import sys
import time
from collections.abc import Callable

from SpiffWorkflow.specs.Simple import Simple
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.workflow import Workflow
from transitions import Machine

SECONDS = 0.5
NAMES = ("concept", "design", "build", "done")


def main() -> None:
    json.dump({"SpiffWorkflow": rate(spiff), "transitions": rate(lifecycle)}, sys.stdout)


def rate(plays: Callable[[], int]) -> float:
    """Steps a second of processor time."""
    plays()
    steps, began = 0, time.process_time()
    while time.process_time() - began < SECONDS:
        steps += plays()
    return steps / (time.process_time() - began)


def spiff() -> int:
    """A process of four tasks from its start to its end; how many tasks were completed."""
    workflow = Workflow(SPEC)
    workflow.run_all()
    return len(NAMES)


def a_spec() -> WorkflowSpec:
    """Four tasks, one after the other."""
    spec = WorkflowSpec(name="card", addstart=True)
    before = spec.start
    for name in NAMES:
        task = Simple(spec, name)
        before.connect(task)
        before = task
    return spec


def lifecycle() -> int:
    """A card made and moved three times."""
    model = Model()
    Machine(
        model=model,
        states=list(NAMES),
        initial="concept",
        transitions=[
            {"trigger": "go", "source": "concept", "dest": "design", "conditions": "ready"},
            {"trigger": "go", "source": "design", "dest": "build", "conditions": "ready"},
            {"trigger": "go", "source": "build", "dest": "done", "conditions": "ready"},
        ],
    )
    for _ in range(3):
        model.go()
    return 3


class Model:
    """What a guard looks at."""

    effort = 3

    def ready(self) -> bool:
        return self.effort < 5


SPEC = a_spec()

if __name__ == "__main__":
    main()
