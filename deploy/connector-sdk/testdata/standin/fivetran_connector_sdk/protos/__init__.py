"""The protocol's modules, made from the descriptors of the file DESCRIPTORS."""

import os

from google.protobuf import descriptor_pb2, descriptor_pool, timestamp_pb2  # noqa: F401 (known to the pool)
from google.protobuf.internal import builder

_files = descriptor_pb2.FileDescriptorSet()
with open(os.environ["DESCRIPTORS"], "rb") as descriptors:
    _files.ParseFromString(descriptors.read())


def build(name, module):
    """Puts the messages of a .proto file into a module, as generated code does."""
    (file,) = [f for f in _files.file if f.name == name]
    descriptor = descriptor_pool.Default().AddSerializedFile(file.SerializeToString())
    builder.BuildMessageAndEnumDescriptors(descriptor, module)
    builder.BuildTopDescriptorsAndMessages(descriptor, module["__name__"], module)
