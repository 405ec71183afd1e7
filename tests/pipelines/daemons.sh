#!/usr/bin/env bash
# rsyslog and syslog-ng from Debian, unpacked into target/pipelines and not installed: as packages
# they exclude each other, and either would take over the machine's log.
#
#   daemons.sh fetch
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly root=target/pipelines
readonly done_mark=$root/fetched-2

fetch() {
    if [[ -e $done_mark ]]; then return; fi
    command -v apt-get >/dev/null || { echo "not Debian" >&2; return 1; }
    local package archive archives=$PWD/$root/archives
    local as_root=()
    ((EUID == 0)) || as_root=(sudo -n)
    mkdir -p "$archives/partial"
    for package in rsyslog syslog-ng-core; do
        # With what it depends on, as far as that is not installed.
        "${as_root[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
            -o Dir::Cache::archives="$archives" --yes --no-install-recommends --reinstall \
            --download-only install "$package" >/dev/null
    done
    for archive in "$archives"/*.deb; do dpkg-deb -x "$archive" "$root/root"; done
    touch "$done_mark"
}

case ${1:-} in
fetch) fetch ;;
*)
    echo "usage: daemons.sh fetch" >&2
    exit 2
    ;;
esac
