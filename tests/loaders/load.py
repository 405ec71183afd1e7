"""Loads records into an engine by the schema made for it, and reads them back: each has to be what it was.

load.py duckdb|clickhouse|polars SCHEMA RECORDS
"""

import json
import re
import sys


TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)\.?(\d*)Z?")


def stripped(value):
    """Without what is absent: null, or an empty list."""
    if isinstance(value, dict):
        members = {name: stripped(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member not in (None, [], {})}
    if isinstance(value, list):
        return [stripped(item) for item in value]
    if isinstance(value, str) and (time := TIME.fullmatch(value)):
        day, second, fraction = time.groups()
        return f"{day}T{second}.{fraction:0<9}Z"
    # ClickHouse writes 1000.0 as 1000.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def duckdb(schema, records):
    import duckdb

    database = duckdb.connect()
    database.execute(open(schema).read())
    query = "SELECT to_json(t)::VARCHAR FROM stackprint(?) t"
    for (text,) in database.execute(query, [records]).fetchall():
        yield json.loads(text)


def clickhouse(schema, records):
    from chdb import session

    database = session.Session()
    database.query("CREATE DATABASE loaded")
    database.query("USE loaded")
    database.query(open(schema).read())
    settings = "SETTINGS date_time_input_format = 'best_effort'"
    database.query(f"INSERT INTO stackprint FROM INFILE '{records}' {settings} FORMAT JSONEachRow")
    settings = "SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_named_tuples_as_objects = 1"
    text = str(database.query(f"SELECT * FROM stackprint {settings}", "JSONEachRow"))
    for line in text.splitlines():
        yield json.loads(line)


def polars(schema, records):
    import polars

    names = {}
    exec(open(schema).read(), names)
    frame = polars.read_ndjson(records, schema=names["SCHEMA"])
    nanos = frame.select(names["TIME"].alias("time")).to_series().dt.epoch("ns").to_list()
    for place, line in enumerate(frame.write_ndjson().splitlines()):
        record = json.loads(line)
        assert record["time"].endswith(f".{nanos[place] % 10**9:09}Z"), (record["time"], nanos[place])
        yield record


def main():
    engine, schema, records = sys.argv[1:]
    given = [json.loads(line) for line in open(records)]
    key = lambda record: json.dumps(stripped(record), sort_keys=True)
    wanted = sorted(key(record) for record in given)
    found = sorted(key(record) for record in {"duckdb": duckdb, "clickhouse": clickhouse, "polars": polars}[engine](schema, records))
    for ours, theirs in zip(wanted, found):
        if ours != theirs:
            sys.exit(f"{engine}: given {ours}\nread  {theirs}")
    if len(wanted) != len(found):
        sys.exit(f"{engine}: {len(wanted)} records given, {len(found)} read")
    changes = sum(1 for record in given if record["change"])
    print(f"{engine}: {len(found)} records read back, {changes} with a change")


if __name__ == "__main__":
    main()
