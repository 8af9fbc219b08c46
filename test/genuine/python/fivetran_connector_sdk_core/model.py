"""Plain values: what a schema declares and what operations emit."""

from collections import namedtuple
from dataclasses import dataclass, field
from enum import IntEnum

DataType = IntEnum("DataType", (
    "UNSPECIFIED BOOLEAN SHORT INT LONG DECIMAL FLOAT DOUBLE NAIVE_DATE NAIVE_DATETIME UTC_DATETIME BINARY XML "
    "STRING JSON NAIVE_TIME"), start=0)
RecordType = IntEnum("RecordType", "UPSERT UPDATE DELETE TRUNCATE", start=0)

Checkpoint = namedtuple("Checkpoint", "state_json")
FileChunk = namedtuple("FileChunk", "storage_name file_path chunk_data is_last expected_bytes schema")
Record = namedtuple("Record", "table type data schema")
Task = namedtuple("Task", "message")
Truncate = namedtuple("Truncate", "table schema deferred")
Warning = namedtuple("Warning", "message")


@dataclass
class DecimalParams:
    precision: int = 0
    scale: int = 0


@dataclass
class Column:
    name: str
    type: DataType = DataType.UNSPECIFIED
    primary_key: bool = False
    decimal: DecimalParams = None


@dataclass
class Table:
    name: str
    schema: str = None
    columns: list = field(default_factory=list)
