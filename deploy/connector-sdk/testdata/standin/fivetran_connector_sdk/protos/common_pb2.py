from fivetran_connector_sdk.protos import build

build("common.proto", globals())
