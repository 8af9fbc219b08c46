"""Starts a project as the platform does: Connector.run on a port.

usage: production.py PORT [operations] [no-folders] [mac]

operations: the SDK's own methods answer, as if calls could not be handed on.
no-folders: no folder may hold programs.
mac: the machine says that it is one of Apple's.
"""

import platform
import sys
import tempfile

from fivetran_connector_sdk import Connector

if "no-folders" in sys.argv:
    def refuse(**_):
        raise OSError("no folder may be written")

    tempfile.mkdtemp = refuse

from connector import connector

if "mac" in sys.argv:
    platform.system, platform.machine = lambda: "Darwin", lambda: "arm64"
if type(connector) is not Connector:
    sys.exit("connector is not the SDK's own Connector")
if "operations" in sys.argv:
    for name in ("ConfigurationForm", "Test", "Schema", "Update"):
        delattr(connector, name)
connector.run(int(sys.argv[1]))
