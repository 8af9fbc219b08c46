"""Intercom's reporting data, as a project of Fivetran's Connector SDK.

The connector is the program in intercom/server, which speaks the protocol that
the SDK speaks. This file starts it on this machine and hands every call of
Fivetran's on to it, whole: types, selection, warnings and speed are its own.

Should a version of the SDK not let its calls be handed on, set HAND_ON to
False: rows then go through the SDK's own operations, one by one. That is
slower, and a table that is not selected is read in vain.
"""

import atexit
import errno
import json
import os
import queue
import re
import shutil
import subprocess
import tempfile
import threading
from datetime import timezone

import grpc
from fivetran_connector_sdk import Connector
from fivetran_connector_sdk import Operations as op
from fivetran_connector_sdk.protos import common_pb2, connector_sdk_pb2, connector_sdk_pb2_grpc

HAND_ON = True

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "intercom", "server")
MAX_MESSAGE = 128 * 1024 * 1024
START_SECONDS = 30

# Runs a program until it ends, or until this process does: then the pipe on
# standard input closes, whatever ended it.
UNTIL_PARENT_ENDS = 'exec 3<&0; "$@" </dev/null & p=$!; { read -r _ <&3; kill $p; } >/dev/null 2>&1 & wait $p'


def log(level, message):
    """Writes a line as the SDK does. Levels are INFO, WARNING and SEVERE."""
    print(json.dumps({"level": level, "message": message, "message_origin": "connector_sdk"}), flush=True)


class Server:
    """The program, started at the first call: importing this file starts nothing."""

    def __init__(self):
        self._lock = threading.Lock()
        self._process = None
        self._stub = None

    def stub(self):
        """The program's four calls. Starts it, or starts it again when it has ended."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._stub = connector_sdk_pb2_grpc.SourceConnectorStub(self._start())
            return self._stub

    def _start(self):
        path, fds = runnable()
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", UNTIL_PARENT_ENDS, "sh", path, "--host", "127.0.0.1", "--port", "0"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            pass_fds=fds, text=True, errors="replace",
        )
        atexit.register(self._process.stdin.close)
        port = queue.Queue()
        threading.Thread(target=forward, args=(self._process.stdout, port), daemon=True).start()
        try:
            address = f"127.0.0.1:{port.get(timeout=START_SECONDS)}"
        except queue.Empty:
            self._process.stdin.close()
            raise RuntimeError("intercom/server did not start: its log says why") from None
        limits = [("grpc.max_send_message_length", MAX_MESSAGE), ("grpc.max_receive_message_length", MAX_MESSAGE)]
        return grpc.insecure_channel(address, options=limits)


def runnable():
    """A copy of the program that may run: the upload may have lost the right to.

    It lies in a temporary folder, or in memory where no folder may hold programs.
    """
    try:
        folder = tempfile.mkdtemp(prefix="intercom-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        path = shutil.copyfile(PROGRAM, os.path.join(folder, "server"))
        os.chmod(path, 0o700)
        subprocess.run([path, "--version"], check=True, stdout=subprocess.DEVNULL)
        return path, ()
    except OSError as error:
        if error.errno == errno.ENOEXEC:
            raise RuntimeError("intercom/server is for linux/amd64, and this machine is another: "
                               "make connector-sdk takes GOOS and GOARCH") from None
        if error.filename == PROGRAM:
            raise
    fd = os.memfd_create("server", 0)
    with open(PROGRAM, "rb") as program, os.fdopen(os.dup(fd), "wb") as memory:
        shutil.copyfileobj(program, memory)
    return f"/proc/self/fd/{fd}", (fd,)


def forward(lines, port):
    """Writes the program's log as the SDK's, and tells the port it listens on."""
    for line in lines:
        try:
            record = json.loads(line)
            level, message = record["level"], record["message"]
        except (ValueError, KeyError, TypeError):
            level, message = "SEVERE", line.rstrip()
        listening = re.match(r"listening address=\S*:(\d+)", message)
        if listening:
            port.put(listening.group(1))
        log(level, message)


server = Server()


def handed_on(name):
    """The call of that name, answered by the program."""

    def call(request, context):
        try:
            return getattr(server.stub(), name)(request)
        except Exception as error:
            return abort(context, error)

    return call


def update_handed_on(request, context):
    """The sync, streamed by the program. It ends when Fivetran hangs up."""
    try:
        stream = server.stub().Update(request)
        context.add_callback(stream.cancel)
        yield from stream
    except Exception as error:
        abort(context, error)


def abort(context, error):
    """Ends a call with the program's own status and sentence."""
    if isinstance(error, grpc.RpcError):
        return context.abort(error.code(), error.details())
    log("SEVERE", str(error))
    return context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


def schema(configuration):
    """The SDK's schema, for when calls are not handed on."""
    answer = server.stub().Schema(connector_sdk_pb2.SchemaRequest(configuration=configuration))
    return [
        {
            "table": table.name,
            "primary_key": [c.name for c in table.columns if c.primary_key],
            "columns": {c.name: common_pb2.DataType.Name(c.type) for c in table.columns},
        }
        for table in answer.without_schema.tables
    ]


def update(configuration, state):
    """The SDK's sync, for when calls are not handed on."""
    request = connector_sdk_pb2.UpdateRequest(configuration=configuration, state_json=json.dumps(state))
    for message in server.stub().Update(request):
        kind = message.WhichOneof("operation")
        if kind == "records":
            for record in message.records.records:
                if record.type != common_pb2.RecordType.UPSERT:
                    raise RuntimeError(f"a row of {record.table_name} is no upsert: hand the calls on")
                yield op.upsert(table=record.table_name, data={k: plain(v) for k, v in record.data.items()})
        elif kind == "checkpoint":
            yield op.checkpoint(state=json.loads(message.checkpoint.state_json))
        elif kind == "warning":
            log("WARNING", message.warning.message)
        elif kind == "task":
            raise RuntimeError(message.task.message)
        elif kind != "schema_change":  # the SDK has told the schema already
            raise RuntimeError(f"the program sent a {kind}, which the SDK has no operation for")


def plain(value):
    """A value as the SDK's operations take it."""
    kind = value.WhichOneof("inner")
    if kind == "null":
        return None
    if kind == "utc_datetime":
        return value.utc_datetime.ToDatetime(tzinfo=timezone.utc)
    if kind == "naive_date":
        return value.naive_date.ToDatetime().date().isoformat()
    if kind == "json":
        return json.loads(value.json)
    return getattr(value, kind)


connector = Connector(update=update, schema=schema)

if HAND_ON:
    try:
        for rpc in ("ConfigurationForm", "Test", "Schema"):
            setattr(connector, rpc, handed_on(rpc))
        connector.Update = update_handed_on
    except AttributeError as refused:
        raise RuntimeError("this SDK does not let its calls be handed on: set HAND_ON to False in connector.py") from refused
