#!/usr/bin/env bash
# Records the captures of recorded/http/: what HTTP clients and servers of today say, in a network
# namespace of its own so that nothing leaves the machine.
#
#   sudo tests/captures/record-http.sh              records all
#   sudo tests/captures/record-http.sh curl nginx   records the named ones
#
# Clients and servers are those of PATH; Python modules those of the python3 there, Node modules
# those of NODE_PATH. What is not there is left out and named at the end; a capture that is already
# there then stays as it was. The origin of each file goes into recorded/origin.tsv, from which
# generate.py makes the table in README.md.
set -euo pipefail
if [[ -z ${RECORD_HTTP_INSIDE:-} ]]; then
    exec env RECORD_HTTP_INSIDE=1 unshare --net "$0" "$@"
fi
cd "$(dirname "$0")"

readonly out=$PWD/recorded/http
readonly origin=$PWD/recorded/origin.tsv
readonly client=192.0.2.10
readonly address=192.0.2.80
readonly url=http://$address/
readonly wanted=("$@")
left_out=()
scratch=$(mktemp -d)
mkdir -p "$out" "$scratch/www"
touch "$origin"
# HOME is the scratch folder for clients; Go's cache stays where it is.
if command -v go >/dev/null; then
    GOCACHE=$(go env GOCACHE)
    export GOCACHE
fi
# Servers that give up root need to read it.
chmod 755 "$scratch"
sysctl -qw net.ipv4.ip_unprivileged_port_start=80
ip link set lo up mtu 1500
# The kernel's own defaults, whatever this machine was tuned to, as record.sh has them.
if [[ $(printf '%s\n' 6.16 "$(uname -r)" | sort -V | head -1) == 6.16 ]]; then most=33554432; else most=6291456; fi
sysctl -qw net.ipv4.tcp_rmem="4096 131072 $most" net.ipv4.tcp_window_scaling=1 net.ipv4.tcp_sack=1 \
    net.ipv4.tcp_timestamps=1 net.ipv4.tcp_ecn=2 net.ipv4.ip_default_ttl=64
ip address add "$client/32" dev lo
ip address add "$address/32" dev lo
ip route replace local "$address" dev lo table local src "$client"

finish() {
    stop_server
    rm -rf "$scratch"
}
trap finish EXIT

# ---- the page ----------------------------------------------------------------------------------

cat >"$scratch/www/index.html" <<'PAGE'
<!doctype html><title>t</title><link rel=stylesheet href=s.css><script src=s.js></script>
<img src=i.png><a href=second.html>2</a>
PAGE
echo 'fetch("data.json")' >"$scratch/www/s.js"
echo 'p { color: red }' >"$scratch/www/s.css"
echo '{}' >"$scratch/www/data.json"
echo 'x' >"$scratch/www/i.png"

# ---- servers -----------------------------------------------------------------------------------

server=
stop_server() {
    [[ -z $server ]] || kill "$server" 2>/dev/null || true
    [[ -z $server ]] || wait "$server" 2>/dev/null || true
    server=
}

wait_for_server() {
    local attempt
    for attempt in $(seq 100); do
        (exec 3<>"/dev/tcp/$address/80") 2>/dev/null && return
        sleep 0.1
    done
    return 1
}

start() { # command…
    stop_server
    (cd "$scratch/www" && exec "$@") >"$scratch/server.log" 2>&1 &
    server=$!
}

python_server() { start python3 -m http.server 80 --bind "$address"; }

nginx_server() {
    cat >"$scratch/nginx.conf" <<CONF
daemon off; master_process off; pid $scratch/nginx.pid; error_log stderr;
events {}
http { access_log off; server { listen $address:80; root $scratch/www; }
  client_body_temp_path $scratch/1; proxy_temp_path $scratch/2; fastcgi_temp_path $scratch/3;
  uwsgi_temp_path $scratch/4; scgi_temp_path $scratch/5; }
CONF
    start nginx -c "$scratch/nginx.conf"
}

apache2_server() {
    local modules
    modules=${APACHE_MODULES:-/usr/lib/apache2/modules}
    cat >"$scratch/apache.conf" <<CONF
ServerRoot $scratch
ServerName $address
PidFile $scratch/apache.pid
DefaultRuntimeDir $scratch
Mutex posixsem
ErrorLog $scratch/apache.log
Listen $address:80
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule mime_module $modules/mod_mime.so
LoadModule dir_module $modules/mod_dir.so
TypesConfig /etc/mime.types
User nobody
Group nogroup
DocumentRoot $scratch/www
CONF
    start apache2 -X -f "$scratch/apache.conf"
}

