//! Query services beside `read`: what they answer, to whom, and what hostile clients can do.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, TcpStream};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use stackprint_tests::program::command;
use stackprint_tests::queries::{
    ANSWER_LEN, Answer, BAD, FOUND, P0fClient, QUERY_LEN, UNKNOWN, exchange, get, number, query,
    text,
};
use stackprint_tests::say;
use stackprint_tests::worker::{Worker, free_address};

/// Two hosts, of which one is a client and one a server.
const CAPTURE: &str = "captures/recorded/default.pcap";
const CLIENT: &str = "192.0.2.10";
const LIMIT: Duration = Duration::from_secs(30);
/// Where an answer's texts begin.
const OS_NAME: usize = 40;
const LINK: usize = 168;

/// `stackprint read`, which has read a capture and answers queries.
struct Served {
    worker: Worker,
    http: String,
    socket: PathBuf,
}

fn file(name: &str) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("stackprint-queries-{}-{number}-{name}", std::process::id()))
}

impl Served {
    fn start(args: &[&str]) -> Served {
        let (http, socket) = (free_address(), file("p0f.sock"));
        let path = socket.to_str().expect("a path");
        let all = ["read", CAPTURE, "-o", "/dev/null", "--http", &http, "--p0f-socket", path];
        let worker = Worker::start(&[&all[..], args].concat());
        worker.wait_until_said("answering queries");
        Served { worker, http, socket }
    }

    fn p0f(&self) -> P0fClient {
        P0fClient::connect(&self.socket).expect("a connection")
    }

    fn get(&self, path: &str) -> Answer {
        get(&self.http, path).expect(path)
    }

