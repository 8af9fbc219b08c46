"""Stands in for Fivetran's Connector SDK in tests.

It does what is known of the SDK and no more: the Connector is itself the
servicer that run() registers, its own four calls turn to the functions it was
given, and operations become batches of at most 100 records.
"""

import json
from concurrent import futures
from datetime import datetime

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from fivetran_connector_sdk.protos import common_pb2, connector_sdk_pb2, connector_sdk_pb2_grpc

__version__ = "0.stand-in"

_tables = {}
_batch = []


def _stamp(moment):
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def _value(kind, value):
    if value is None:
        return common_pb2.ValueType(null=True)
    if kind == "JSON":
        return common_pb2.ValueType(json=json.dumps(value))
    if kind == "UTC_DATETIME":
        return common_pb2.ValueType(utc_datetime=_stamp(value))
    if kind == "NAIVE_DATE":
        return common_pb2.ValueType(naive_date=_stamp(datetime.strptime(value, "%Y-%m-%d")))
    member = {"BOOLEAN": "bool"}.get(kind, kind.lower())
    return common_pb2.ValueType(**{member: value})


class Operations:
    @staticmethod
    def upsert(table, data):
        columns = _tables[table]
        record = connector_sdk_pb2.Record(table_name=table, type=common_pb2.RecordType.UPSERT)
        for name, value in data.items():
            record.data[name].CopyFrom(_value(columns[name], value))
        _batch.append(record)
        return Operations._flush() if len(_batch) == 100 else []

    @staticmethod
    def checkpoint(state):
        checkpoint = connector_sdk_pb2.Checkpoint(state_json=json.dumps(state))
        return Operations._flush() + [connector_sdk_pb2.UpdateResponse(checkpoint=checkpoint)]

    @staticmethod
    def _flush():
        records = connector_sdk_pb2.Records(records=list(_batch))
        _batch.clear()
        return [connector_sdk_pb2.UpdateResponse(records=records)] if records.records else []


class Connector(connector_sdk_pb2_grpc.SourceConnectorServicer):
    def __init__(self, update, schema=None):
        self.update_method = update
        self.schema_method = schema

    def run(self, port):
        grpc_server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))
        connector_sdk_pb2_grpc.add_SourceConnectorServicer_to_server(self, grpc_server)
        bound = grpc_server.add_insecure_port(f"[::]:{port}")
        grpc_server.start()
        print(f"Running on fivetran_connector_sdk: {__version__} port {bound}", flush=True)
        grpc_server.wait_for_termination()

    def ConfigurationForm(self, request, context):
        return common_pb2.ConfigurationFormResponse()

    def Test(self, request, context):
        return common_pb2.TestResponse(success=True)

    def Schema(self, request, context):
        answer = connector_sdk_pb2.SchemaResponse()
        for table in self.schema_method(dict(request.configuration)):
            _tables[table["table"]] = table["columns"]
            added = answer.without_schema.tables.add(name=table["table"])
            for name, kind in table["columns"].items():
                added.columns.add(name=name, type=common_pb2.DataType.Value(kind), primary_key=name in table["primary_key"])
        return answer

    def Update(self, request, context):
        state = json.loads(request.state_json or "{}")
        for responses in self.update_method(configuration=dict(request.configuration), state=state):
            yield from responses
