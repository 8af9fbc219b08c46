"""The service, as grpcio's generated code offers it."""

import grpc

from fivetran_connector_sdk.protos import common_pb2, connector_sdk_pb2

_SERVICE = "fivetran_sdk.v2.SourceConnector"
_UNARY = {
    "ConfigurationForm": (common_pb2.ConfigurationFormRequest, common_pb2.ConfigurationFormResponse),
    "Test": (common_pb2.TestRequest, common_pb2.TestResponse),
    "Schema": (connector_sdk_pb2.SchemaRequest, connector_sdk_pb2.SchemaResponse),
}
_UPDATE = (connector_sdk_pb2.UpdateRequest, connector_sdk_pb2.UpdateResponse)


class SourceConnectorStub:
    def __init__(self, channel):
        for name, (request, response) in _UNARY.items():
            setattr(self, name, channel.unary_unary(f"/{_SERVICE}/{name}", request.SerializeToString, response.FromString))
        self.Update = channel.unary_stream(f"/{_SERVICE}/Update", _UPDATE[0].SerializeToString, _UPDATE[1].FromString)


class SourceConnectorServicer:
    pass


def add_SourceConnectorServicer_to_server(servicer, server):
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(getattr(servicer, name), request.FromString, response.SerializeToString)
        for name, (request, response) in _UNARY.items()
    }
    handlers["Update"] = grpc.unary_stream_rpc_method_handler(servicer.Update, _UPDATE[0].FromString, _UPDATE[1].SerializeToString)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
