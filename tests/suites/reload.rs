//! A database that is exchanged while work goes on: hosts stay what they are, and a bad file is
//! refused.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use stackprint::{Analyzer, ChangeReasons, Compat, Database, Frame, LinkType, Record, Timestamp};
use stackprint_tests::broker::{Broker, eventually};
use stackprint_tests::frames::FrameBuilder;
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::program::command;
use stackprint_tests::worker::Worker;
use stackprint_tests::{load, p0f};

const LIMIT: Duration = Duration::from_secs(60);

/// A database of the kernel's SYN under this label.
fn database(label: &str) -> String {
    format!(
        "classes = unix\n[tcp:request]\nlabel = {label}\n\
         sig = *:64:0:*:mss*44,7:mss,sok,ts,nop,ws:df,id+:0\n"
    )
}

fn parse(text: &str) -> Arc<Database> {
    Arc::new(Database::parse(text).expect("a database"))
}

/// The `number`th SYN of one client, a second after the one before; its clock goes on, and so does
/// its port.
fn syn(number: u16) -> (FrameBuilder, Timestamp) {
    let client = (Ipv4Addr::new(192, 0, 2, 10), 40_000 + number);
    let mut frame = FrameBuilder::syn(client.into(), (Ipv4Addr::new(192, 0, 2, 80), 80).into());
    // The timestamp's value, behind MSS, SACK permitted, kind and length.
    let ticks = 1_000_000 + 1000 * u32::from(number);
    frame.tcp_options[8..12].copy_from_slice(&ticks.to_be_bytes());
    let seconds = 1_700_000_000 + u64::from(number);
    (frame, Timestamp::from_nanos(seconds * 1_000_000_000))
}

fn analyze<'a>(
    analyzer: &'a mut Analyzer,
    (frame, time): &(FrameBuilder, Timestamp),
) -> Record<'a> {
    let octets = frame.build();
    let frame = Frame::new(LinkType::ETHERNET, &octets).at(*time);
    analyzer.analyze(&frame).expect("a SYN").expect("a record")
}

fn label(record: &Record<'_>) -> Option<String> {
    record.fingerprint?.found.map(|found| found.label.to_string())
}

/// Unknown, known, known by other names, and unknown again: the host is the same throughout.
#[test]
fn another_name_for_a_host_is_no_change_of_it() {
    let texts = [
        database("s:unix:Other:").replace("mss*44", "1"),
        database("s:unix:Linux:"),
        database("s:unix:Penguin:new"),
        // More signatures in front: other numbers.
        database("s:unix:Zero:").replace("mss*44", "2") + &database("s:unix:Linux:")[29..],
        database("s:unix:Linux:"),
        database("s:unix:Other:").replace("mss*44", "1"),
    ];
    let mut analyzer = Analyzer::new(&parse(&texts[0]));
    let mut said = Vec::new();
    for (round, text) in texts.iter().enumerate() {
        analyzer.set_database(&parse(text));
        for number in 0..10 {
            let record = analyze(&mut analyzer, &syn(round as u16 * 10 + number));
            assert_eq!(record.fingerprint.expect("a fingerprint").change, None, "round {round}");
            // Once for each flow, from the SYN before: the clock is remembered across the exchange.
            assert_eq!(record.uptime.is_some(), (round, number) != (0, 0), "round {round}");
            said.push(label(&record));
        }
        assert_eq!(analyzer.remembered().0, 2);
    }
    said.dedup();
    let said: Vec<_> = said.iter().map(|label| label.as_deref().unwrap_or("unknown")).collect();
    assert_eq!(
        said,
        ["unknown", "s:unix:Linux:", "s:unix:Penguin:new", "s:unix:Linux:", "unknown"]
    );
}

