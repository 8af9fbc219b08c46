"""The kinds of cells: the byte before a value."""

CELL_NULL, CELL_SCALAR, CELL_JSON, CELL_BINARY, CELL_FLOAT, CELL_DOUBLE = b"NSJBFD"
