//! Reading again once a file has changed, where there is no SIGHUP.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, SystemTime};

/// Why the database was read again.
pub(super) const REASON: &str = "after a change";

/// How long a changed file stays the same before it is read: it may be half written before.
const TURN: Duration = Duration::from_secs(1);

/// Times at which the database is to be read again.
pub(super) struct Occasions {
    paths: Vec<PathBuf>,
    watch: Watch,
}

impl Occasions {
    pub(super) fn new(paths: &[PathBuf]) -> io::Result<Occasions> {
        let paths: Vec<PathBuf> =
            paths.iter().filter(|path| path.as_os_str() != "-").cloned().collect();
        let watch = Watch::new(stamps(&paths));
        Ok(Occasions { paths, watch })
    }

    /// Acts at each of them, for ever. Returns where there is no file.
    pub(super) fn at_each(mut self, act: impl Fn()) {
        while !self.paths.is_empty() {
            thread::sleep(TURN);
            if self.watch.is_to_be_read(stamps(&self.paths)) {
                act();
            }
        }
    }
}

/// What changes with a file: `None` while it is missing.
type Stamp = Option<(SystemTime, u64)>;

fn stamps(paths: &[PathBuf]) -> Vec<Stamp> {
    let stamp = |path: &PathBuf| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    paths.iter().map(stamp).collect()
}

/// Whether files have changed, and stayed the same since.
struct Watch {
    used: Vec<Stamp>,
    last: Vec<Stamp>,
}

impl Watch {
    fn new(used: Vec<Stamp>) -> Watch {
        Watch { last: used.clone(), used }
    }

    /// Takes how the files are now.
    fn is_to_be_read(&mut self, now: Vec<Stamp>) -> bool {
        let is_steady = now == self.last;
        self.last = now;
        if !is_steady || self.last == self.used || self.last.contains(&None) {
            return false;
        }
        self.used.clone_from(&self.last);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_once_they_have_changed_and_stay_the_same() {
        let at = |seconds, len| Some((SystemTime::UNIX_EPOCH + Duration::from_secs(seconds), len));
        let mut watch = Watch::new(vec![at(1, 10), at(1, 10)]);
        for (now, expected) in [
            ([at(1, 10), at(1, 10)], false),
            // Being written.
            ([at(1, 10), at(2, 0)], false),
            ([at(1, 10), at(2, 20)], false),
            ([at(1, 10), at(2, 20)], true),
            ([at(1, 10), at(2, 20)], false),
            // Replaced.
            ([None, at(2, 20)], false),
            ([None, at(2, 20)], false),
            ([at(1, 10), at(2, 20)], false),
            ([at(1, 10), at(2, 20)], false),
            ([at(3, 10), at(2, 20)], false),
            ([at(3, 10), at(2, 20)], true),
        ] {
            assert_eq!(watch.is_to_be_read(now.to_vec()), expected, "{now:?}");
        }
    }
}
