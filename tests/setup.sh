#!/usr/bin/env bash
# Installs from Debian what the build and the tests need and this machine lacks.
#
# Needs root or a sudo that asks for no password. Where it cannot install, it says which tests will
# be skipped and how to get what is missing, and ends well: the rest of the tests is still worth
# running. With CI=true a missing part is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

# Daemons and network tools live there; a user's PATH often leaves it out.
PATH=$PATH:/usr/sbin:/sbin

# command that is there, or that ends well; Debian packages; what is skipped without them
readonly needs=(
    "cc|gcc|the build: Rust needs a linker"
    "g++|g++|the build of dependencies written in C++"
    "make|make|the build of dependencies written in C"
    "python3|python3|the check of the crafted captures and the Kafka tests with a Python client"
    "python3 -m ensurepip --version|python3-venv|the Kafka tests with a Python client"
    "p0f|p0f|the comparison with p0f"
    "tcpdump|tcpdump|the comparison of captures and filters with tcpdump"
    "tshark|tshark|the comparison of decoded packets with tshark"
    "jq|jq|the commands of the documents that filter records with it"
    "kcat|kcat|the Kafka tests that use another client"
    "openssl version|openssl|the tests on a real Kafka broker"
    "pkg-config --exists openssl|libssl-dev pkg-config|the tests of TLS on the way to a broker"
    "java|default-jre-headless|the tests on a real Kafka broker"
    "mvn|maven|the tests on a real Kafka broker, which Maven fetches"
    "ip|iproute2|the tests on live interfaces"
    "curl|curl|the tests on live interfaces"
    "nc|netcat-openbsd|the tests on live interfaces"
    "iperf3|iperf3|the tests on live interfaces"
    "strace|strace|the tests of the services' sandbox"
    "systemd-analyze|systemd|the tests of the services' sandbox"
    "valgrind|valgrind|the count of instructions on the hot path"
    "wasm/compile.sh --check|rustc-web rust-web-src lld-19|everything in WebAssembly"
    "cmake|cmake|the tests of the Fluent Bit filter in its runtime"
    "node|nodejs|the tests of the JavaScript package and of the page"
    "npm|npm|the tests of the JavaScript package and of the page"
    "chromium|chromium|the tests of the page"
)

is_there() { # a command, or a whole command line
    local words
    read -ra words <<<"$1"
    if ((${#words[@]} > 1)); then
        "${words[@]}" >/dev/null 2>&1
    else
        command -v "$1" >/dev/null
    fi
}

missing_packages() {
    local need command rest
    for need in "${needs[@]}"; do
        IFS='|' read -r command rest <<<"$need"
        is_there "$command" || tr ' ' '\n' <<<"${rest%%|*}"
    done
}

# root, or root by sudo; empty and false where neither is possible.
as_root=()
may_install() {
    command -v apt-get >/dev/null || return 1
    if ((EUID == 0)); then return 0; fi
    as_root=(sudo -n)
    command -v sudo >/dev/null && sudo -n true 2>/dev/null
}

apt() {
    # tshark asks a question while it is configured; nobody is there to answer.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

install() { # packages…
    echo "setup: installing $*"
    apt update && apt install --yes --no-remove --no-install-recommends "$@" >/dev/null
}

# What is fetched into target/ by Maven and pip: the broker, and a client that is not librdkafka.
fetch_for_kafka() {
    local status=0
    tests/kafka/broker.sh fetch || status=1
    if ((status)); then echo "setup: no broker; left out: the tests on a real Kafka broker"; fi
    tests/kafka/python.sh fetch || status=2
    if ((status == 2)); then echo "setup: no Python client; left out: the Kafka tests with it"; fi
    return "$status"
}

# rsyslog and syslog-ng, unpacked and not installed.
fetch_for_pipelines() {
    local status=0
    tests/pipelines/daemons.sh fetch || status=1
    if ((status)); then echo "setup: no rsyslog, no syslog-ng; left out: the tests with them"; fi
    return "$status"
}

install_packages() {
    mapfile -t packages < <(missing_packages)
    if ((${#packages[@]} == 0)); then
        echo "setup: nothing missing"
        return
    fi
    if may_install; then
        install "${packages[@]}" || echo "setup: apt-get failed" >&2
    else
        echo "setup: cannot install here (needs Debian, and root or sudo without a password)"
    fi
    mapfile -t packages < <(missing_packages)
    if ((${#packages[@]} == 0)); then
        echo "setup: complete"
        return
    fi
    for need in "${needs[@]}"; do
        IFS='|' read -r command _ part <<<"$need"
        is_there "$command" || echo "setup: $command is missing; left out: $part"
    done
    echo "setup: to get what is missing: sudo apt-get install ${packages[*]}"
    return 1
}

complete=true
install_packages || complete=false
fetch_for_kafka || complete=false
fetch_for_pipelines || complete=false
$complete || [[ ${CI:-} != true ]]
