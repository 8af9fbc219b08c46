"""Runs a project as the third generation does, in this process, and prints what it emits as lines of JSON.

usage: production3.py form|test|schema|update < {"configuration": {}, "state": {}, "name": ""}
"""

import json
import sys

import fivetran_connector_sdk_common.constants as constants
from fivetran_connector_sdk import Logging
from fivetran_connector_sdk_core import ConnectorTask, Sink
from fivetran_connector_sdk_cli import runtime

from connector import connector


class Lines(Sink):
    def record(self, record):
        row = {name: cell.decode() for name, cell in record.data.items()}
        emit(row=row, table=record.table, type=record.type.name)

    def checkpoint(self, checkpoint):
        emit(checkpoint=json.loads(checkpoint.state_json))

    def warning(self, warning):
        emit(warning=warning.message)

    def task(self, task):
        emit(task=task.message)
        raise ConnectorTask(task.message)


def emit(**line):
    print(json.dumps(line), flush=True)


Logging.LOG_LEVEL = Logging.Level.INFO
request = json.load(sys.stdin)
configuration = request["configuration"]
call = sys.argv[1]
if call == "form":
    emit(form=connector.configuration_form_method()._to_proto().SerializeToString().hex())
elif call == "test":
    answer = connector.run_test(request["name"], configuration)
    emit(success=bool(answer.success), failure=answer.failure or "")
elif call == "schema":
    for table in connector.get_schema(configuration).tables:
        emit(table=table.name, columns={c.name: [c.type.name, bool(c.primary_key)] for c in table.columns})
else:
    connector.get_schema(configuration)
    runtime.install(Lines())
    try:
        connector.run_update(configuration, request["state"])
    except ConnectorTask:
        sys.exit(3)
