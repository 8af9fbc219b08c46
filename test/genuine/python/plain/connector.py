"""A plain Python connector of the same export, as the SDK's users write one: the measure of what the project adds.

One window of one dataset; a column for each attribute, typed by its id's prefix as the project types it.
"""

import csv
import gzip
import io
import json
import time
import urllib.request
from datetime import datetime, timezone

from fivetran_connector_sdk import Connector
from fivetran_connector_sdk import Operations as op

DATASET, KEY = "conversation", "conversation_id"


def ask(configuration, path, body=None):
    request = urllib.request.Request(configuration["base_url"] + path, data=body and json.dumps(body).encode(), headers={
        "Authorization": "Bearer " + configuration["access_token"], "Intercom-Version": "2.16",
        "Content-Type": "application/json", "Accept": "application/octet-stream" if path.startswith("/download") else "*/*"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return answer.read()


def attributes(configuration):
    listed = json.loads(ask(configuration, "/export/reporting_data/get_datasets"))["data"]
    return [a["qualified_id"] for d in listed if d["id"] == DATASET for a in d["attributes"]]


def column(attribute):
    return attribute.partition(".")[2]


def kind(attribute):
    return {"timestamp": "UTC_DATETIME", "duration": "DOUBLE"}.get(attribute.partition(".")[0], "STRING")


def schema(configuration):
    columns = {column(a): kind(a) for a in attributes(configuration)}
    return [{"table": DATASET, "primary_key": [KEY], "columns": columns}]


def update(configuration, state):
    asked = attributes(configuration)
    job = json.loads(ask(configuration, "/export/reporting_data/enqueue", {
        "dataset_id": DATASET, "attribute_ids": asked,
        "start_time": int(configuration["start"]), "end_time": int(configuration["end"])}))
    app = json.loads(ask(configuration, "/me"))["app"]["id_code"]
    path = f"/reporting_data/{job['job_identifier']}?app_id={app}&client_id={app}&job_identifier={job['job_identifier']}"
    while job["status"] != "complete":
        time.sleep(0.01)
        job = json.loads(ask(configuration, "/export" + path))
    data = ask(configuration, "/download" + path)
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    lines = csv.DictReader(io.StringIO(data.decode()), fieldnames=[column(a) for a in asked])
    next(lines)
    kinds = {column(a): kind(a) for a in asked}
    for row in lines:
        for name, text in row.items():
            if text == "":
                row[name] = None
            elif kinds[name] == "UTC_DATETIME":
                row[name] = datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
            elif kinds[name] == "DOUBLE":
                row[name] = float(text)
        op.upsert(DATASET, row)
    op.checkpoint({"cursor": configuration["end"]})


connector = Connector(update=update, schema=schema)