    /// SIGTERM after the end of the input is a good end.
    fn finish(self) {
        let ended = self.worker.terminate(LIMIT);
        assert_eq!(ended.status, Some(0), "{}", ended.stderr);
        assert!(!self.socket.exists(), "the socket's file stays");
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn status(answer: &[u8; ANSWER_LEN]) -> u32 {
    assert_eq!(number(answer, 0), 0x5030_4602);
    number(answer, 4)
}

/// What the dashboard shows of hosts is what `/hosts` says of them.
#[test]
fn the_dashboard_shows_members_of_hosts() {
    let text = fs::read_to_string("../examples/grafana-hosts.json").expect("the dashboard");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    let target = &dashboard["panels"][0]["targets"][0];
    let url = target["url"].as_str().expect("an address");
    let path = url.strip_prefix("${address}").expect("a path");
    let served = Served::start(&[]);
    let answer = served.get(path);
    assert_eq!(answer.status, 200, "{}", answer.head);
    let hosts: Vec<Value> = serde_json::from_str(&answer.body).expect("a list of hosts");
    let columns = target["columns"].as_array().expect("columns");
    assert!(!hosts.is_empty() && columns.len() > 5, "{}", answer.body);
    for column in columns {
        let selector = column["selector"].as_str().expect("a selector");
        let has = |host: &Value| {
            let pointer = format!("/{}", selector.replace('.', "/"));
            let (parent, _) = pointer.rsplit_once('/').expect("a member");
            // Null where nothing is known, the object around it as well.
            host.pointer(&pointer).is_some() || host.pointer(parent).is_some_and(Value::is_null)
        };
        assert!(hosts.iter().all(has), "{selector}: {}", answer.body);
    }
    let selectors = |name: &str| columns.iter().any(|column| column["selector"] == name);
    assert!(hosts.iter().any(|host| host["os"]["label"].is_string()) && selectors("os.label"));
    served.finish();
}

#[test]
fn hosts_are_told_as_json() {
    let served = Served::start(&[]);
    let host = served.get(&format!("/hosts/{CLIENT}"));
    assert_eq!(host.status, 200);
    assert!(host.head.contains("content-type: application/json"), "{}", host.head);
    let told: Value = serde_json::from_str(&host.body).expect(&host.body);
    assert_eq!(told["ip"], CLIENT);
    assert_eq!(told["os"]["name"], "Linux");
    assert_eq!(told["mtu"]["value"], 1500);
    // The same host, as a dual-stack server sees it, and as some clients write it.
    assert_eq!(served.get(&format!("/hosts/::ffff:{CLIENT}")).body, host.body);
    assert_eq!(served.get(&format!("/hosts/%3A%3affff%3A{CLIENT}")).body, host.body);
    for (path, status) in [
        ("/hosts/192.0.2.222", 404),
        ("/hosts/2001:db8::222", 404),
        ("/hosts/nobody", 400),
        ("/hosts/192.0.2.10/more", 400),
        ("/hosts?limit=0", 400),
        ("/hosts?limit=10001", 400),
        ("/hosts?limit=x", 400),
        ("/hosts?order=1", 400),
        ("/", 404),
    ] {
        assert_eq!(served.get(path).status, status, "{path}");
    }
    let list = |path: &str| -> Vec<Value> {
        let list = served.get(path);
        assert_eq!(list.status, 200, "{path}");
        serde_json::from_str(&list.body).expect(&list.body)
    };
    assert_eq!(list("/hosts").len(), 2);
    assert_eq!(list("/hosts?").len(), 2);
    assert_eq!(list("/hosts?limit=1").len(), 1);
    assert!(list("/hosts").contains(&told));
    let page = served.get("/metrics").body;
    for line in ["packets_total 10", "query_hosts 2", "queries_total{result=\"unknown\"} 2"] {
        let (name, _) = line.split_once(' ').unwrap();
        assert!(page.contains(&format!("\nstackprint_{name} ")), "{name}: {page}");
    }
    served.finish();
}

#[test]
fn http_is_spoken_as_clients_expect() {
    let served = Served::start(&[]);
    let head = exchange(&served.http, "HEAD /healthz HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert!(head.head.contains("content-length: 6"), "{}", head.head);
    let post = exchange(&served.http, "POST /metrics HTTP/1.0\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(post.unwrap().status, 405);
    for junk in ["\r\n\r\n\0\x01\x02", "GET / HTTP/9.9\r\n\r\n", "not HTTP at all\r\n\r\n"] {
        // Refused with a status, or not worth one; and closed.
        if let Ok(answer) = exchange(&served.http, junk) {
            assert_eq!(answer.status, 400, "{junk:?}");
        }
    }
    let long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(1 << 20));
    if let Ok(answer) = exchange(&served.http, &long) {
        assert_eq!(answer.status, 431);
    }
    // Several requests on one connection, the last of which ends it.
    let stream = TcpStream::connect(&served.http).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for path in ["/healthz", "/hosts/192.0.2.10", "/readyz"] {
        write!(&stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut length = 0;
        loop {
            let mut line = String::new();
            answers.read_line(&mut line).unwrap();
            if let Some(number) = line.strip_prefix("content-length: ") {
                length = number.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        answers.read_exact(&mut body).unwrap();
        assert!(body.len() > 5, "{path}");
    }
    write!(&stream, "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
    let mut last = String::new();
    answers.read_to_string(&mut last).unwrap();
    assert!(last.ends_with("\r\n\r\nalive\n"), "{last}");
    served.finish();
}

/// Addresses that others reach are served with a token alone.
#[test]
fn a_token_guards_what_others_reach() {
    let open = command(&["read", CAPTURE, "--http", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(open.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&open.stderr).contains("--http-token-file"));
    let token = file("token");
    let path = token.to_str().expect("a path");
    for bad in ["", "short", "with a blank in its middle"] {
        fs::write(&token, bad).unwrap();
        let args = ["read", CAPTURE, "--http", "127.0.0.1:0", "--http-token-file", path];
        assert_eq!(command(&args).output().unwrap().status.code(), Some(1), "{bad}");
    }
    fs::write(&token, "0123456789abcdef-of-a-test\n").unwrap();
    let served = Served::start(&["--http-token-file", path]);
    let ask = |path: &str, header: &str| {
        let request = format!("GET {path} HTTP/1.0\r\n{header}\r\n");
        exchange(&served.http, &request).expect(path).status
    };
    let good = "Authorization: Bearer 0123456789abcdef-of-a-test\r\n";
    for path in ["/hosts", "/hosts/192.0.2.10", "/metrics", "/"] {
        assert_eq!(ask(path, ""), 401, "{path}");
        assert_eq!(ask(path, "Authorization: Bearer 0123456789abcdef-of-a-tesT\r\n"), 401);
        assert_ne!(ask(path, good), 401, "{path}");
    }
    assert_eq!(ask("/healthz", ""), 200);
    assert_eq!(ask("/readyz", ""), 200);
    served.finish();
    fs::remove_file(token).unwrap();
}

/// How many of 20 requests for /healthz were answered within 100 ms. The machine may be busy with
/// other tests: half of them have to be.
fn quick_answers(address: &str) -> usize {
    let within = |_: &usize| {
        let began = Instant::now();
        assert_eq!(get(address, "/healthz").expect("health").status, 200);
        began.elapsed() <= Duration::from_millis(100)
    };
    (0..20).filter(within).count()
}

/// One client that sent nothing kept the server of old away for two seconds, fifty for good.
#[test]
fn health_does_not_wait_for_silent_and_dripping_clients() {
    let served = Served::start(&[]);
    allow_open_files();
    let connect = |_| TcpStream::connect(&served.http).expect("a connection");
    let _silent: Vec<TcpStream> = (0..500).map(connect).collect();
    let mut dripping: Vec<TcpStream> = (0..500).map(connect).collect();
    for letter in b"GET /he" {
        for stream in &mut dripping {
            stream.write_all(&[*letter]).expect("it listens");
        }
    }
    let quick = quick_answers(&served.http);
    say(&format!("health beside 500 silent and 500 dripping clients: {quick} of 20 in 100 ms"));
    assert!(quick >= 10, "{quick}");
    // More than there is room for: those that have not asked go first.
    let _more: Vec<TcpStream> = (0..600).map(connect).collect();
    assert!(quick_answers(&served.http) >= 10);
    let page = served.get("/metrics").body;
    let closed = page.lines().find_map(|line| {
        line.strip_prefix("stackprint_query_clients_closed_total{service=\"http\"} ")
    });
    assert!(closed.expect("a count").parse::<u32>().unwrap() > 500, "{closed:?}");
    served.finish();
}

#[test]
fn the_socket_speaks_p0fs_api() {
    let served = Served::start(&[]);
    let mode = fs::metadata(&served.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o666);
    let mut client = served.p0f();
    let answer = client.ask(ip(CLIENT)).unwrap();
    assert_eq!(status(&answer), FOUND);
    assert_eq!(number(&answer, 16), 1, "connections");
    assert_eq!(
        (text(&answer, OS_NAME), text(&answer, LINK)),
        ("Linux".into(), "Ethernet or modem".into())
    );
    // On the same connection: unknown, mapped, and in pieces.
    assert_eq!(status(&client.ask(ip("192.0.2.222")).unwrap()), UNKNOWN);
    assert_eq!(client.ask(ip(&format!("::ffff:{CLIENT}"))).unwrap(), answer);
    for byte in query(ip(CLIENT)) {
        client.0.write_all(&[byte]).unwrap();
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(client.answer().unwrap(), answer);
    // Many at once, with a half one at the end.
    let many = query(ip(CLIENT)).repeat(1000);
    client.0.write_all(&many).unwrap();
    client.0.write_all(&many[..10]).unwrap();
    for _ in 0..1000 {
        assert_eq!(client.answer().unwrap(), answer);
    }
    client.0.write_all(&many[10..QUERY_LEN]).unwrap();
    assert_eq!(client.answer().unwrap(), answer);
    // Bad ones are told so, and do not end the connection.
    let mut wrong_magic = query(ip(CLIENT));
    wrong_magic[0] ^= 1;
    let mut wrong_kind = query(ip(CLIENT));
    wrong_kind[4] = 5;
    for bad in [wrong_magic, wrong_kind, [0; QUERY_LEN], [0xff; QUERY_LEN]] {
        client.0.write_all(&bad).unwrap();
        let answer = client.answer().unwrap();
        assert_eq!(status(&answer), BAD);
        assert!(answer[8..].iter().all(|&byte| byte == 0));
    }
    assert_eq!(client.ask(ip(CLIENT)).unwrap(), answer);
    served.finish();
}

/// p0f's mode whatever the umask; and p0f's rule of what may be replaced.
#[test]
fn the_sockets_file_is_as_p0f_makes_it() {
    let socket = file("umask.sock");
    let path = socket.to_str().expect("a path");
    // Of a program that was killed.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let program = stackprint_tests::program::program();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "umask 0077; exec \"$@\"", "sh"]).arg(program);
    shell.args(["read", CAPTURE, "-o", "/dev/null", "--p0f-socket", path]);
    shell.current_dir(env!("CARGO_MANIFEST_DIR"));
    let worker = Worker::run(&mut shell);
    worker.wait_until_said("answering queries");
    let found = fs::symlink_metadata(&socket).unwrap();
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o666);
    let mut client = P0fClient::connect(&socket).unwrap();
    assert_eq!(status(&client.ask(ip(CLIENT)).unwrap()), FOUND);
    assert_eq!(worker.terminate(LIMIT).status, Some(0));
    // Anything else stays.
    fs::write(&socket, "precious").unwrap();
    fs::set_permissions(&socket, Permissions::from_mode(0o600)).unwrap();
    let refused = command(&["read", CAPTURE, "--p0f-socket", path]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not a socket"));
    assert_eq!(fs::read_to_string(&socket).unwrap(), "precious");
    fs::remove_file(&socket).unwrap();
}

/// As many clients as there may be, all of which have asked: one more waits for a place. Clients
/// that have not asked give theirs.
#[test]
fn one_client_too_many_waits() {
    let served = Served::start(&["--p0f-clients", "2"]);
    let mut clients = [served.p0f(), served.p0f()];
    for client in &mut clients {
        assert_eq!(status(&client.ask(ip(CLIENT)).unwrap()), FOUND);
    }
    let mut third = served.p0f();
    third.0.write_all(&query(ip(CLIENT))).unwrap();
    third.0.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(third.answer().is_err(), "it is not served");
    let [first, mut second] = clients;
    drop(first);
    third.0.set_read_timeout(Some(LIMIT)).unwrap();
    assert_eq!(status(&third.answer().unwrap()), FOUND);
    assert_eq!(status(&second.ask(ip(CLIENT)).unwrap()), FOUND);
    drop(third);
    // Silent ones and half queries: each gives its place to the next.
    let half = |_| {
        let client = served.p0f();
        let _ = (&client.0).write_all(&query(ip(CLIENT))[..7]);
        client
    };
    let _silent: Vec<P0fClient> = (0..50).map(half).collect();
    assert_eq!(status(&served.p0f().ask(ip(CLIENT)).unwrap()), FOUND);
    assert_eq!(status(&second.ask(ip(CLIENT)).unwrap()), FOUND);
    served.finish();
}

#[test]
fn a_thousand_clients_are_answered() {
    const CLIENTS: usize = 1000;
    const QUERIES: usize = 20;
    let served = Served::start(&[]);
    allow_open_files();
    let mut clients: Vec<P0fClient> = (0..CLIENTS).map(|_| served.p0f()).collect();
    let expected = clients[0].ask(ip(CLIENT)).unwrap();
    let began = Instant::now();
    for _ in 0..QUERIES {
        for client in &mut clients {
            client.0.write_all(&query(ip(CLIENT))).unwrap();
        }
        for client in &mut clients {
            assert_eq!(client.answer().unwrap(), expected);
        }
    }
    let rate = (CLIENTS * QUERIES) as f64 / began.elapsed().as_secs_f64();
    say(&format!("{CLIENTS} clients: {rate:.0} queries a second"));
    served.finish();
}

/// Clients that ask and ask and never read are answered no more than their sockets hold; others do
/// not wait for them, and the program does not grow.
#[test]
fn clients_that_never_read_wait_alone() {
    let served = Served::start(&[]);
    let resident = || {
        let page = served.get("/metrics").body;
        let line = page.lines().find_map(|it| it.strip_prefix("process_resident_memory_bytes "));
        line.expect("a size").parse::<f64>().unwrap()
    };
    let before = resident();
    let flood = query(ip(CLIENT)).repeat(5000);
    let greedy: Vec<UnixStream> = (0..100)
        .map(|_| {
            let mut client = served.p0f().0;
            client.set_nonblocking(true).unwrap();
            // Until nothing more goes.
            while client.write(&flood).is_ok() {}
            client
        })
        .collect();
    let lists: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut client = TcpStream::connect(&served.http).unwrap();
            client.set_nonblocking(true).unwrap();
            let flood = "GET /hosts?limit=10000 HTTP/1.1\r\n\r\n".repeat(1000);
            for _ in 0..100 {
                let _ = client.write(flood.as_bytes());
            }
            client
        })
        .collect();
    let mut client = served.p0f();
    for _ in 0..20 {
        assert_eq!(status(&client.ask(ip(CLIENT)).unwrap()), FOUND);
    }
    let quick = quick_answers(&served.http);
    assert!(quick >= 10, "{quick} of 20 in 100 ms");
    let grown = (resident() - before) / f64::from(1 << 20);
    say(&format!("200 clients that never read: {grown:.1} MiB more"));
    assert!(grown < 64.0, "{grown} MiB");
    drop((greedy, lists));
    served.finish();
}

/// A socket and a port that are in use, a directory that is not there: exit status 1, and why.
#[test]
fn what_cannot_be_opened_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().map(|it| (taken, it.to_string())).unwrap();
    for (args, said) in [
        (["--http", taken.1.as_str()], taken.1.as_str()),
        (["--metrics", taken.1.as_str()], taken.1.as_str()),
        (["--http", "no such place"], "no such place"),
        (["--p0f-socket", "/nonexistent/p0f.sock"], "/nonexistent/p0f.sock"),
    ] {
        let ran = command(&[&["read", CAPTURE], &args[..]].concat()).output().unwrap();
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{args:?}: {stderr}");
        assert!(stderr.contains(said), "{args:?}: {stderr}");
    }
}

/// This process has one end of each connection, of all tests that run at once.
fn allow_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let count = 8192;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < count) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(count), ..limit }).expect("a limit");
    }
}
