//! A hang is a failure with a name, not a build that never ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// No single input takes a thousandth of this.
const LIMIT: Duration = Duration::from_secs(30);
const PERIOD: Duration = Duration::from_millis(250);

/// Ends the process when one input is worked on for too long, and says which.
pub struct Watchdog {
    current: Arc<Mutex<(Instant, String)>>,
    done: Arc<AtomicBool>,
}

impl Watchdog {
    /// Begins to watch.
    #[must_use]
    pub fn start() -> Watchdog {
        let current = Arc::new(Mutex::new((Instant::now(), String::from("nothing yet"))));
        let done = Arc::new(AtomicBool::new(false));
        let watchdog = Watchdog { current: Arc::clone(&current), done: Arc::clone(&done) };
        thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                thread::sleep(PERIOD);
                let (since, name) = &*lock(&current);
                if since.elapsed() > LIMIT && !done.load(Ordering::Relaxed) {
                    crate::say(&format!("hangs on {name}"));
                    std::process::abort();
                }
            }
        });
        watchdog
    }

    /// From now on, this input is worked on.
    pub fn at(&self, name: &str) {
        let current = &mut *lock(&self.current);
        current.0 = Instant::now();
        current.1.clear();
        current.1.push_str(name);
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
