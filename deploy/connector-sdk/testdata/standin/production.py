"""Starts a project as the platform does, with what a test wants spoiled.

usage: production.py [own-calls] [no-folders]
"""

import sys
import tempfile

from fivetran_connector_sdk import Connector

if "no-folders" in sys.argv:
    def refuse(**_):
        raise OSError("no folder may be written")

    tempfile.mkdtemp = refuse

from connector import connector

if type(connector) is not Connector:
    sys.exit("connector is not the SDK's own Connector")
if "own-calls" in sys.argv:  # as an SDK would that asks its class, not its object
    for name in ("ConfigurationForm", "Test", "Schema", "Update"):
        delattr(connector, name)
connector.run(0)
