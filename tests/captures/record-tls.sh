#!/usr/bin/env bash
# Records recorded/tls/: the hellos of today's TLS clients, those of Debian and of the registries, to a
# server of ours, in network namespaces of their own. Nothing leaves the machine.
#
#   sudo tests/captures/record-tls.sh                 records all
#   sudo tests/captures/record-tls.sh curl socks5     records the named ones
#   sudo tests/captures/record-tls.sh server          records servers' hellos alone, which needs OpenSSL alone
#
# Programs: curl wget git openssl gnutls-bin libnss3-tools firefox-esr chromium golang-go openjdk node tor
# libmbedtls-dev psql of Debian, and what `prepare` installs below TOOLS (/tmp/stackprint-tls-tools), which is reused.
# A client that is missing is left out and named at the end; its captures then stay as they were.
#
# The connections of a client go by turns to made-of/, from which core/data/tls.fp was made, and to
# held-out/, which only scores it. What each capture is: recorded/tls/truth.csv.
set -euo pipefail
cd "$(dirname "$0")"

readonly out=recorded/tls
readonly truth=$out/truth.csv
readonly tools=${TOOLS:-/tmp/stackprint-tls-tools}
readonly prefix=sptls$$
readonly here=$PWD
readonly wanted=("$@")
left_out=()
scratch=$(mktemp -d)
server_pid=
mkdir -p "$out"/{made-of,held-out,preamble,servers} "$tools"
[[ -s $truth ]] || echo "file,client,version,library,library_version,system,imitates,hellos,command" >"$truth"

finish() {
    [[ -z $server_pid ]] || kill "$server_pid" 2>/dev/null || true
    local name
    for name in client server; do
        ip netns pids "$prefix-$name" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
        ip netns del "$prefix-$name" 2>/dev/null || true
        rm -rf "/etc/netns/$prefix-$name"
    done
    rm -rf "$scratch"
}
trap finish EXIT

client() { ip netns exec "$prefix-client" "$@"; }
server() { ip netns exec "$prefix-server" "$@"; }

# ---- two hosts and a cable --------------------------------------------------------------------

set_up() {
    local name
    for name in client server; do
        ip netns add "$prefix-$name"
        "$name" ip link set lo up
        mkdir -p "/etc/netns/$prefix-$name"
        printf '127.0.0.1 localhost\n192.0.2.80 client.example\n' >"/etc/netns/$prefix-$name/hosts"
        : >"/etc/netns/$prefix-$name/resolv.conf"
    done
    ip link add eth0 netns "$prefix-client" type veth peer name eth0 netns "$prefix-server"
    for name in client server; do
        "$name" ethtool -K eth0 tx off tso off gso off gro off >/dev/null 2>&1 || true
        "$name" ip address add "192.0.2.$([[ $name == client ]] && echo 10 || echo 80)/24" dev eth0
        "$name" ip link set eth0 up
        # The kernel's own defaults, as in record.sh.
        "$name" sysctl -qw net.ipv4.tcp_rmem="4096 131072 33554432" net.ipv4.tcp_ecn=2
    done
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=client.example \
        -addext 'subjectAltName=DNS:client.example,IP:192.0.2.80' \
        -keyout "$scratch/key.pem" -out "$scratch/cert.pem" 2>/dev/null
    server python3 tls/server.py 192.0.2.80 "$scratch/cert.pem" "$scratch/key.pem" \
        >"$scratch/server.log" 2>&1 &
    server_pid=$!
    for _ in $(seq 50); do
        grep -q ready "$scratch/server.log" && return
        sleep 0.1
    done
    cat "$scratch/server.log"
    return 1
}

# ---- what is not in Debian --------------------------------------------------------------------

prepare() {
    cp -r tls/clients/. "$tools/"
    (
        cd "$tools"
        [[ -x v/bin/python ]] || {
            python3 -m venv v
            v/bin/pip install -q requests 'httpx[http2]' aiohttp pycurl curl_cffi
        }
        [[ -x node_modules/.bin/node ]] || npm install --silent node@24 >/dev/null
        local go
        for go in /usr/local/go /usr/lib/go-*; do
            [[ -x $go/bin/go ]] || continue
            GOTOOLCHAIN=local GOFLAGS=-mod=mod "$go/bin/go" build -o "go-$("$go/bin/go" env GOVERSION)" client.go
        done
        [[ -x rustls/target/debug/record-rustls ]] || (cd rustls && cargo build --quiet)
        # libmbedtls-dev
        [[ -x mbedtls ]] || cc -o mbedtls mbedtls.c -lmbedtls -lmbedx509 -lmbedcrypto
        local artifact
        for artifact in org.conscrypt:conscrypt-openjdk-uber:2.5.2 org.bouncycastle:bctls-jdk18on:1.79 \
            org.bouncycastle:bcprov-jdk18on:1.79 org.bouncycastle:bcutil-jdk18on:1.79 org.bouncycastle:bcpkix-jdk18on:1.79; do
            compgen -G "java/$(cut -d: -f2 <<<"$artifact")-*.jar" >/dev/null ||
                mvn -q dependency:copy -Dartifact="$artifact" -DoutputDirectory="$tools/java" || true
        done
        [[ -f java/Client.class ]] || javac -d java Client.java
    ) || echo "not all clients could be prepared" >&2
}