lighttpd_server() {
    cat >"$scratch/lighttpd.conf" <<CONF
server.document-root = "$scratch/www"
server.bind = "$address"
server.port = 80
index-file.names = ( "index.html" )
mimetype.assign = ( ".html" => "text/html" )
CONF
    start lighttpd -D -m "${LIGHTTPD_MODULES:-/usr/lib/lighttpd}" -f "$scratch/lighttpd.conf"
}

node_server() {
    start node -e "require('http').createServer((q, r) => r.end('x')).listen(80, '$address')"
}

express_server() {
    start node -e "require('express')().use(require('express').static('.')).listen(80, '$address')"
}

aiohttp_server() { start python3 -m aiohttp.web -H "$address" -P 80 app:make; }

go_program() { # name, with its text on stdin; needs no module
    mkdir -p "$scratch/go-$1"
    cat >"$scratch/go-$1/main.go"
    (cd "$scratch/go-$1" && GOFLAGS=-mod=mod GO111MODULE=off go build -o "$scratch/$1" main.go)
}

caddy_server() { start caddy file-server --listen "$address:80"; }

wsgi_app() { # for servers of Python
    cat >"$scratch/www/wsgi.py" <<'APP'
def app(environ, start):
    start('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '1')])
    return [b'x']
APP
}

flask_server() {
    start python3 -c "
import flask
app = flask.Flask('x')
app.add_url_rule('/', view_func=lambda: 'x')
app.run('$address', 80)"
}

tornado_server() {
    start python3 -c "
import asyncio, tornado.web as web
class Page(web.RequestHandler):
    def get(self): self.write('x')
async def main():
    web.Application([('/', Page)]).listen(80, '$address')
    await asyncio.Event().wait()
asyncio.run(main())"
}

uvicorn_server() {
    start python3 -c "
import uvicorn
async def app(scope, receive, send):
    if scope['type'] != 'http': return
    await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-type', b'text/plain'), (b'content-length', b'1')]})
    await send({'type': 'http.response.body', 'body': b'x'})
uvicorn.run(app, host='$address', port=80)"
}

go_server() {
    go_program go-server <<GO
package main
import "net/http"
func main() { http.ListenAndServe("$address:80", http.FileServer(http.Dir("."))) }
GO
    start "$scratch/go-server"
}

# ---- clients -----------------------------------------------------------------------------------

go_client() {
    go_program go-client <<GO
package main
import ("io"; "net/http"; "os"; "strings")
func get(r *http.Response, err error) { if err == nil { io.Copy(io.Discard, r.Body); r.Body.Close() } }
func main() { get(http.Get(os.Args[1])); get(http.Post(os.Args[1], "text/plain", strings.NewReader("x"))) }
GO
    "$scratch/go-client" "$url"
}

java_client() { # the body of main
    cat >"$scratch/Main.java" <<JAVA
import java.net.*; import java.net.http.*;
public class Main { public static void main(String[] a) throws Exception { URI u = URI.create("$url"); $1 } }
JAVA
    java "$scratch/Main.java"
}

apt_client() {
    mkdir -p "$scratch/apt/lists/partial" "$scratch/apt/cache/archives/partial"
    echo "deb [trusted=yes] $url stable main" >"$scratch/apt/sources.list"
    : >"$scratch/apt/status"
    apt-get -o Dir::Etc::SourceList="$scratch/apt/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::Etc::Main=/dev/null -o Dir::Etc::Parts=/dev/null -o Acquire::Retries=0 \
        -o Dir::State::Lists="$scratch/apt/lists" -o Dir::State::status="$scratch/apt/status" \
        -o Dir::Cache="$scratch/apt/cache" -o APT::Sandbox::User=root update
}

chromium_client() {
    timeout 40 chromium --headless --no-sandbox --disable-gpu --no-first-run \
        --user-data-dir="$scratch/chromium" --dump-dom --virtual-time-budget=3000 "$url"
}

firefox_client() {
    timeout 40 firefox --headless --no-remote --profile "$(mktemp -d -p "$scratch")" \
        --screenshot "$scratch/shot.png" "$url"
}

# ---- recording ---------------------------------------------------------------------------------

is_wanted() {
    [[ ${#wanted[@]} == 0 ]] && return
    local name
    for name in "${wanted[@]}"; do [[ $name != "$1" ]] || return 0; done
    return 1
}

record() { # name, version, command…
    local name=$1 version=$2
    shift 2
    is_wanted "$name" || return 0
    if [[ -z $version ]]; then
        left_out+=("$name")
        return 0
    fi
    wait_for_server || { left_out+=("$name (its server)"); return 0; }
    tcpdump -i lo --immediate-mode -U -s 4000 -w "$scratch/new.pcap" 'tcp port 80' 2>"$scratch/tcpdump.log" &
    local dump=$!
    until grep -q 'listening on' "$scratch/tcpdump.log"; do sleep 0.1; done
    (cd "$scratch" && HOME=$scratch "$@") >"$scratch/client.log" 2>&1 || true
    sleep 0.5
    kill "$dump" && wait "$dump" || true
    # Payload and handshakes: what makes a capture of HTTP.
    tcpdump -r "$scratch/new.pcap" -w "$scratch/short.pcap" \
        'tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0 or greater 67' 2>/dev/null
    if (($(stat -c %s "$scratch/short.pcap") < 200)); then
        left_out+=("$name (said nothing)")
        return 0
    fi
    # The first connections are enough.
    tcpdump -r "$scratch/short.pcap" -c 60 -w "$out/$name.pcap" 2>/dev/null
    sed -i "/^http\/$name.pcap\t/d" "$origin"
    printf 'http/%s.pcap\tHTTP of %s\trecord-http.sh %s\t%s\t%s\n' "$name" "$version" "$name" \
        "$(uname -r | sed s/-.*//)" "$(date -u +%F)" >>"$origin"
}

version() { # command… : the first line that tells one, if there is the command
    command -v "$1" >/dev/null || return 0
    local said
    said=$("$@" 2>&1 || true)
    grep -m1 '[0-9]\.[0-9]' <<<"$said" | cut -c1-70
}
node_version() { node -p "'Node ' + process.version" 2>/dev/null || true; }
module() { # name: its version
    python3 -c "
import $1, importlib.metadata as m, platform
print('$1', m.version('$1'), 'on Python', platform.python_version())" 2>/dev/null || true
}
node_module() { # name: its version
    node -p "'$1 ' + require('$1/package.json').version + ' on Node ' + process.version" 2>/dev/null || true
}
python() { python3 -c "$1"; }

python_server
record curl "$(version curl --version)" curl -s "$url" "$url"
record wget "$(version wget --version)" wget -q -O /dev/null "$url"
record lynx "$(version lynx -version)" lynx -dump "$url"
record w3m "$(version w3m -version)" w3m -dump "$url"
record aria2 "$(version aria2c --version)" aria2c -q -d "$scratch" --allow-overwrite=true "$url"
record git "$(version git --version)" git clone -q "${url}repository.git" "$scratch/repository"
record apt "$(version apt-get --version)" apt_client
record elinks "$(version elinks --version)" elinks -dump "$url"
record links "$(version links -version)" links -dump "$url"
record busybox-wget "$(version busybox)" busybox wget -q -O - "$url"
record ab "$(version ab -V)" ab -n 2 "$url"
record nmap "$(version nmap --version)" \
    nmap -n -Pn -sT -p 80 --script http-title,http-headers,http-methods,http-robots.txt "$address"
record perl-lwp "$(version perl -MLWP::UserAgent -e 'print "LWP $LWP::VERSION\n"' | grep LWP)" \
    perl -MLWP::UserAgent -e 'LWP::UserAgent->new->get(shift)' "$url"
record ruby-net-http "$(version ruby --version)" \
    ruby -rnet/http -e 'Net::HTTP.get(URI(ARGV[0]))' "$url"
record php-stream "$(version php --version)" php -r "file_get_contents('$url');"
record python-urllib "$(python3 --version)" \
    python "import urllib.request as r; r.urlopen('$url').read()"
record python-requests "$(module requests)" python "import requests; requests.get('$url')"
record python-urllib3 "$(module urllib3)" \
    python "import urllib3; urllib3.PoolManager().request('GET', '$url')"
record python-httpx "$(module httpx)" python "import httpx; httpx.get('$url')"
record python-aiohttp "$(module aiohttp)" python "
import asyncio, aiohttp
async def main():
    async with aiohttp.ClientSession() as session:
        await (await session.get('$url')).read()
asyncio.run(main())"
record go-net-http "$(version go version)" go_client
record java-url-connection "$(version java -version)" java_client \
    'u.toURL().openStream().readAllBytes();'
record java-http-client "$(version java -version)" java_client \
    'HttpClient.newHttpClient().send(HttpRequest.newBuilder(u).build(), HttpResponse.BodyHandlers.ofString());'
record node-http "$(node_version)" \
    node -e "require('http').get('$url', (r) => r.resume())"
record node-fetch "$(node_version)" node -e "fetch('$url').then((r) => r.text())"
record node-undici "$(node_module undici)" \
    node -e "require('undici').request('$url').then((r) => r.body.text())"
record node-axios "$(node_module axios)" node -e "require('axios').get('$url')"
record chromium "$(version chromium --version)" chromium_client
record firefox "$(version firefox --version)" firefox_client

ask() { curl -s "$url" "${url}i.png" "${url}missing" -o /dev/null -o /dev/null -o /dev/null; }
python_server
record python-http-server "$(python3 --version)" ask
for name in nginx apache2 lighttpd; do
    if command -v "$name" >/dev/null; then "${name}_server"; fi
    record "$name" "$(version "$name" -v)" ask
done
if command -v node >/dev/null; then node_server; fi
record node-server "$(node_version)" ask
if [[ -n $(node_module express) ]]; then express_server; fi
record express "$(node_module express)" ask
if [[ -n $(module aiohttp) ]]; then
    cat >"$scratch/www/app.py" <<'APP'
from aiohttp import web
async def page(request): return web.Response(text='x')
def make(argv):
    app = web.Application()
    app.router.add_get('/', page)
    return app
APP
    aiohttp_server
fi
record aiohttp-server "$(module aiohttp)" ask

# Without keep-alive, as HTTP/1.1 and as HTTP/1.0.
ask_once() { curl -s -H 'Connection: close' "$url" && curl -s0 "${url}i.png" && curl -s0 "${url}missing"; }
for name in nginx apache2 lighttpd; do
    if command -v "$name" >/dev/null; then "${name}_server"; fi
    record "$name-close" "$(version "$name" -v)" ask_once
done
if command -v caddy >/dev/null; then caddy_server; fi
record caddy "$(version caddy version)" ask
wsgi_app
if [[ -n $(module gunicorn) ]]; then start python3 -m gunicorn -b "$address:80" wsgi:app; fi
record gunicorn "$(module gunicorn)" ask_once
if [[ -n $(module waitress) ]]; then start python3 -m waitress --listen="$address:80" wsgi:app; fi
record waitress "$(module waitress)" ask
if [[ -n $(module flask) ]]; then flask_server; fi
record flask "$(module flask)" ask
if [[ -n $(module tornado) ]]; then tornado_server; fi
record tornado "$(module tornado)" ask
if [[ -n $(module uvicorn) ]]; then uvicorn_server; fi
record uvicorn "$(module uvicorn)" ask
if [[ -n $(module twisted) ]]; then start python3 -m twisted web --listen "tcp:80:interface=$address" --path .; fi
record twisted "$(module twisted)" ask
if command -v go >/dev/null; then go_server; fi
record go-server "$(version go version)" ask

# Cleartext HTTP/2: nothing answers, and the client has said all that counts.
h2c_server="import socket; s = socket.create_server(('$address', 80))
while True:
    c = s.accept()[0]; c.sendall(bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])); c.settimeout(1)
    try:
        while c.recv(9999): pass
    except OSError: pass"
start python3 -c "$h2c_server"
record h2c-curl "$(version curl --version)" timeout 3 curl -s --http2-prior-knowledge "$url"
record h2c-nghttp "$(version nghttp --version)" timeout 3 nghttp -n "$url"
record h2c-python-h2 "$(module h2)" python "
import socket, h2.connection
c = h2.connection.H2Connection(); c.initiate_connection()
c.send_headers(1, [(':method', 'GET'), (':authority', 'a'), (':scheme', 'http'), (':path', '/')], True)
s = socket.create_connection(('$address', 80)); s.sendall(c.data_to_send()); s.recv(99)"

LC_ALL=C sort -o "$origin" "$origin"
echo "$(ls "$out" | wc -l) recordings, $(du -cb "$out"/*.pcap | tail -1 | cut -f1) bytes"
((${#left_out[@]} == 0)) || printf 'left out: %s\n' "${left_out[@]}"
