"""Stands in for the proprietary core of the Connector SDK's third generation.

It holds the names that the open package imports, in the shapes in which that package uses them, and nothing of what
the core does with them: production3.py, the other side of the tests, takes the operations itself.
"""

from enum import IntEnum


class Level(IntEnum):
    DEBUG, FINE, INFO, WARNING, ERROR, SEVERE, CRITICAL = range(1, 8)


class Icon(IntEnum):
    NONE, STEP, INFO, FAILURE, SUCCESS, LIGHTNING = range(1, 7)


class Sink:
    """What operations are given to."""


class ConnectorTask(BaseException):
    """Ends a connector that reported an error."""


class SchemaResult:
    def __init__(self, tables=None, not_supported=False):
        self.tables, self.not_supported = tables, not_supported


def set_logger(logger):
    """The open package's log, which nothing here writes to."""
