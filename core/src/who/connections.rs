//! Connections: what several records say of one, in a row when it has ended.

use std::borrow::Cow;
use std::collections::HashMap;

use super::connection_row::{
    CONNECTION_SCHEMA, ConnectionHttpRow, ConnectionRow, ConnectionTlsRow, StackRow,
};
use super::lru::Lru;
use crate::endpoint::Endpoint;
use crate::frame::Timestamp;
use crate::record::{
    ChangeRow, HttpRow, MtuRow, OsRow, QuicRow, Record, RecordKind, RecordRow, TlsRow, UptimeRow,
};

/// The connections of all records that were taken, until they have ended.
///
/// Records do not tell the end of a connection, so it has ended when no record has come of it for
/// [`IDLE_SECONDS`](Connections::IDLE_SECONDS), or when its client opens another one from the same
/// port.
///
/// An example is at [`ConnectionRow`].
#[derive(Debug)]
pub struct Connections {
    memory_limit: usize,
    index: HashMap<Key, u32>,
    connections: Lru<Connection>,
    /// Of what connections hold besides their places.
    heap_bytes: usize,
    now: Timestamp,
    evicted: u64,
}

/// Client and server, as in the analyzer's flows: each direction of a GTP session has a tunnel of
/// its own. The same ports of UDP are another connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    client: Endpoint,
    server: Endpoint,
    protocol: u8,
}

impl Key {
    fn of(record: &Record<'_>) -> Key {
        Key { client: record.client, server: record.server, protocol: record.ip_protocol() }
    }
}

