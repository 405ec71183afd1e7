#!/usr/bin/env bash
# A Kafka client in Python for tests, which shares no code with librdkafka.
#
#   python.sh fetch               the packages, by pip, into target/kafka/venv
#   python.sh run SCRIPT [ARG…]   runs a script with them
set -euo pipefail
exec "$(dirname "$0")/../venv.sh" kafka "$@"
