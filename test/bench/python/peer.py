"""The Python peer: a source connector as they are written in Python.

It reads the gzipped CSV with csv.DictReader, makes typed records of the
protocol's messages, and sends 100 of them in a message, which is what
Fivetran's own Python SDK does for its users. Its classes are made at run time
from a file of descriptors, so that nothing generated lies here.

    peer.py DESCRIPTORS COLUMNS

DESCRIPTORS is a serialized FileDescriptorSet of the protocol. COLUMNS is a JSON
object of column names to types: string, long, double or utc_datetime. It
prints where it listens, and ends when its standard input does.
"""

import csv
import gzip
import io
import json
import sys
import urllib.request
import zoneinfo
from concurrent import futures
from datetime import datetime

import google.protobuf
import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf import timestamp_pb2  # noqa: F401  its descriptor is imported by the protocol's
from google.protobuf.internal import api_implementation

BATCH = 100
PACKAGE = "fivetran_sdk.v2."


def message_classes(path):
    """The protocol's message classes, by name."""
    pool = descriptor_pool.Default()
    files = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as f:
        files.ParseFromString(f.read())
    for file in files.file:
        if not file.name.startswith("google/"):
            pool.Add(file) if hasattr(pool, "Add") else pool.AddSerializedFile(file.SerializeToString())

    def message(name):
        descriptor = pool.FindMessageTypeByName(PACKAGE + name)
        if hasattr(message_factory, "GetMessageClass"):
            return message_factory.GetMessageClass(descriptor)
        return message_factory.MessageFactory(pool).GetPrototype(descriptor)

    return message


class Peer:
    def __init__(self, message, columns):
        self.update_request = message("UpdateRequest")
        self.update_response = message("UpdateResponse")
        self.columns = columns

    def fill(self, record, row, zone):
        """Puts a row's values into a record, each as its column's type."""
        record.table_name = "conversation"
        data = record.data
        for name, text in row.items():
            value = data[name]
            kind = self.columns[name]
            if not text:
                value.null = True
            elif kind == "string":
                value.string = text
            elif kind == "double":
                value.double = float(text)
            elif kind == "long":
                value.long = int(text)
            else:
                at = datetime.fromisoformat(text).replace(tzinfo=zone)
                value.utc_datetime.seconds = int(at.timestamp())
        data["unparsed_values"].null = True

    def update(self, request, context):
        """Answers an Update call with the export at the configuration's url."""
        zone = zoneinfo.ZoneInfo(request.configuration["timezone"])
        ask = urllib.request.Request(request.configuration["url"], headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(ask) as answer, gzip.GzipFile(fileobj=answer) as unpacked:
            response = self.update_response()
            records = response.records.records
            for row in csv.DictReader(io.TextIOWrapper(unpacked, "utf-8", newline="")):
                self.fill(records.add(), row, zone)
                if len(records) == BATCH:
                    yield response
                    response = self.update_response()
                    records = response.records.records
            if records:
                yield response


def main():
    with open(sys.argv[2], encoding="utf-8") as f:
        columns = json.load(f)
    peer = Peer(message_classes(sys.argv[1]), columns)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    handler = grpc.unary_stream_rpc_method_handler(
        peer.update,
        request_deserializer=peer.update_request.FromString,
        response_serializer=lambda response: response.SerializeToString(),
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(PACKAGE + "SourceConnector", {"Update": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print("listening 127.0.0.1:%d" % port, flush=True)
    sys.stdin.read()
    server.stop(None)
    backend = api_implementation.Type()
    version = "Python %d.%d" % sys.version_info[:2] + ", protobuf %s (%s)" % (google.protobuf.__version__, backend)
    print(json.dumps({"Version": version, "Backend": backend}), flush=True)


if __name__ == "__main__":
    main()
