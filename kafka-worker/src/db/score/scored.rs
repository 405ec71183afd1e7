//! What becomes of a file of packets whose senders are known.

use stackprint::Database;
use stackprint::score::{Row, Score};

use super::rows::{Found, Line};

/// What became of a file.
#[derive(Default)]
pub(super) struct Scored {
    pub(super) score: Score,
    /// Rows of records that have no signature.
    pub(super) without_signature: u64,
    /// Lines that could not be read, and why.
    pub(super) broken: Vec<(u64, String)>,
}

impl Scored {
    pub(super) fn take(&mut self, database: &Database, line: Line) {
        match line.found {
            Ok(Found::Packet { observation, system, count }) => {
                self.score.add(database, &Row { observation, system: &system, count });
            }
            Ok(Found::NoSignature) => self.without_signature += 1,
            Err(why) => self.broken.push((line.number, why)),
        }
    }
}
