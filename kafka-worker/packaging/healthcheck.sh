#!/bin/bash
# The container's health check: whether `stackprint kafka` asks for messages (/healthz). Well where
# STACKPRINT_METRICS is not set, as then there is nothing to ask.
set -eu
[[ -n ${STACKPRINT_METRICS:-} ]] || exit 0
host=${STACKPRINT_METRICS%:*}
# All addresses are this one, too.
case $host in
'' | 0.0.0.0 | '[::]') host=127.0.0.1 ;;
'['*) host=${host:1:-1} ;;
esac
exec 3<>"/dev/tcp/$host/${STACKPRINT_METRICS##*:}"
printf 'GET /healthz HTTP/1.1\r\n\r\n' >&3
read -r _ status _ <&3
[[ $status == 200 ]]
