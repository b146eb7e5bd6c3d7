#!/usr/bin/env python3
"""Loads the records of captures into DuckDB and Arrow, with no hint of their types.

    pip install duckdb pyarrow
    contrib/load-into-engines.py WIRENOTES CAPTURE...

Says for each type of record how many rows and columns each engine read, and fails
where the two disagree with the number of records. Apart from the gate: it needs
both packages.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import duckdb
import pyarrow.json

# Packets and findings are no tables: the values and checks of an annotation are of
# the type that its kind has.
TYPES = ["conversation", "summary"]


def main(program, captures):
    folder = pathlib.Path(tempfile.mkdtemp())
    failed = False
    for only in TYPES:
        path = folder / f"{only}.ndjson"
        with path.open("wb") as out:
            for capture in captures:
                command = [program, "analyze", capture, "--only", only]
                subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL, check=False)
        records = sum(1 for line in path.open() if json.loads(line)["record"] == only)
        rows, columns = of_duckdb(path), of_arrow(path)
        print(f"{only}: {records} records; DuckDB {rows}; Arrow {columns}")
        failed |= rows[0] != records or columns[0] != records
    print(duckdb.sql(
        "SELECT server_address, server_port, count(*) AS conversations, "
        "sum(bytes.client + bytes.server) AS bytes "
        f"FROM read_json_auto('{folder / 'conversation.ndjson'}') "
        "GROUP BY ALL ORDER BY bytes DESC, server_address LIMIT 5"
    ))
    return int(failed)


def of_duckdb(path):
    table = duckdb.sql(f"SELECT * FROM read_json_auto('{path}')")
    return len(table.fetchall()), len(table.columns)


def of_arrow(path):
    table = pyarrow.json.read_json(path)
    return table.num_rows, table.num_columns


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
