//! Rows of connections of one partition, without state that could be lost: what an open row is made
//! of is read again.
//!
//! The offset that is committed is that of the first message that an open row needs. With it, as its
//! metadata, goes up to where rows were written, and the capture time there. Whoever takes the
//! partition over, or goes back after an abort, reads from the committed offset and writes no rows
//! before it is there: it then has the same open rows, and nothing comes twice.

use std::time::{Duration, Instant};

use stackprint::who::{ConnectionRow, Connections};
use stackprint::{Record, Timestamp};

/// An open row holds back the committed offset, so that it is ended after this time: seconds of
/// capture time.
const MOST_SECONDS: u32 = 600;

/// Where a partition is read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resume {
    /// The first offset that is read again.
    pub(crate) from: i64,
    /// The rows of what ended before this offset are written.
    written: i64,
    /// Capture time at `written`.
    clock: Timestamp,
}

impl Resume {
    /// What the metadata of a committed offset begins with.
    const WORD: &'static str = "stackprint.connection";

    /// What is committed beside the offset.
    pub(crate) fn metadata(&self) -> String {
        format!("{} {} {}", Self::WORD, self.written, self.clock.as_nanos())
    }

    /// From what was committed. Without metadata of rows, nothing was written, and nothing is open.
    pub(crate) fn committed(from: i64, metadata: &str) -> Resume {
        let mut words = metadata.split(' ').skip_while(|word| *word != Self::WORD).skip(1);
        let mut number = || words.next()?.parse::<u64>().ok();
        let written = number().and_then(|it| i64::try_from(it).ok());
        let clock = number().map_or(Timestamp::EPOCH, Timestamp::from_nanos);
        Resume { from, written: written.unwrap_or(from).max(from), clock }
    }
}

/// The rows of one partition.
#[derive(Debug)]
pub(crate) struct ConnectionRows {
    memory_limit: usize,
    connections: Connections,
    /// Set while messages are read whose rows were written before.
    replayed: Option<Resume>,
    /// The offset after the last message.
    next: Option<i64>,
    /// When the last message came.
    last_message: Instant,
    /// What was committed last.
    committed: Option<Resume>,
}

impl ConnectionRows {
    /// Without rows, and without a place to begin at.
    pub(crate) fn new(memory_limit: usize) -> ConnectionRows {
        ConnectionRows {
            memory_limit,
            connections: Connections::new(memory_limit),
            replayed: None,
            next: None,
            last_message: Instant::now(),
            committed: None,
        }
    }

    /// Begins where the partition was left.
    pub(crate) fn begin(&mut self, left: Resume) {
        *self = ConnectionRows {
            replayed: Some(left).filter(|left| left.written > left.from),
            committed: Some(left),
            ..ConnectionRows::new(self.memory_limit)
        };
    }

    /// Goes back to what was committed last. Returns where the partition is read again; `None` if
    /// nothing was committed: where its first message was.
    pub(crate) fn restart(&mut self) -> Option<i64> {
        match self.committed {
            Some(left) => self.begin(left),
            None => *self = ConnectionRows::new(self.memory_limit),
        }
        self.committed.map(|left| left.from)
    }

    /// A message comes. Returns whether its rows are to be written.
    pub(crate) fn is_new(&mut self, offset: i64) -> bool {
        if self.replayed.is_some_and(|replayed| offset >= replayed.written) {
            self.end_replay();
        }
        self.replayed.is_none()
    }

    /// What was open there is open now; what ended without a message is not.
    fn end_replay(&mut self) {
        if let Some(replayed) = self.replayed.take() {
            self.connections.advance(replayed.clock, &mut |_| {});
        }
    }

    /// Takes a record of a message, and gives the rows of connections that have ended.
    pub(crate) fn take(
        &mut self,
        record: &Record<'_>,
        offset: i64,
        mut rows: &mut dyn FnMut(ConnectionRow<'_>),
    ) {
        // Offsets are not negative.
        let place = offset.unsigned_abs();
        match self.replayed {
            Some(_) => self.connections.take_at(record, place, &mut |_| {}),
            None => self.connections.take_at(record, place, &mut rows),
        }
    }

    /// All records of a message were taken.
    pub(crate) fn taken(&mut self, offset: i64) {
        self.next = Some(offset + 1);
        self.last_message = Instant::now();
    }

    /// Time in which nothing could be read does not count.
    pub(crate) fn not_quiet(&mut self) {
        self.last_message = Instant::now();
    }

    /// The capture time that it is by now, if nothing has come since the last message, and if a row
    /// ends by it.
    pub(crate) fn quiet_time(&self) -> Option<Timestamp> {
        const LEAST: Duration = Duration::from_secs(Connections::IDLE_SECONDS as u64);
        let quiet = self.last_message.elapsed();
        if quiet < LEAST {
            return None;
        }
        let now = self.connections.now() + quiet;
        self.connections.next_end().filter(|end| *end <= now).map(|_| now)
    }

    /// Gives the rows that end at this time, in a partition in which nothing comes.
    pub(crate) fn advance(&mut self, now: Timestamp, mut rows: &mut dyn FnMut(ConnectionRow<'_>)) {
        // The messages up to there may have been deleted.
        self.end_replay();
        self.connections.advance(now, &mut rows);
    }

    /// Gives the rows that would hold back the committed offset for too long.
    pub(crate) fn end_old(&mut self, mut rows: &mut dyn FnMut(ConnectionRow<'_>)) {
        if self.replayed.is_none() {
            self.connections.end_older(MOST_SECONDS, &mut rows);
        }
    }

    /// Gives all rows: the input has ended.
    pub(crate) fn finish(&mut self, mut rows: &mut dyn FnMut(ConnectionRow<'_>)) {
        self.end_replay();
        self.connections.finish(&mut rows);
    }

    /// Whether no row is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// Capture time.
    pub(crate) fn now(&self) -> Timestamp {
        self.connections.now()
    }

    /// Where the partition is read on after what was taken and written until now; `None` if nothing
    /// was taken.
    pub(crate) fn resume(&self) -> Option<Resume> {
        let next = self.next?;
        let first = self.connections.first_place().and_then(|place| i64::try_from(place).ok());
        let from = first.unwrap_or(next).min(next);
        let (written, clock) = match self.replayed {
            Some(replayed) => (replayed.written, replayed.clock),
            None => (next, self.connections.now()),
        };
        Some(Resume { from, written, clock })
    }

    /// This was committed.
    pub(crate) fn committed(&mut self, left: Resume) {
        self.committed = Some(left);
    }

    /// What was committed last, by this worker or the one before.
    pub(crate) fn last_committed(&self) -> Option<Resume> {
        self.committed
    }
}
