from fivetran_connector_sdk.protos import build, common_pb2  # noqa: F401 (imported by the file)

build("connector_sdk.proto", globals())
