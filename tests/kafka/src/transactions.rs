//! Transactions as brokers see them, by requests that no client library sends on its own: what a broker
//! knows of a producer, and requests of that producer that come late.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::broker::Broker;

const ADD_OFFSETS_TO_TXN: i16 = 25;
const TXN_OFFSET_COMMIT: i16 = 28;
const DESCRIBE_TRANSACTIONS: i16 = 65;

/// What a broker knows of a transactional id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// "Ongoing", "CompleteAbort" and others.
    pub state: String,
    pub producer_id: i64,
    pub epoch: i16,
}

/// Asks a broker for the transaction of a producer (DescribeTransactions, version 0).
///
/// # Panics
///
/// Where it does not tell.
#[must_use]
pub fn describe(broker: &Broker, transactional_id: &str) -> Transaction {
    // Flexible: lengths are one more, as variable-length numbers, and tagged fields (none) follow.
    let mut body = vec![0, 2];
    body.push(u8::try_from(transactional_id.len() + 1).expect("a short name"));
    body.extend(transactional_id.as_bytes());
    body.push(0);
    let answer = ask(broker, DESCRIBE_TRANSACTIONS, &body);
    // Tags of the header, throttle time, length of the list.
    let mut rest = Cursor(&answer[1 + 4 + 1..]);
    assert_eq!(rest.number::<2>(), 0, "error code for {transactional_id}");
    assert_eq!(rest.short_text(), transactional_id);
    let state = rest.short_text();
    let _timeout_ms = rest.number::<4>();
    let _start_ms = rest.number::<8>();
    let producer_id = rest.number::<8>();
    let epoch = i16::try_from(rest.number::<2>()).expect("16 bits");
    Transaction { state, producer_id, epoch }
}

/// Sends the two requests of `send_offsets_to_transaction` in the name of a producer, as if they had lain
/// in a socket while the producer's own transaction ended: they open another one, and leave it open.
///
/// # Panics
///
/// Where the broker refuses them.
pub fn send_offsets_late(
    broker: &Broker,
    transactional_id: &str,
    group: &str,
    (topic, partition): (&str, i32),
) {
    let Transaction { producer_id, epoch, .. } = describe(broker, transactional_id);
    let producer = [&producer_id.to_be_bytes()[..], &epoch.to_be_bytes()].concat();
    let add = [&text(transactional_id)[..], &producer, &text(group)].concat();
    let answer = ask(broker, ADD_OFFSETS_TO_TXN, &add);
    assert_eq!(answer[4..], [0, 0], "AddOffsetsToTxn of {transactional_id}");

    let mut commit = [&text(transactional_id)[..], &text(group), &producer].concat();
    commit.extend(1_i32.to_be_bytes());
    commit.extend(text(topic));
    commit.extend(1_i32.to_be_bytes());
    commit.extend(partition.to_be_bytes());
    commit.extend(0_i64.to_be_bytes());
    commit.extend((-1_i16).to_be_bytes()); // No metadata.
    let answer = ask(broker, TXN_OFFSET_COMMIT, &commit);
    assert_eq!(answer[answer.len() - 2..], [0, 0], "TxnOffsetCommit of {transactional_id}");
}

fn text(text: &str) -> Vec<u8> {
    let length = i16::try_from(text.len()).expect("a short name");
    [&length.to_be_bytes()[..], text.as_bytes()].concat()
}

/// Sends a request of version 0, and returns what follows the correlation id of its answer.
fn ask(broker: &Broker, api: i16, body: &[u8]) -> Vec<u8> {
    let mut request = [&api.to_be_bytes()[..], &[0, 0], &[0, 0, 0, 7], &text("tests")].concat();
    request.extend(body);
    let length = i32::try_from(request.len()).expect("a short request");
    let mut connection = TcpStream::connect(broker.address()).expect("a connection");
    connection.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    connection.write_all(&length.to_be_bytes()).expect("sent");
    connection.write_all(&request).expect("sent");
    let mut length = [0; 4];
    connection.read_exact(&mut length).expect("an answer");
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    connection.read_exact(&mut answer).expect("an answer");
    answer.split_off(4)
}

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn number<const N: usize>(&mut self) -> i64 {
        let (number, rest) = self.0.split_first_chunk::<N>().expect("a number");
        self.0 = rest;
        number.iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte))
    }

    /// A text of fewer than 127 bytes.
    fn short_text(&mut self) -> String {
        let (length, rest) = self.0.split_first().expect("a length");
        let (text, rest) = rest.split_at(usize::from(*length) - 1);
        self.0 = rest;
        String::from_utf8(text.to_vec()).expect("UTF-8")
    }
}