/// What is remembered still serves: another system behind the address is seen across an exchange.
#[test]
fn a_change_of_the_host_is_seen_all_the_same() {
    let both = database("s:unix:Linux:")
        + "label = s:unix:Other:\nsig = *:64:0:*:8192,2:mss,nop,ws,nop,nop,sok:df,id+:0\n";
    let mut analyzer = Analyzer::new(&parse(&both));
    analyze(&mut analyzer, &syn(0));
    // The same labels in another order.
    let (head, labels) = both.split_at(both.find("label").expect("a label"));
    let at = labels[1..].find("label").expect("another") + 1;
    let turned = format!("{head}{}{}", &labels[at..], &labels[..at]);
    analyzer.set_database(&parse(&turned));
    let (mut other, time) = syn(1);
    other.window = 8192;
    other.tcp_options = vec![2, 4, 5, 0xb4, 1, 3, 3, 2, 1, 1, 4, 2];
    let record = analyze(&mut analyzer, &(other, time));
    let change = record.fingerprint.expect("a fingerprint").change.expect("a change");
    assert!(change.reasons.contains(ChangeReasons::SYSTEM), "{change:?}");
}

#[test]
fn other_rules_begin_anew() {
    let text = database("s:unix:Linux:");
    let mut analyzer = Analyzer::new(&parse(&text));
    analyze(&mut analyzer, &syn(0));
    let exact = Database::parse_with(&text, Compat::P0fExact).expect("a database");
    analyzer.set_database(&Arc::new(exact));
    assert_eq!(analyzer.remembered(), (0, 0));
    assert_eq!(label(&analyze(&mut analyzer, &syn(0))).as_deref(), Some("s:unix:Linux:"));
}

/// `read` on a pipe that stays open, with a database that is exchanged.
struct Reader {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<std::process::ChildStdout>,
    stderr: BufReader<std::process::ChildStderr>,
    sent: u16,
}

impl Reader {
    fn start(database: &str) -> Reader {
        let mut read = command(&["read", "-f", "ndjson", "--database", database, "-"]);
        read.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = read.spawn().expect("it starts");
        Reader {
            stdin: child.stdin.take(),
            stdout: BufReader::new(child.stdout.take().expect("a pipe")),
            stderr: BufReader::new(child.stderr.take().expect("a pipe")),
            child,
            sent: 0,
        }
    }

    /// Sends the next SYN; its record.
    fn send(&mut self) -> Value {
        let mut file = PcapFile::new(LinkType::ETHERNET);
        let header_len = file.octets().len();
        let (frame, time) = syn(self.sent);
        file.push(time, &frame.build());
        let from = if self.sent == 0 { 0 } else { header_len };
        self.sent += 1;
        let stdin = self.stdin.as_mut().expect("open");
        stdin.write_all(&file.octets()[from..]).expect("it reads");
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a record");
        serde_json::from_str(&line).expect(&line)
    }

    fn hang_up(&mut self) -> String {
        self.signal("HUP");
        let mut message = String::new();
        self.stderr.read_line(&mut message).expect("a message");
        message
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let kill = Command::new("kill").args(["-s", name, &id]).status().expect("kill");
        assert!(kill.success());
    }
}

#[test]
fn the_program_reads_its_database_again() {
    let file = p0f::temporary("reload.fp");
    let path = file.to_str().expect("a path");
    let write = |text: &str| fs::write(&file, text).expect("a temporary file");
    write(&database("s:unix:Linux:old"));
    let mut reader = Reader::start(path);
    assert_eq!(reader.send()["os"]["flavor"], "old");

    write(&database("s:unix:Linux:new"));
    assert_eq!(reader.send()["os"]["flavor"], "old", "not before it is told to");
    let message = reader.hang_up();
    assert_eq!(message, format!("stackprint: {path}: read again on SIGHUP, signatures: 1\n"));
    let record = reader.send();
    assert_eq!(record["os"]["flavor"], "new");
    assert!(!record["uptime"].is_null() && record["change"].is_null(), "{record}");

    write("classes = unix\n[tcp:request]\nlabel = s:unix:Linux:broken\nsig = *:64\n");
    let message = reader.hang_up();
    assert!(message.starts_with(&format!("stackprint: {path}:4:11: expected")), "{message}");
    assert!(message.ends_with("the database that was read before stays in use\n"), "{message}");
    assert_eq!(reader.send()["os"]["flavor"], "new");
    fs::remove_file(&file).expect("removed");
    assert!(reader.hang_up().contains("No such file"));
    assert_eq!(reader.send()["os"]["flavor"], "new");

    // A signal still ends the wait for more.
    reader.signal("TERM");
    assert_eq!(reader.child.wait().expect("it ends").code(), Some(143));
}

