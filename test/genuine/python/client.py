"""Calls a connector with the SDK's own generated modules, as Fivetran's side would, and prints what came.

usage: client.py PORT < configuration.json
"""

import json
import sys
import time

import grpc
from fivetran_connector_sdk.protos import common_pb2, connector_sdk_pb2, connector_sdk_pb2_grpc

configuration = json.load(sys.stdin)
channel = grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}", options=[
    ("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", 128 << 20)])
grpc.channel_ready_future(channel).result(timeout=60)
stub = connector_sdk_pb2_grpc.SourceConnectorStub(channel)

form = stub.ConfigurationForm(common_pb2.ConfigurationFormRequest())
answers = [stub.Test(common_pb2.TestRequest(name=test.name, configuration=configuration)) for test in form.tests]

rows, fields = {}, set()
began = time.perf_counter()
for message in stub.Update(connector_sdk_pb2.UpdateRequest(configuration=configuration, state_json="{}")):
    kind = message.WhichOneof("operation")
    records = []
    if kind == "structured_record":
        records = [message.structured_record]
    elif kind == "structured_records":
        records = message.structured_records.structured_records
    for record in records:
        rows[record.table_name] = rows.get(record.table_name, 0) + 1
        fields |= {name for name in ("data", "row_data") if len(getattr(record, name))}

seconds = time.perf_counter() - began
print(json.dumps({"rows": rows, "seconds": seconds, "field": " and ".join(sorted(fields)), "fields": len(form.fields),
                  "passed": sum(answer.success for answer in answers)}))
