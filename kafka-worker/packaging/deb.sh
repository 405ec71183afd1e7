#!/usr/bin/env bash
# Makes the Debian package of the program, with TLS and SASL/SCRAM, in target/debian.
#
#   kafka-worker/packaging/deb.sh          makes it, and prints where it is
#   kafka-worker/packaging/deb.sh --try    the same, then installs it, runs it and removes it (root)
#
# Needs libssl-dev, pkg-config, and cargo-deb: cargo install --locked cargo-deb.
set -euo pipefail
cd "$(dirname "$0")/../.."

stop() {
    printf 'deb.sh: %s\n' "$*" >&2
    exit 1
}

cargo deb --version >/dev/null 2>&1 || stop "cargo-deb is missing: cargo install --locked cargo-deb"
pkg-config --exists libssl || stop "OpenSSL's headers are missing: apt-get install libssl-dev pkg-config"

cargo build --locked --profile dist --package stackprint-worker --features kafka-tls
program=target/dist/stackprint
made=target/packaging
mkdir -p "$made"
rm -f "$made"/*.1.gz
kafka-worker/packaging/manuals.sh "$program" "$made"
for shell in bash zsh fish; do
    "$program" completions "$shell" >"$made/stackprint.$shell"
done
package=$(cargo deb --locked --no-build --package stackprint-worker --output target/debian/)
printf '%s\n' "$package"
[[ ${1:-} == --try ]] || exit 0

((EUID == 0)) || stop "--try installs the package: root only"
! dpkg --status stackprint >/dev/null 2>&1 || stop "a package stackprint is installed already"
dpkg --install "$package"
mapfile -t files < <(dpkg --listfiles stackprint | while read -r path; do [[ -d $path ]] || echo "$path"; done)
for path in /usr/bin/stackprint /usr/share/man/man1/stackprint.1.gz /etc/stackprint/kafka.env \
    /usr/share/man/man1/stackprint-kafka.1.gz /usr/share/man/man1/stackprint-db-check.1.gz \
    /usr/share/doc/stackprint/kafka/alerts.yaml /usr/share/doc/stackprint/pipelines/vector.yaml \
    /lib/systemd/system/stackprint-kafka.service /usr/share/bash-completion/completions/stackprint; do
    [[ -f $path ]] || stop "the package has no $path"
done
/usr/bin/stackprint --version
records=$(/usr/bin/stackprint read --format ndjson tests/captures/recorded/web-clients.pcap)
[[ $records == '{"schema":"stackprint.record.v1"'* ]] || stop "it reads nothing"
printf '%s records\n' "$(wc -l <<<"$records")"
# A build without TLS would say that it has none; this one finds nobody there.
said=$(/usr/bin/stackprint kafka --brokers 127.0.0.1:1 --from a --to b -X security.protocol=SSL 2>&1) &&
    stop "a broker that is not there was found"
[[ $said != *"without TLS"* ]] || stop "it was built without TLS"
dpkg --purge stackprint
for path in "${files[@]}" /etc/stackprint; do
    [[ ! -e $path ]] || stop "$path is left behind"
done
printf 'installed, run and removed: %s files\n' "${#files[@]}"
