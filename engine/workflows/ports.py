"""What workflows ask of the outside, as typed activities; `workers` implements them."""

from abc import ABC, abstractmethod

from temporalio import activity

from engine.core.effects import RunOrder
from engine.core.facts import Facts
from engine.workflows.errands import (
    CardStep,
    CreateStep,
    Errand,
    LookRequest,
    OtherStep,
    Plan,
    RunReport,
    ScheduledRun,
    SendStep,
    WriteStep,
)
from engine.workflows.messages import (
    Conclusion,
    DelegateRequest,
    DeliveryEnd,
    GatherRequest,
    Lane,
    Mark,
    RecordedCard,
    RecordRequest,
    TellRequest,
)


class Recorder(ABC):
    """Writes what happened into the database, and reads a card back from it."""

    @activity.defn
    @abstractmethod
    async def record(self, request: RecordRequest) -> Mark:
        """Records the events; a repeat changes nothing. Answers what is recorded at their end."""

    @activity.defn
    @abstractmethod
    async def load_card(self, card: str) -> RecordedCard:
        """The card as it is recorded."""


class Gatherer(ABC):
    """Finds out what the core has to be told."""

    @activity.defn
    @abstractmethod
    async def gather(self, request: GatherRequest) -> Facts:
        """The facts that the core asks for, for this command of this card."""


class Messenger(ABC):
    """Tells people what happened."""

    @activity.defn
    @abstractmethod
    async def tell(self, request: TellRequest) -> None:
        """Tells everybody whom the notices address; a repeat tells nobody twice."""

    @activity.defn
    @abstractmethod
    async def tell_delegate(self, request: DelegateRequest) -> None:
        """Tells somebody's delegate of a request that waits, if they may decide it."""


class Automator(ABC):
    """Does what automations say, step by step. Each step may be repeated and is done once.

    A step that the rules refuse raises an error of type `refused`, whose details are the reasons;
    it is tried again some times, ever later, as the reason may lie in the world.
    """

    @activity.defn
    @abstractmethod
    async def plan(self, order: RunOrder) -> Plan:
        """What the automation has to do, if its condition holds."""

    @activity.defn
    @abstractmethod
    async def act(self, request: CardStep) -> str:
        """Does actions on the card itself; what was done, in words."""

    @activity.defn
    @abstractmethod
    async def work_out(self, request: OtherStep) -> Errand:
        """What exactly is to be done elsewhere, as things stand at this moment."""

    @activity.defn
    @abstractmethod
    async def create(self, request: CreateStep) -> str:
        """Creates a card and connects it; what was done, in words."""

    @activity.defn
    @abstractmethod
    async def write(self, request: WriteStep) -> None:
        """Writes another card's fields."""

    @activity.defn
    @abstractmethod
    async def finish(self, report: RunReport) -> None:
        """Notes what came of the run; a failure is shown on the card."""


class Courier(ABC):
    """Sends what leaves the installation: e-mail, webhooks and requests."""

    @activity.defn
    @abstractmethod
    async def send_off(self, request: SendStep) -> str:
        """Sees to it that it is under way, in a workflow of its own; what was done, in words."""

    @activity.defn
    @abstractmethod
    async def ask(self, request: SendStep) -> str:
        """Writes down a request whose answer the run waits for; the delivery's id."""

    @activity.defn
    @abstractmethod
    async def hear(self, delivery: str) -> str:
        """What was done, in words, once the request has ended.

        One that got no answer of use raises an error of type `refused`.
        """


class Onlooker(ABC):
    """Has cards look again at what they do by themselves."""

    @activity.defn
    @abstractmethod
    async def look_again(self, request: LookRequest) -> None:
        """Has the card look; that there is nothing to do leaves no trace."""


class Timetable(ABC):
    """Begins what automations do at certain times."""

    @activity.defn
    @abstractmethod
    async def begin_scheduled(self, run: ScheduledRun) -> None:
        """Sets the automation off for every card that it is for, or has it create one."""


class Deliverer(ABC):
    """Sends what leaves the system."""

    @activity.defn
    @abstractmethod
    async def next_in_lane(self, lane: Lane) -> str | None:
        """The delivery that is first in the lane."""

    @activity.defn
    @abstractmethod
    async def send(self, delivery: str) -> DeliveryEnd:
        """Makes an attempt; fails with the pause before the next one, if there is to be one."""

    @activity.defn
    @abstractmethod
    async def conclude(self, conclusion: Conclusion) -> None:
        """Writes what was answered to the card, or that it was given up."""

    @activity.defn
    @abstractmethod
    async def hurry(self, endpoint: str) -> None:
        """Has everything that waits for an endpoint tried now."""


class Postman(ABC):
    """Mails people what they were told."""

    @activity.defn
    @abstractmethod
    async def mail_what_waits(self, user: str) -> None:
        """Mails everything that waits for somebody, as one mail."""


class Migrator(ABC):
    """Brings cards onto another version of their pipe."""

    @activity.defn
    @abstractmethod
    async def migrate_some(self, migration: str) -> bool:
        """Brings the next cards over, each once; whether more may wait."""
