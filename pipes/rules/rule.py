"""A rule as the rest of the house holds it: its source, its tree, and how to have its value."""

from dataclasses import dataclass, field

from pipes.identifiers import JsonValue
from pipes.rules.evaluate import Evaluator, compile_node
from pipes.rules.syntax import Node, RuleError, parse
from pipes.rules.typecheck import check_types
from pipes.rules.types import type_of_value


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the profile; read once, and evaluated as often as wanted.

    Attributes:
        source: The JSON as authored.
        pointer: Where it stands in the definition.
        evaluate: Gives the value for the data of its scope; never raises.
    """

    source: JsonValue
    pointer: str = ""
    tree: Node = field(init=False, repr=False, compare=False)
    evaluate: Evaluator = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Reads and compiles.

        Raises:
            RuleError: The source is not a rule of the profile.
        """
        tree = parse(self.source, self.pointer)
        object.__setattr__(self, "tree", tree)
        object.__setattr__(self, "evaluate", compile_node(tree))

    def holds(self, data: JsonValue) -> bool:
        """Whether the rule is true for the data; null is not."""
        return self.evaluate(data) is True


def try_rule(source: JsonValue, data: JsonValue) -> JsonValue:
    """The value of a rule for plain data, where no pipe says the types: the data does.

    Raises:
        RuleError: The source is not a rule of the profile, or what it does does not fit the data.
    """
    rule = Rule(source)
    faults = check_types(rule.tree, type_of_value({} if data is None else data)).faults
    if faults:
        raise RuleError(faults)
    return rule.evaluate(data)
