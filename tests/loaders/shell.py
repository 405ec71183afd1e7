"""The command lines of DuckDB and ClickHouse, as far as the documents use them, on their Python packages.

shell.py duckdb -csv -c COMMAND [-c COMMAND]…      a command is `.read FILE` or SQL
shell.py clickhouse local --path DIR (--queries-file FILE | --query SQL)
"""

import argparse
import csv
import sys


def duckdb(arguments):
    import duckdb

    parser = argparse.ArgumentParser()
    parser.add_argument("-csv", action="store_true", required=True)
    parser.add_argument("-c", action="append", required=True, dest="commands")
    database = duckdb.connect()
    for command in parser.parse_args(arguments).commands:
        if command.startswith(".read "):
            command = open(command.removeprefix(".read ")).read()
        result = database.execute(command)
        rows = result.fetchall() if result.description else []
        if rows:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(column[0] for column in result.description)
            writer.writerows(rows)


def clickhouse(arguments):
    from chdb import session

    parser = argparse.ArgumentParser()
    parser.add_argument("program", choices=["local"])
    parser.add_argument("--path", required=True)
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--queries-file", type=lambda path: open(path).read(), dest="query")
    given.add_argument("--query")
    said = parser.parse_args(arguments)
    database = session.Session(said.path)
    database.query("CREATE DATABASE IF NOT EXISTS kept")
    database.query("USE kept")
    sys.stdout.write(str(database.query(said.query, "TabSeparated")))


if __name__ == "__main__":
    {"duckdb": duckdb, "clickhouse": clickhouse}[sys.argv[1]](sys.argv[2:])
