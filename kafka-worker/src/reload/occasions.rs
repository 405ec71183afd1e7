//! When the database is read again: once a file of it has changed, and on SIGHUP.

use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

#[cfg(not(unix))]
use super::no_sighup::Sighup;
#[cfg(unix)]
use super::sighup::Sighup;

/// How long a changed file stays the same before it is read: it may be half written before.
const TURN: Duration = Duration::from_secs(1);

/// Why the database is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Changed,
    #[cfg_attr(not(unix), allow(dead_code, reason = "there is no SIGHUP"))]
    Sighup,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Changed => "after a change",
            Reason::Sighup => "on SIGHUP",
        })
    }
}

/// Times at which the database is to be read again.
pub(super) struct Occasions {
    paths: Vec<PathBuf>,
    watch: Watch,
    sighup: Sighup,
}

impl Occasions {
    pub(super) fn new(paths: &[PathBuf]) -> io::Result<Occasions> {
        let paths: Vec<PathBuf> =
            paths.iter().filter(|path| path.as_os_str() != "-").cloned().collect();
        let sighup = Sighup::listen((!paths.is_empty()).then_some(TURN))?;
        let watch = Watch::new(stamps(&paths));
        Ok(Occasions { paths, watch, sighup })
    }

    /// Acts at each of them, for ever. Returns where none can come.
    pub(super) fn at_each(mut self, act: impl Fn(Reason)) -> io::Result<()> {
        while let Some(is_sighup) = self.sighup.wait()? {
            let now = stamps(&self.paths);
            if is_sighup {
                self.watch.is_read(now);
                act(Reason::Sighup);
            } else if self.watch.is_to_be_read(now) {
                act(Reason::Changed);
            }
        }
        Ok(())
    }
}

/// What changes with a file: `None` while it is missing, or may not be looked at.
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

    /// Takes how the files are now, as they are read for another reason.
    fn is_read(&mut self, now: Vec<Stamp>) {
        *self = Watch::new(now);
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

    fn at(seconds: u64, len: u64) -> Stamp {
        Some((SystemTime::UNIX_EPOCH + Duration::from_secs(seconds), len))
    }

    #[test]
    fn files_are_read_once_they_have_changed_and_stay_the_same() {
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

    #[test]
    fn what_sighup_has_read_is_not_read_twice() {
        let mut watch = Watch::new(vec![at(1, 10)]);
        watch.is_read(vec![at(2, 20)]);
        assert!(!watch.is_to_be_read(vec![at(2, 20)]));
        // It was read while half written.
        assert!(!watch.is_to_be_read(vec![at(2, 30)]));
        assert!(watch.is_to_be_read(vec![at(2, 30)]));
    }
}