/// What is known of a connection.
#[derive(Debug)]
struct Connection {
    key: Key,
    /// Where its first record came from.
    place: u64,
    first: Timestamp,
    last: Timestamp,
    path: Vec<Cow<'static, str>>,
    /// Of client and server.
    stacks: [Option<Box<StackRow<'static>>>; 2],
    hellos: [Option<Box<TlsRow<'static>>>; 2],
    /// The first request and the first response.
    heads: [Option<Box<HttpRow<'static>>>; 2],
    quic: Option<Box<QuicRow<'static>>>,
    heap_bytes: usize,
}

/// Of a connection, besides what it holds: its place, its entry in the index.
const CONNECTION_BYTES: usize = Lru::<Connection>::VALUE_BYTES + 2 * size_of::<(Key, u32)>();
/// Texts of a stack or a hello, on average: a label, a signature, fingerprints, names.
const TEXT_BYTES: usize = 320;

impl Connections {
    /// A connection of which no record has come for so long has ended.
    pub const IDLE_SECONDS: u32 = 30;

    /// Without connections; they may take so many bytes of memory together.
    #[must_use]
    pub fn new(memory_limit: usize) -> Connections {
        Connections {
            memory_limit,
            index: HashMap::new(),
            connections: Lru::default(),
            heap_bytes: 0,
            now: Timestamp::EPOCH,
            evicted: 0,
        }
    }

    /// Takes what a record says of its connection, and gives the rows of those that have ended.
    pub fn take(&mut self, record: &Record<'_>, rows: &mut impl FnMut(ConnectionRow<'_>)) {
        self.take_at(record, 0, rows);
    }

    /// As [`take`](Connections::take), of a record that comes from this place of its input:
    /// [`first_place`](Connections::first_place) tells from where the open connections can be read
    /// again.
    pub fn take_at(
        &mut self,
        record: &Record<'_>,
        place: u64,
        rows: &mut impl FnMut(ConnectionRow<'_>),
    ) {
        self.advance(record.time, rows);
        let key = Key::of(record);
        let mut number = self.index.get(&key).copied();
        if let Some(old) = number.filter(|it| self.is_other(*it, record)) {
            self.end(old, true, rows);
            number = None;
        }
        let number = number.unwrap_or_else(|| self.add(key, record.time, place, rows));
        let row = record.row();
        if let Some(connection) = self.connections.get_mut(number) {
            let before = connection.heap_bytes;
            connection.see(record, row);
            self.heap_bytes += connection.heap_bytes - before;
        }
        self.connections.touch(number);
    }

    /// Gives the rows of connections that have ended by this time.
    pub fn advance(&mut self, now: Timestamp, rows: &mut impl FnMut(ConnectionRow<'_>)) {
        self.now = self.now.max(now);
        let idle_nanos = u64::from(Self::IDLE_SECONDS) * 1_000_000_000;
        while let Some(oldest) = self.connections.oldest() {
            let last = self.connections.get(oldest).map_or(self.now, |it| it.last);
            if last.as_nanos().saturating_add(idle_nanos) >= self.now.as_nanos() {
                break;
            }
            self.end(oldest, true, rows);
        }
    }

    /// Gives the rows of all connections, in the order in which they were used last.
    pub fn finish(&mut self, rows: &mut impl FnMut(ConnectionRow<'_>)) {
        while let Some(oldest) = self.connections.oldest() {
            self.end(oldest, true, rows);
        }
    }

    /// Gives the rows of connections that were first seen more than so many seconds before the newest
    /// time, as incomplete: what still comes of them is another row.
    pub fn end_older(&mut self, seconds: u32, rows: &mut impl FnMut(ConnectionRow<'_>)) {
        let age_nanos = u64::from(seconds) * 1_000_000_000;
        let is_old =
            |it: &&Connection| it.first.as_nanos().saturating_add(age_nanos) < self.now.as_nanos();
        let keys: Vec<Key> = self.connections.iter().filter(is_old).map(|it| it.key).collect();
        for key in keys {
            if let Some(number) = self.index.get(&key).copied() {
                self.end(number, false, rows);
            }
        }
    }

    /// The least place from which a record of an open connection came; `None` if none is open. Takes a
    /// look at all of them.
    #[must_use]
    pub fn first_place(&self) -> Option<u64> {
        self.connections.iter().map(|it| it.place).min()
    }

    /// When the first of them ends, if nothing more comes of it; `None` if none is open.
    #[must_use]
    pub fn next_end(&self) -> Option<Timestamp> {
        let oldest = self.connections.get(self.connections.oldest()?)?;
        let idle_nanos = u64::from(Self::IDLE_SECONDS) * 1_000_000_000;
        Some(Timestamp::from_nanos(oldest.last.as_nanos().saturating_add(idle_nanos + 1)))
    }

    /// The newest time that was told.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// How many connections there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// How many were evicted because memory was full.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Memory of all connections, in bytes; of their texts an estimate.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.index.len() * CONNECTION_BYTES + self.heap_bytes
    }

    /// Whether a record is of a new connection between the same endpoints: a SYN, after more than
    /// the SYN was seen of the old one.
    fn is_other(&self, number: u32, record: &Record<'_>) -> bool {
        let Some(old) = self.connections.get(number) else { return false };
        let [_, server] = &old.stacks;
        let has_more = server.is_some()
            || old.hellos.iter().any(Option::is_some)
            || old.heads.iter().any(Option::is_some);
        record.kind == RecordKind::Syn && has_more
    }

    fn add(
        &mut self,
        key: Key,
        time: Timestamp,
        place: u64,
        rows: &mut impl FnMut(ConnectionRow<'_>),
    ) -> u32 {
        while self.memory() + CONNECTION_BYTES > self.memory_limit {
            let Some(oldest) = self.connections.oldest() else { break };
            self.evicted += 1;
            self.end(oldest, false, rows);
        }
        let number = self.connections.push(Connection::new(key, time, place));
        self.index.insert(key, number);
        number
    }

    fn end(&mut self, number: u32, is_complete: bool, rows: &mut impl FnMut(ConnectionRow<'_>)) {
        let Some(connection) = self.connections.remove(number) else { return };
        self.index.remove(&connection.key);
        self.heap_bytes -= connection.heap_bytes;
        rows(connection.into_row(is_complete));
    }
}

impl Connection {
    const fn new(key: Key, time: Timestamp, place: u64) -> Connection {
        Connection {
            key,
            place,
            first: time,
            last: time,
            path: Vec::new(),
            stacks: [None, None],
            hellos: [None, None],
            heads: [None, None],
            quic: None,
            heap_bytes: 0,
        }
    }

    /// Takes what a record says. Of several that say the same, the first counts.
    fn see(&mut self, record: &Record<'_>, row: RecordRow<'_>) {
        self.first = self.first.min(record.time);
        self.last = self.last.max(record.time);
        if self.path.is_empty() {
            self.path = row.path.into_iter().map(|it| Cow::Owned(it.into_owned())).collect();
            self.heap_bytes += self.path.capacity() * size_of::<Cow<'static, str>>();
        }
        let index = record.subject.index();
        let hello = self.hellos.get_mut(index).filter(|hello| hello.is_none());
        if let Some((hello, tls)) = hello.zip(row.tls) {
            *hello = Some(Box::new(tls.into_owned()));
            self.heap_bytes += size_of::<TlsRow<'_>>() + TEXT_BYTES;
        }
        let head = self.heads.get_mut(index).filter(|head| head.is_none());
        if let Some((head, http)) = head.zip(row.http) {
            *head = Some(Box::new(http.into_owned()));
            self.heap_bytes += size_of::<HttpRow<'_>>() + TEXT_BYTES;
        }
        if let Some(quic) = row.quic.filter(|_| self.quic.is_none()) {
            self.quic = Some(Box::new(quic.into_owned()));
            self.heap_bytes += size_of::<QuicRow<'_>>() + TEXT_BYTES;
        }
        if row.signature.is_none() && row.uptime.is_none() {
            return;
        }
        let Some(stack) = self.stacks.get_mut(index) else { return };
        if stack.is_none() {
            self.heap_bytes += size_of::<StackRow<'_>>() + TEXT_BYTES;
        }
        let stack = stack.get_or_insert_default();
        stack.uptime = row.uptime.map(UptimeRow::into_owned).or(stack.uptime.take());
        if stack.signature.is_none() {
            stack.signature = row.signature.map(|it| Cow::Owned(it.into_owned()));
            stack.os = row.os.map(OsRow::into_owned);
            stack.ttl = row.ttl;
            stack.notes = row.notes.into_iter().map(|it| Cow::Owned(it.into_owned())).collect();
            stack.mtu = row.mtu.map(MtuRow::into_owned);
            stack.change = row.change.map(ChangeRow::into_owned);
        }
    }

    fn into_row(self, is_complete: bool) -> ConnectionRow<'static> {
        let Key { client, server, .. } = self.key;
        let [client_stack, server_stack] = self.stacks;
        let [client_hello, server_hello] = self.hellos;
        let [request, response] = self.heads.map(|head| head.map(|it| *it));
        let has_head = request.is_some() || response.is_some();
        let has_hello = client_hello.is_some() || server_hello.is_some();
        ConnectionRow {
            schema: CONNECTION_SCHEMA.into(),
            kind: "connection".into(),
            first: self.first.to_string().into(),
            last: self.last.to_string().into(),
            client: client.into(),
            server: server.into(),
            client_stack: client_stack.map(|it| *it),
            server_stack: server_stack.map(|it| *it),
            tls: has_hello.then(|| ConnectionTlsRow {
                client: client_hello.map(|it| *it),
                server: server_hello.map(|it| *it),
            }),
            quic: self.quic.map(|it| *it),
            http: has_head.then_some(ConnectionHttpRow { request, response }),
            path: self.path,
            complete: is_complete,
        }
    }
}