#[test]
fn the_built_in_database_has_nothing_to_read_again() {
    let mut read = command(&["read", "-"]);
    read.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = read.spawn().expect("it starts");
    let stdin = child.stdin.take();
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    // It listens once it has said anything; before, the signal would end it.
    std::thread::sleep(Duration::from_millis(500));
    let kill = ["-s", "HUP", &child.id().to_string()];
    assert!(Command::new("kill").args(kill).status().expect("kill").success());
    let mut message = String::new();
    stderr.read_line(&mut message).expect("a message");
    assert!(message.contains("the built-in database is in use"), "{message}");
    drop(stdin);
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).expect("messages");
    assert!(child.wait().expect("it ends").success() || rest.contains("empty"), "{rest}");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Waits until the page of metrics has this line.
fn wait_for_metric(address: &str, line: &str) {
    let page = || {
        let mut stream = TcpStream::connect(address).ok()?;
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").ok()?;
        let mut page = String::new();
        stream.read_to_string(&mut page).ok()?;
        page.lines().any(|it| it == line).then_some(())
    };
    eventually(line, LIMIT, || page().is_some());
}

#[test]
fn a_worker_reads_its_database_again_and_counts() {
    let Some(broker) = Broker::shared() else { return };
    broker.create_topics(&[("reload", 1), ("reload-records", 1)]);
    let file = p0f::temporary("worker.fp");
    let path = file.to_str().expect("a path");
    fs::write(&file, database("s:unix:Linux:old")).expect("a temporary file");
    let address = broker.address();
    let metrics = format!("127.0.0.1:{}", free_port());
    let mut args = vec!["kafka", "--brokers", &address, "--from", "reload", "--to"];
    args.extend(["reload-records", "--group", "reload", "--packet-format", "raw"]);
    args.extend(["--batch-ms", "100", "--database", path, "--metrics", &metrics]);
    let worker = Worker::start(&args);
    let producer = load::producer(&broker);
    let send = |number: u16| {
        let (frame, time) = syn(number);
        let micros = (time.as_nanos() / 1000).to_be_bytes();
        load::send(&producer, "reload", Some(0), &micros, &frame.build());
        load::flush(&producer);
        load::wait_until_read(&broker, "reload", "reload", 1, LIMIT);
    };
    send(0);
    let reload = |text: &str, counted: &str| {
        fs::write(&file, text).expect("a temporary file");
        worker.signal("HUP");
        wait_for_metric(&metrics, counted);
    };
    reload(&database("s:unix:Linux:new"), "stackprint_database_reloads_total{result=\"read\"} 1");
    send(1);
    reload("what", "stackprint_database_reloads_total{result=\"refused\"} 1");
    send(2);
    let ended = worker.terminate(LIMIT);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("stays in use"), "{}", ended.stderr);
    let records = stackprint_tests::kcat::values(&broker, "reload-records");
    let records = records.iter().map(|line| serde_json::from_str::<Value>(line).expect(line));
    let said: Vec<_> = records
        .map(|it| {
            assert!(it["change"].is_null(), "{it}");
            it["os"]["flavor"].as_str().expect("a label").to_owned()
        })
        .collect();
    assert_eq!(said, ["old", "new", "new"]);
}
