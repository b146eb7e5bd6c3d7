"""The tables of `analyze --parquet` in the engines that they are for.

Writes the tables of samples, of all of them together and of a few alone, and opens
every table with DuckDB, pyarrow and PySpark: the rows are as many as the manifest says,
each number's sum and each column's nulls are the same in all three, and headers +
payload + padding is the original length of every packet. Then it asks DuckDB the
questions of contrib/duckdb, over its views too.

    target/engines/bin/python tests/engines/run.py target/debug/wirenotes [CAPTURE...]
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import duckdb
import pyarrow.compute
import pyarrow.parquet
from pyspark.sql import SparkSession, functions

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKETS = "headers + payload + padding"


def main(program, captures):
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    samples = sorted((ROOT / "samples").glob("*.pcap"))
    runs = [captures] if captures else [samples, [samples[0]], [ROOT / "samples/http.pcap"]]
    for run in runs:
        with tempfile.TemporaryDirectory() as folder:
            of_run(program, run, pathlib.Path(folder) / "tables", spark)
    print("all engines agree")


def of_run(program, captures, folder, spark):
    command = [program, "analyze", *captures, "--apart", "--packets", "--texts", "-q"]
    done = subprocess.run([*command, "--parquet", folder], stderr=subprocess.PIPE, text=True)
    # A sample may be cut or broken on purpose.
    assert done.returncode in (0, 1), done.stderr
    manifest = json.loads((folder / "_wirenotes-00000.json").read_text())
    assert manifest["rows"]["packets"] == manifest["packets"], manifest
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == sorted(
        manifest["rows"]
    )
    print(f"{len(captures)} captures: {manifest['rows']}")
    for table, rows in manifest["rows"].items():
        path = folder / table / "part-00000.parquet"
        engines = {
            "DuckDB": of_duckdb(path),
            "pyarrow": of_arrow(path),
            "PySpark": of_spark(spark, folder / table),
        }
        for engine, found in engines.items():
            assert found["rows"] == rows, (table, engine, found, rows)
            assert found == engines["DuckDB"], (table, engine, found, engines["DuckDB"])
    packets = f"'{folder}/packets/*.parquet'"
    wrong = duckdb.execute(f"SELECT count(*) FROM {packets} WHERE {PACKETS} <> original_length")
    assert wrong.fetchone() == (0,), f"{PACKETS} is not the original length"
    frame = spark.read.parquet(str(folder / "packets"))
    assert frame.where(f"{PACKETS} <> original_length").count() == 0
    table = pyarrow.parquet.read_table(folder / "packets")
    add = pyarrow.compute.add
    sum_of = add(add(table["headers"], table["payload"]), table["padding"])
    assert pyarrow.compute.all(pyarrow.compute.equal(sum_of, table["original_length"])).as_py()
    questions(folder)


def of_duckdb(path):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    described = connection.execute(f"DESCRIBE FROM '{path}'").fetchall()
    found = {"columns": [name for name, *_ in described]}
    for name, kind, *_ in described:
        is_number = kind in ("SMALLINT", "INTEGER", "BIGINT")
        value = f'sum("{name}")' if is_number else f'count("{name}")'
        if kind.startswith("TIMESTAMP"):
            value = f'sum(epoch_us("{name}"))'
        sum_of, nulls = connection.execute(
            f'SELECT {value}, count(*) - count("{name}") FROM \'{path}\''
        ).fetchone()
        found[name] = (int(sum_of or 0), nulls)
    found["rows"] = connection.execute(f"SELECT count(*) FROM '{path}'").fetchone()[0]
    return found


def of_arrow(path):
    table = pyarrow.parquet.read_table(path)
    found = {"columns": table.column_names}
    for name in table.column_names:
        column = table[name]
        kind = column.type
        if pyarrow.types.is_timestamp(kind):
            assert str(kind) == "timestamp[us, tz=UTC]", kind
            column = column.cast(pyarrow.int64())
        is_number = pyarrow.types.is_integer(kind) or pyarrow.types.is_timestamp(kind)
        if is_number:
            # Wide enough for any sum of numbers of 64 bits.
            sum_of = sum(value for value in column.to_pylist() if value is not None)
        else:
            sum_of = len(column) - column.null_count
        found[name] = (sum_of, column.null_count)
    found["rows"] = table.num_rows
    return found


def of_spark(spark, folder):
    frame = spark.read.parquet(str(folder))
    found = {"columns": frame.columns}
    wanted = [functions.count("*").alias("rows")]
    for name, kind in frame.dtypes:
        column = functions.col(f"`{name}`")
        value = functions.count(column)
        if kind in ("smallint", "int", "bigint"):
            value = functions.sum(column.cast("decimal(38,0)"))
        elif kind == "timestamp":
            value = functions.sum(functions.unix_micros(column).cast("decimal(38,0)"))
        wanted.append(value.alias(f"sum_{name}"))
        wanted.append(functions.sum(column.isNull().cast("bigint")).alias(f"nulls_{name}"))
    row = frame.agg(*wanted).first()
    for name in frame.columns:
        found[name] = (int(row[f"sum_{name}"] or 0), int(row[f"nulls_{name}"] or 0))
    found["rows"] = row["rows"]
    return found


def questions(folder):
    connection = duckdb.connect()
    connection.execute(f"SET file_search_path = '{folder}'")
    text = (ROOT / "contrib/duckdb/questions.sql").read_text()
    asked = [one for one in text.split(";") if re.search(r"^SELECT|^WITH", one, re.M)]
    assert len(asked) == 10, len(asked)
    answers = [len(connection.execute(question).fetchall()) for question in asked]
    connection.execute((ROOT / "contrib/duckdb/views.sql").read_text())
    rows = connection.execute("SELECT count(*) FROM conversations").fetchone()
    for view in ["zeek_conn", "ecs"]:
        assert len(connection.execute(f"FROM {view}").fetchall()) == rows[0], view
        assert connection.execute(f"SELECT count(*) FROM {view}").fetchone() == rows, view
    states = connection.execute("SELECT conn_state, count(*) FROM zeek_conn GROUP BY ALL").fetchall()
    print(f"  rows of the answers: {answers}; {dict(states)}")


if __name__ == "__main__":
    main(sys.argv[1], [pathlib.Path(path) for path in sys.argv[2:]])
