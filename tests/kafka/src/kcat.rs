//! kcat, a client that is not ours.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use crate::broker::Broker;

/// Reads a topic from its beginning to its end, as `read_committed` sees it, once no transaction is
/// open on it any more; a line a message, as the format says (`kcat -h`).
pub fn each_line(broker: &Broker, topic: &str, format: &str, mut line: impl FnMut(&str)) {
    broker.wait_for_transactions(topic);
    let mut child = consumer(broker, topic, "read_committed", format);
    let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    for read in stdout.lines() {
        line(&read.expect("UTF-8"));
    }
    assert!(child.wait().expect("kcat ends").success(), "kcat fails on {topic}");
}

/// The values of a topic, which have to be lines.
#[must_use]
pub fn values(broker: &Broker, topic: &str) -> Vec<String> {
    let mut values = Vec::new();
    each_line(broker, topic, "%s\n", |line| values.push(line.to_owned()));
    values
}

/// The offsets of a partition's messages.
#[must_use]
pub fn of_partition(broker: &Broker, topic: &str, partition: u32) -> Vec<String> {
    let mut command = Command::new("kcat");
    command.args(["-C", "-b", &broker.address(), "-t", topic, "-p", &partition.to_string()]);
    command.args(["-o", "beginning", "-e", "-q", "-f", "%o\n"]);
    let output = command.output().expect("kcat");
    assert!(output.status.success(), "kcat fails on {topic}");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// How many messages a topic holds, those of aborted transactions with them.
#[must_use]
pub fn count_uncommitted(broker: &Broker, topic: &str) -> usize {
    let mut child = consumer(broker, topic, "read_uncommitted", "%o\n");
    let count = BufReader::new(child.stdout.take().expect("a pipe")).lines().count();
    assert!(child.wait().expect("kcat ends").success(), "kcat fails on {topic}");
    count
}

fn consumer(broker: &Broker, topic: &str, isolation: &str, format: &str) -> Child {
    let isolation = format!("isolation.level={isolation}");
    let mut command = Command::new("kcat");
    command.args(["-C", "-b", &broker.address(), "-t", topic, "-o", "beginning", "-e", "-q"]);
    command.args(["-X", &isolation, "-f", format]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("kcat starts")
}

/// A message as read back whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    /// `name=value,…`
    pub headers: String,
}

impl Message {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.headers.split(',').filter_map(|pair| pair.split_once('='));
        pairs.find(|(at, _)| *at == name).map(|(_, value)| value)
    }
}

/// The messages of a topic, octet by octet. Headers are cut at commas: only for headers without.
#[must_use]
pub fn messages(broker: &Broker, topic: &str) -> Vec<Message> {
    broker.wait_for_transactions(topic);
    // Lengths first; -1 is none.
    let child = consumer(broker, topic, "read_committed", "%K\n%S\n%h\n%k%s");
    let output = child.wait_with_output().expect("kcat ends");
    assert!(output.status.success(), "kcat fails on {topic}");
    let mut rest = output.stdout.as_slice();
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let key_len: i64 = number(line(&mut rest));
        let value_len: i64 = number(line(&mut rest));
        let headers = String::from_utf8_lossy(line(&mut rest)).into_owned();
        let key = octets(&mut rest, key_len);
        let value = octets(&mut rest, value_len);
        messages.push(Message { key, value, headers });
    }
    messages
}

fn line<'o>(rest: &mut &'o [u8]) -> &'o [u8] {
    let end = rest.iter().position(|&octet| octet == b'\n').expect("a line");
    let (line, after) = rest.split_at(end);
    *rest = &after[1..];
    line
}

fn number(line: &[u8]) -> i64 {
    str::from_utf8(line).expect("digits").parse().expect("a number")
}

fn octets(rest: &mut &[u8], len: i64) -> Option<Vec<u8>> {
    let (octets, after) = rest.split_at(usize::try_from(len).ok()?);
    *rest = after;
    Some(octets.to_vec())
}

/// Between key and value, and behind the value: nothing that a frame holds.
const KEY_END: &str = "<kcat key ends>";
const VALUE_END: &str = "<kcat value ends>";

/// Produces messages with a key each to one partition, through kcat's standard input.
pub fn produce(broker: &Broker, topic: &str, more: &[&str], messages: &[(Vec<u8>, Vec<u8>)]) {
    let mut command = Command::new("kcat");
    command.args(["-P", "-b", &broker.address(), "-t", topic, "-p", "0"]);
    command.args(["-K", KEY_END, "-D", VALUE_END]).args(more).stdin(Stdio::piped());
    let mut child = command.spawn().expect("kcat starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    for (key, value) in messages {
        for part in [key, KEY_END.as_bytes(), value, VALUE_END.as_bytes()] {
            stdin.write_all(part).expect("kcat reads");
        }
    }
    drop(stdin);
    assert!(child.wait().expect("kcat ends").success(), "kcat fails on {topic}");
}

/// Produces a message without a key of each file.
pub fn produce_files(broker: &Broker, topic: &str, more: &[&str], files: &[&str]) {
    let mut command = Command::new("kcat");
    command.args(["-P", "-b", &broker.address(), "-t", topic, "-p", "0"]).args(more).args(files);
    assert!(command.status().expect("kcat starts").success(), "kcat fails on {topic}");
}
