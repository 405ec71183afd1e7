//! Waits for what happens elsewhere.

use std::thread;
use std::time::{Duration, Instant};

/// Waits for what should come soon.
///
/// # Panics
///
/// Where it does not come.
pub fn eventually(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited {limit:?} in vain: {what}");
        thread::sleep(Duration::from_millis(100));
    }
}
