//! A database that is exchanged while work goes on: hosts stay what they are, and a bad file is
//! refused.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};

use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use stackprint::{Analyzer, ChangeReasons, Compat, Database, Frame, LinkType, Record, Timestamp};
use stackprint_tests::frames::FrameBuilder;
use stackprint_tests::one_host::{database, syn, write_unnoticed};
use stackprint_tests::p0f;
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::program::command;

fn parse(text: &str) -> Arc<Database> {
    Arc::new(Database::parse(text).expect("a database"))
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
            let change = record.fingerprint.expect("a fingerprint").change;
            assert!(change.is_none(), "round {round}: {change:?}");
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
        self.message()
    }

    fn message(&mut self) -> String {
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
    let write = |text: &str| write_unnoticed(&file, text);
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
    write("; no signature\n");
    let message = reader.hang_up();
    assert!(message.contains("no signature of SYNs or SYN+ACKs in it"), "{message}");
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
fn the_program_reads_its_database_once_it_has_changed() {
    let file = p0f::temporary("changed.fp");
    let path = file.to_str().expect("a path");
    fs::write(&file, database("s:unix:Linux:old")).expect("a temporary file");
    let mut reader = Reader::start(path);
    assert_eq!(reader.send()["os"]["flavor"], "old");
    fs::write(&file, database("s:unix:Linux:newer")).expect("a temporary file");
    let message = reader.message();
    assert_eq!(message, format!("stackprint: {path}: read again after a change, signatures: 1\n"));
    assert_eq!(reader.send()["os"]["flavor"], "newer");
    // What editors do: another file in its place.
    let other = p0f::temporary("changed-other.fp");
    fs::write(&other, "no database").expect("a temporary file");
    fs::rename(&other, &file).expect("it is replaced");
    let message = reader.message();
    assert!(message.ends_with("the database that was read before stays in use\n"), "{message}");
    assert_eq!(reader.send()["os"]["flavor"], "newer");
    drop(reader.stdin.take());
    assert!(reader.child.wait().expect("it ends").success());
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