# ---- recording --------------------------------------------------------------------------------

is_wanted() {
    [[ ${#wanted[@]} == 0 ]] && return
    local name
    for name in "${wanted[@]}"; do [[ $1 == "$name"* ]] && return; done
    return 1
}

# Captures what a command sends while it runs.
capture() { # file, command…
    local file=$1
    shift
    ip netns exec "$prefix-server" tcpdump -i eth0 -U -w "$file" -s 0 -B 4096 --immediate-mode tcp 2>"$scratch/tcpdump.log" &
    local dump=$!
    for _ in $(seq 50); do
        grep -q listening "$scratch/tcpdump.log" && break
        sleep 0.1
    done
    client timeout "${LIMIT:-30}" "$@" >"$scratch/command.log" 2>&1 </dev/null || true
    sleep 0.3
    kill "$dump"
    wait "$dump" || true
}

quoted() { printf '"%s"' "${1//\"/\"\"}"; }

note() { # file, client, version, library, library version, imitates, hellos, command
    local line
    line="$1,$2,$3,$4,$5,Debian 12,$6,$7,$(quoted "$8")"
    { head -1 "$truth"; { tail -n +2 "$truth" | grep -v "^$1," || true; echo "$line"; } | LC_ALL=C sort; } >"$scratch/truth"
    cp "$scratch/truth" "$truth"
}

# A client: its hellos, by turns to both folders.
record() { # name, client, version, library, library version, imitates, command…
    local name=$1 client=$2 version=$3 library=$4 library_version=$5 imitates=$6 hellos a b
    shift 6
    is_wanted "$name" || return 0
    if ! command -v "$1" >/dev/null; then
        left_out+=("$name")
        return
    fi
    capture "$scratch/$name.pcap" "$@"
    hellos=$(python3 tls/trim.py "$scratch/$name.pcap" "$out/made-of/$name.pcap" "$out/held-out/$name.pcap")
    read -r a b <<<"$hellos"
    if ((a + b == 0)); then
        left_out+=("$name")
        echo "-- $name: no hello"
        tail -5 "$scratch/command.log"
        return
    fi
    local said="$*"
    said=${said//$tools\//}
    said=${said//$scratch\//}
    said=${said//$here\//}
    # An interpreter that lies in somebody's home is named without the way to it.
    said=${said//"$HOME/.pyenv/versions/$version/bin/"/}
    note "made-of/$name.pcap" "$client" "$version" "$library" "$library_version" "$imitates" "$a" "$said"
    ((b == 0)) || note "held-out/$name.pcap" "$client" "$version" "$library" "$library_version" "$imitates" "$b" "$said"
    echo "$name: $a + $b"
}

# A protocol that turns to TLS in its course: one connection.
preamble() { # name, client, version, library, library version, command…
    local name=$1 client=$2 version=$3 library=$4 library_version=$5 hellos
    shift 5
    is_wanted "$name" || return 0
    if ! command -v "$1" >/dev/null; then
        left_out+=("$name")
        return
    fi
    capture "$scratch/$name.pcap" "$@"
    hellos=$(python3 tls/trim.py "$scratch/$name.pcap" "$out/preamble/$name.pcap")
    if ((hellos == 0)); then
        left_out+=("$name")
        echo "-- $name: no hello"
        tail -5 "$scratch/command.log"
        return
    fi
    local said="$*"
    note "preamble/$name.pcap" "$client" "$version" "$library" "$library_version" "" "$hellos" "${said//$tools\//}"
    echo "$name: $hellos"
}

each() { # command with URL at its end, four times: by name and by address
    printf '%s\n' https://client.example/ https://client.example/ https://192.0.2.80/ https://192.0.2.80/ |
        xargs -n 1 "$@"
}
export -f each

# The n-th word of a program's first line of version.
version() { # word, command…
    local word=$1
    shift
    "$@" 2>/dev/null | head -1 | awk -v word="$word" '{ print $word }'
}
package() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null; }

readonly py=$tools/v/bin/python
set_up
readonly openssl=$(version 2 openssl version)

# ---- servers' hellos --------------------------------------------------------------------------

# A connection from its first segment to its last, with a server of its own. `retry` begins with a
# HelloRetryRequest: the server wants a key share that the client did not send.
server_hello() { # name, options of the server, options of the client
    local name=server-$1 server=$2 client=${3:-}
    is_wanted "$name" || return 0
    # shellcheck disable=SC2086 # options
    ip netns exec "$prefix-server" openssl s_server -quiet -accept 192.0.2.80:9443 -cert "$scratch/cert.pem" -key "$scratch/key.pem" $server \
        >"$scratch/$name.log" 2>&1 </dev/null &
    local pid=$!
    sleep 1
    # shellcheck disable=SC2086 # options
    capture "$out/servers/${name#server-}.pcap" openssl s_client -connect 192.0.2.80:9443 $client
    kill "$pid"
    wait "$pid" || true
    note "servers/${name#server-}.pcap" openssl-s_client "$openssl" OpenSSL "$openssl" "" 1 \
        "openssl s_server${server:+ }$server; openssl s_client${client:+ }$client"
    echo "$name"
}

server_hello openssl-tls12 -tls1_2
server_hello openssl-tls12-alpn "-tls1_2 -alpn h2,http/1.1 -no_ticket" "-alpn h2 -servername client.example -cipher ECDHE-RSA-AES256-SHA384"
server_hello openssl-tls13 ""
server_hello openssl-tls13-retry "-ciphersuites TLS_CHACHA20_POLY1305_SHA256 -groups P-256"
[[ ${wanted[*]} != server ]] || exit 0

prepare
readonly gnutls=$(package libgnutls30 | cut -d- -f1)
readonly nss=$(package libnss3 | sed 's/^2://; s/-.*//')

urls="https://client.example/ https://client.example/ https://192.0.2.80/ https://192.0.2.80/"
loop='for url in '$urls'; do'
record curl curl "$(version 2 curl --version)" OpenSSL "$openssl" "" bash -c "$loop curl -sk \$url; done"
record curl-tls12 curl "$(version 2 curl --version)" OpenSSL "$openssl" "" bash -c "$loop curl -sk --tls-max 1.2 \$url; done"
record curl-http1.1 curl "$(version 2 curl --version)" OpenSSL "$openssl" "" bash -c "$loop curl -sk --http1.1 \$url; done"
# One process: its later connections resume the session.
record curl-resumption curl "$(version 2 curl --version)" OpenSSL "$openssl" "" bash -c "for i in 1 2; do curl -sk $urls; done"
record curl-resumption-tls12 curl "$(version 2 curl --version)" OpenSSL "$openssl" "" bash -c "for i in 1 2; do curl -sk ${urls//\/ /:8443\/ }; done"
record wget wget "$(version 3 wget --version)" GnuTLS "$gnutls" "" bash -c "$loop wget -q -O- --no-check-certificate \$url; done"
record git git "$(version 3 git --version)" GnuTLS "$gnutls" "" bash -c "$loop git -c http.sslVerify=false ls-remote \$url; done"
record openssl openssl-s_client "$openssl" OpenSSL "$openssl" "" bash -c "for host in client.example client.example 192.0.2.80 192.0.2.80; do openssl s_client -connect \$host:443; done"
record openssl-tls12 openssl-s_client "$openssl" OpenSSL "$openssl" "" bash -c "for host in client.example client.example; do openssl s_client -tls1_2 -connect \$host:443; done"
record openssl-tls13 openssl-s_client "$openssl" OpenSSL "$openssl" "" bash -c "for host in client.example client.example; do openssl s_client -tls1_3 -connect \$host:443; done"
record openssl-resumption openssl-s_client "$openssl" OpenSSL "$openssl" "" bash -c "(printf 'GET / HTTP/1.0\r\n\r\n'; sleep 1) | openssl s_client -quiet -sess_out $scratch/session -connect client.example:443; for i in 1 2 3; do openssl s_client -sess_in $scratch/session -connect client.example:443; done"
record openssl-resumption-tls12 openssl-s_client "$openssl" OpenSSL "$openssl" "" bash -c "(printf 'GET / HTTP/1.0\r\n\r\n'; sleep 1) | openssl s_client -quiet -tls1_2 -sess_out $scratch/session12 -connect client.example:8443; for i in 1 2 3; do openssl s_client -tls1_2 -sess_in $scratch/session12 -connect client.example:8443; done"
record gnutls-cli gnutls-cli "$(version 2 gnutls-cli --version)" GnuTLS "$gnutls" "" bash -c "for host in client.example client.example 192.0.2.80 192.0.2.80; do gnutls-cli --insecure \$host; done"
record gnutls-resumption gnutls-cli "$(version 2 gnutls-cli --version)" GnuTLS "$gnutls" "" bash -c "for i in 1 2; do gnutls-cli --insecure --resume --waitresumption client.example; done"
record nss tstclnt "$nss" NSS "$nss" "" bash -c "for i in 1 2 3 4; do echo | tstclnt -h client.example -p 443 -o -D -Q; done"
for go in "$tools"/go-go*; do
    release=${go##*/go-go}
    record "go-$release" crypto/tls "$release" Go "$release" "" "$go" client.example:443
    record "go-$release-resumption" crypto/tls "$release" Go "$release" "" "$go" client.example:443 cache
    record "go-$release-tls12" crypto/tls "$release" Go "$release" "" "$go" client.example:8443 cache
done
readonly java=$(java -version 2>&1 | sed -n '1s/.*"\(.*\)".*/\1/p')
record java-url HttpsURLConnection "$java" Java "$java" "" java -cp "$tools/java" Client url 443
record java-url-tls12 HttpsURLConnection "$java" Java "$java" "" java -cp "$tools/java" Client url 8443
record java-http HttpClient "$java" Java "$java" "" java -cp "$tools/java" Client http 443
record java-conscrypt Conscrypt 2.5.2 BoringSSL "" "" java -cp "$tools/java:$tools/java/*" Client url 443 org.conscrypt.OpenSSLProvider
record java-bouncycastle "BouncyCastle JSSE" 1.79 BouncyCastle 1.79 "" java -cp "$tools/java:$tools/java/*" Client url 443 \
    org.bouncycastle.jsse.provider.BouncyCastleJsseProvider org.bouncycastle.jce.provider.BouncyCastleProvider
for node in "$(command -v node)" "$tools/node_modules/.bin/node"; do
    [[ -x $node ]] || continue
    release=$("$node" -p process.versions.node) bundled=$("$node" -p process.versions.openssl)
    record "node-$release-https" Node "$release" OpenSSL "$bundled" "" "$node" "$tools/client.js" https 443
    record "node-$release-fetch" Node "$release" OpenSSL "$bundled" "" "$node" "$tools/client.js" fetch 443
done
# A Python of each kind that sets its own cipher suites: before 3.10, since.
for python in "$HOME"/.pyenv/versions/{3.6.15,3.9.18,3.13.0}/bin/python /usr/bin/python3; do
    [[ -x $python ]] || continue
    release=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
    bundled=$("$python" -c 'import ssl; print(ssl.OPENSSL_VERSION.split()[1])')
    record "python-$release" Python "$release" OpenSSL "$bundled" "" "$python" "$tools/client.py" urllib 443
done
readonly python=$("$py" -c 'import platform; print(platform.python_version())')
readonly python_openssl=$("$py" -c 'import ssl; print(ssl.OPENSSL_VERSION.split()[1])')
library_of() { "$py" -c "import importlib.metadata as m; print(m.version('$1'))"; }
record python-ssl Python "$python" OpenSSL "$python_openssl" "" "$py" "$tools/client.py" ssl 443
for name in requests httpx aiohttp; do
    record "python-$name" "$name" "$(library_of "$name")" OpenSSL "$python_openssl" "" "$py" "$tools/client.py" "$name" 443
done
record pycurl curl "$("$py" -c 'import pycurl; print(pycurl.version_info()[1])')" OpenSSL \
    "$("$py" -c 'import pycurl; print(pycurl.version_info()[5].split("/")[1])')" "" "$py" "$tools/client.py" pycurl 443
for provider in ring aws-lc-rs; do
    record "rustls-$provider" rustls "$(grep -A1 '"rustls"' "$tools/rustls/Cargo.lock" | sed -n 's/version = "\(.*\)"/\1/p')" \
        rustls "$(grep -A1 '"rustls"' "$tools/rustls/Cargo.lock" | sed -n 's/version = "\(.*\)"/\1/p')" "" \
        "$tools/rustls/target/debug/record-rustls" "$provider" 443
done
record rust-native-tls native-tls "$(grep -A1 '"native-tls"' "$tools/rustls/Cargo.lock" | sed -n 's/version = "\(.*\)"/\1/p')" \
    OpenSSL "$openssl" "" "$tools/rustls/target/debug/record-rustls" native-tls 443
record mbedtls mbedTLS "$("$tools/mbedtls")" mbedTLS "$("$tools/mbedtls")" "" "$tools/mbedtls" 443
record tor Tor "$(version 3 tor --version | sed 's/\.$//')" OpenSSL "$openssl" "" timeout 12 tor --DataDirectory "$scratch/tor" \
    --UseBridges 1 --Bridge 192.0.2.80:443 --SocksPort 0 --Log 'notice stdout' --User root --AssumeReachable 1
# Browsers: the page has pictures, each a connection of its own.
record chromium Chromium "$(version 2 chromium --version)" BoringSSL "" "" bash -c "for i in 1 2 3; do timeout 12 chromium --headless --no-sandbox --disable-gpu --disable-quic --ignore-certificate-errors --user-data-dir=$scratch/chromium-\$i --virtual-time-budget=3000 --dump-dom https://client.example/; done"
LIMIT=60 record firefox Firefox "$(version 3 firefox-esr --version)" NSS "$(strings -n 8 /usr/lib/firefox-esr/libnss3.so 2>/dev/null | sed -n 's/.*Version: NSS \([0-9.]*\).*/\1/p' | head -1)" "" bash -c "for i in 1 2 3; do mkdir -p $scratch/ff-\$i && HOME=$scratch/ff-\$i timeout 15 firefox-esr --headless --profile $scratch/ff-\$i --screenshot $scratch/shot.png https://client.example/; done"
readonly cffi=$("$py" -c 'import importlib.metadata as m; print(m.version("curl_cffi"))')
for profile in chrome99 chrome101 chrome110 chrome116 chrome120 chrome124 chrome131 chrome133a chrome136 \
    chrome142 chrome146 chrome150 chrome152 chrome99_android chrome131_android edge99 edge101 \
    safari153 safari155 safari170 safari172_ios safari180 safari180_ios safari184 safari260 safari260_ios safari270 \
    firefox133 firefox135 firefox144 firefox147 firefox153 firefox155 tor145; do
    record "curl_cffi-$profile" curl_cffi "$cffi" BoringSSL "" "$profile" "$py" "$tools/client.py" curl_cffi 443 "$profile"
done

# ---- behind something else --------------------------------------------------------------------

for protocol in smtp:25 imap:143 pop3:110 ftp:21 ldap:389 postgres:5432 mysql:3306 xmpp:5222; do
    preamble "openssl-${protocol%:*}" openssl-s_client "$openssl" OpenSSL "$openssl" \
        openssl s_client -connect "client.example:${protocol#*:}" -starttls "${protocol%:*}" -servername client.example
done
curl_version=$(version 2 curl --version)
for protocol in smtp:25 imap:143 pop3:110 ftp:21; do
    preamble "curl-${protocol%:*}" curl "$curl_version" OpenSSL "$openssl" curl -sk --ssl-reqd "${protocol%:*}://client.example/"
done
preamble psql psql "$(version 3 psql --version)" OpenSSL "$openssl" psql "host=client.example sslmode=require user=someone dbname=postgres"
preamble curl-http_connect curl "$curl_version" OpenSSL "$openssl" curl -sk -x http://client.example:3128 https://client.example/
preamble curl-http_connect-password curl "$curl_version" OpenSSL "$openssl" curl -sk -x http://someone:secret@client.example:3128 https://client.example/
preamble git-http_connect git "$(version 3 git --version)" GnuTLS "$gnutls" git -c http.sslVerify=false -c http.proxy=http://client.example:3128 ls-remote https://client.example/
for scheme in socks4 socks4a socks5 socks5h; do
    preamble "curl-$scheme" curl "$curl_version" OpenSSL "$openssl" curl -sk -x "$scheme://client.example:1080" https://client.example/
done
preamble curl-socks5-password curl "$curl_version" OpenSSL "$openssl" curl -sk -x socks5h://someone:secret@client.example:1080 https://client.example/
preamble chromium-socks5 Chromium "$(version 2 chromium --version)" BoringSSL "" bash -c "timeout 25 chromium --headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --no-first-run --ignore-certificate-errors --user-data-dir=/tmp/$prefix-chromium --proxy-server=socks5://192.0.2.80:1080 --virtual-time-budget=3000 --dump-dom https://client.example/; rm -rf /tmp/$prefix-chromium"

((${#left_out[@]} == 0)) || echo "left out: ${left_out[*]}"
