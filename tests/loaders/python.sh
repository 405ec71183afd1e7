#!/usr/bin/env bash
# The programs that load records into tables, as Python packages: DuckDB, ClickHouse (chdb), Polars.
#
#   python.sh fetch               the packages, by pip, into target/loaders/venv (1.2 GB, most of it chdb)
#   python.sh run SCRIPT [ARG…]   runs a script with them
set -euo pipefail
exec "$(dirname "$0")/../venv.sh" loaders "$@"
