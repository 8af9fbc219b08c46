"""Intercom's reporting data, as a project of Fivetran's Connector SDK.

The connector is the program in intercom/. Where this SDK speaks the program's own protocol (its second generation),
every call is handed on to it whole: types, selection and speed are its own. Elsewhere (the third generation) the
program is asked in lines of JSON, and its rows go through the SDK's operations. Nobody has to choose.
"""

import atexit
import contextlib
import errno
import functools
import json
import os
import platform
import queue
import re
import shutil
import subprocess
import tempfile
import threading
from datetime import datetime

from fivetran_connector_sdk import ConfigurationForm, Connector, Test, form_field
from fivetran_connector_sdk import Logging as log
from fivetran_connector_sdk import Operations as op

try:
    from fivetran_connector_sdk.protos import connector_sdk_pb2_grpc as protocol
except ImportError:
    protocol = None

# With this switch of the platform's, the SDK sends rows in a form of its own.
OWN_ROWS = os.environ.get("ConnectorSdkRemoveValueType", "").lower() == "true"
HANDS_ON = protocol is not None and not OWN_ROWS

PROJECT = os.path.dirname(os.path.abspath(__file__))
START_SECONDS = 30


@functools.cache
def runnable():
    """A copy of the program for this machine that may run (the upload takes that right away), and what it needs open.

    It lies in a temporary folder, or in memory where no folder may hold programs.
    """
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    program = os.path.join(PROJECT, "intercom", f"server-{system}-{machine}")
    if not os.path.exists(program):
        raise RuntimeError(f"this project has no program for {system}/{machine}: "
                           f"make connector-sdk GOOS={system} GOARCH={machine} adds it")
    try:
        folder = tempfile.mkdtemp(prefix="intercom-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        path = shutil.copyfile(program, os.path.join(folder, "server.exe"))
        os.chmod(path, 0o700)
        subprocess.run([path, "--version"], check=True, stdout=subprocess.DEVNULL)
        return path, ()
    except OSError as error:
        if error.errno == errno.ENOEXEC:
            raise RuntimeError(f"{os.path.basename(program)} is no program for this machine: "
                               "run make connector-sdk again") from None
        if error.filename == program or not hasattr(os, "memfd_create"):
            raise
    fd = os.memfd_create("server", 0)
    with open(program, "rb") as source, os.fdopen(os.dup(fd), "wb") as memory:
        shutil.copyfileobj(source, memory)
    return f"/proc/self/fd/{fd}", (fd,)


def start(*arguments):
    """Starts the program. It ends when its standard input does: with this process, however that ends."""
    path, fds = runnable()
    return subprocess.Popen([path, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=fds,
                            encoding="utf-8", errors="replace")


def unanswered(process):
    """The error of a call that the program ended in."""
    code = process.wait()
    why = ", killed by the machine, most often for want of memory" if code == -9 else ""
    return RuntimeError(f"the program ended before it had answered: code {code}{why}")


def parsed(line):
    """What a line of the program's holds."""
    try:
        return json.loads(line)
    except ValueError:
        raise RuntimeError("the program wrote a line that is no JSON") from None


def forward(record):
    """Writes a line of the program's log as the SDK does."""
    write = {"INFO": log.info, "WARNING": log.warning}.get(record["level"], log.error)
    write(record["message"])


# --- Calls as lines of JSON, through the SDK's operations.


def ask(call, configuration, **more):
    """Makes one call of the program's and gives its answers."""
    process = start("--stdio", "--allow-base-url")
    with contextlib.suppress(BrokenPipeError), process:
        request = {"call": call, "configuration": dict(configuration), **more}
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            if not line.endswith("\n"):
                break  # the program ended in it
            answer = parsed(line)
            if "level" in answer:
                forward(answer)
            elif "error" in answer:
                raise RuntimeError(answer["error"])
            elif "end" in answer:
                return
            else:
                yield answer
    raise unanswered(process)


def schema(configuration):
    """The tables, as the SDK declares them."""
    return [table for answer in ask("schema", configuration) for table in answer["schema"]]


def update(configuration, state):
    """The sync. It reads what the configuration names: the SDK does not tell what a person left out."""
    for answer in ask("update", configuration, state=state):
        if "rows" in answer:
            send(answer)
        elif "checkpoint" in answer:
            op.checkpoint(state=answer["checkpoint"])
        elif "warning" in answer:
            getattr(op, "warning", log.warning)(answer["warning"])
        elif "task" in answer:
            getattr(op, "error", log.error)(answer["task"])
        else:
            raise RuntimeError(f"the program sent {', '.join(answer)}, which the SDK has no operation for")


def send(answer):
    """Sends the rows of a line, with their times as the SDK takes them soonest."""
    operation = next(name for name in ("upsert", "update", "delete", "truncate") if name in answer)
    table, call, times = answer[operation], getattr(op, operation), answer["times"]
    for row in answer["rows"]:
        if operation == "truncate":
            call(table)
            continue
        for column in times:
            if row.get(column) is not None:
                row[column] = datetime.fromisoformat(row[column])
        call(table, row)


def configuration_form():
    """The setup form, from the file that was written when this project was built."""
    with open(os.path.join(PROJECT, "intercom", "form.json"), encoding="utf-8") as file:
        saved = json.load(file)
    form = ConfigurationForm()
    for field in saved["fields"]:
        form.add_field(form_of(field))
    for test in saved["tests"]:
        form.add_test(label=test["label"], func=setup_test(test["name"]))
    return form


def form_of(field):
    """A field of the form, as the SDK's classes make it."""
    kind, name, label = field["kind"], field["name"], field["label"]
    more = {key: field[key] for key in ("description", "required", "placeholder") if key in field}
    if kind == "toggle":
        more.pop("placeholder", None)
        return form_field.ToggleField(name, label, **more)
    if kind == "dropdown":
        options = [form_field.DropdownFieldParam(**option) for option in field["options"]]
        return form_field.DropdownField(name, label, fields=options, **more)
    kinds = {"plain_text": form_field.TextField.plain_text, "password": form_field.TextField.password, "hidden": 2}
    return form_field.TextField(name, label, kinds[kind], **more)


def setup_test(name):
    """A setup test. The SDK knows it by its function's name."""

    def run(configuration):
        answer = next(ask("test", configuration, name=name))["test"]
        return Test.success() if answer["success"] else Test.failure(answer["failure"])

    run.__name__ = name
    return run


# --- Calls handed on, for an SDK that speaks the program's protocol.


class Server:
    """The program on a port, started at the first call: importing this file starts nothing."""

    def __init__(self):
        self._lock = threading.Lock()
        self._process = None
        self._stub = None

    def stub(self):
        """The program's four calls. Starts it, or starts it again when it has ended."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                process = start("--host", "127.0.0.1", "--port", "0", "--end-with-stdin", "--allow-base-url", "--no-nulls")
                self._stub = protocol.SourceConnectorStub(channel(process))
                self._process = process
            return self._stub

    def failure(self, error):
        """What to say of a call's error: where the program has ended, gRPC knows of a closed connection only."""
        if error.code() == protocol.grpc.StatusCode.UNAVAILABLE:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=1)
                return str(unanswered(self._process))
        return error.details()


def channel(process):
    """A connection to the program, whose log says the port."""
    port = queue.Queue()
    threading.Thread(target=read_log, args=(process.stdout, port), daemon=True).start()
    try:
        address = port.get(timeout=START_SECONDS)
    except queue.Empty:
        process.kill()
        raise RuntimeError(f"the program was not ready after {START_SECONDS} seconds") from None
    if address is None:
        raise unanswered(process)
    return protocol.grpc.insecure_channel(address, options=[
        ("grpc.max_send_message_length", 128 << 20),
        ("grpc.max_receive_message_length", 128 << 20),
        ("grpc.enable_http_proxy", 0),
    ])


def read_log(lines, port):
    """Forwards the program's log to its end, and gives the address in it; None, where it ends without one."""
    for line in lines:
        try:
            record = parsed(line)
        except RuntimeError as error:  # told and read on: a log that nobody reads would stop the program
            record = {"level": "SEVERE", "message": str(error)}
        listening = re.match(r"listening address=(127\.0\.0\.1:\d+)", record["message"])
        if listening:
            port.put(listening.group(1))
        forward(record)
    port.put(None)


def hand_on(name, server):
    """The call of that name, answered by the program."""

    def call(request, context):
        try:
            return getattr(server.stub(), name)(request)
        except Exception as error:
            return abort(context, server, error)

    return call


def hand_on_update(server):
    """The sync, streamed by the program. It ends when Fivetran hangs up."""

    def call(request, context):
        try:
            stream = server.stub().Update(request)
            context.add_callback(stream.cancel)
            for message in stream:
                kind = message.WhichOneof("operation")
                if kind in ("warning", "task"):  # as the SDK's own operations write them
                    note = getattr(message, kind)
                    note.message = json.dumps({"message": note.message})
                yield message
        except Exception as error:
            abort(context, server, error)

    return call


def abort(context, server, error):
    """Ends a call with the program's own status and sentence."""
    if isinstance(error, protocol.grpc.RpcError):
        return context.abort(error.code(), server.failure(error))
    log.error(str(error))
    return context.abort(protocol.grpc.StatusCode.FAILED_PRECONDITION, str(error))


connector = Connector(update=update, schema=schema, configuration_form=configuration_form)

if HANDS_ON:
    program = Server()
    for rpc in ("ConfigurationForm", "Test", "Schema"):
        setattr(connector, rpc, hand_on(rpc, program))
    connector.Update = hand_on_update(program)
