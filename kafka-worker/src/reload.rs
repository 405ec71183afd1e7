//! The database is read again, while work continues with the old one: once a file of it has changed,
//! and on SIGHUP, where there is one.

#[cfg(not(unix))]
mod no_sighup;
mod occasions;
#[cfg(unix)]
mod sighup;

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use stackprint::Database;

use crate::args::DatabaseArgs;
use crate::{database, messages};
use occasions::{Occasions, Reason};

/// Hands out databases that were read again. Every copy hands out each of them once, so that
/// threads with analyzers of their own can have one each.
#[derive(Clone)]
pub(crate) struct Reload {
    shared: Arc<Shared>,
    /// The last one that this copy has handed out, from 0 for the one that work began with.
    taken: u64,
}

#[derive(Default)]
struct Shared {
    /// How many were read, which is the number of the newest; and how many were refused.
    read: AtomicU64,
    refused: AtomicU64,
    newest: Mutex<Option<Arc<Database>>>,
}

impl Reload {
    /// Watches the files and listens for SIGHUP, on a thread of its own. A file that cannot be read or
    /// has an error is refused with a message. `say` says how it went; see [`Reload::listen`].
    pub(crate) fn listen_and(
        args: &DatabaseArgs,
        say: impl Fn(Result<&str, &str>) + Send + 'static,
    ) -> io::Result<Reload> {
        let shared = Arc::new(Shared::default());
        let occasions = Occasions::new(&args.database)?;
        let (args, of_thread) = (args.clone(), Arc::clone(&shared));
        thread::Builder::new().name("reload".to_owned()).spawn(move || {
            let ended = occasions.at_each(|reason| of_thread.read_again(&args, reason, &say));
            if let Err(error) = ended {
                say(Err(&format!("the database will not be read again: {error}")));
            }
        })?;
        Ok(Reload { shared, taken: 0 })
    }

    /// As [`Reload::listen_and`], with messages on standard error.
    pub(crate) fn listen(args: &DatabaseArgs) -> io::Result<Reload> {
        Reload::listen_and(args, |how| match how {
            Ok(message) | Err(message) => messages::say(&message),
        })
    }

    /// The newest database, if this copy has not handed it out yet. Costs next to nothing.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Arc<Database>> {
        let read = self.shared.read.load(Ordering::Acquire);
        if read == self.taken {
            return None;
        }
        self.taken = read;
        self.shared.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many were read again, and how many refused.
    #[cfg(feature = "kafka")]
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.shared.read.load(Ordering::Relaxed), self.shared.refused.load(Ordering::Relaxed))
    }
}

impl Shared {
    fn read_again(&self, args: &DatabaseArgs, reason: Reason, say: &impl Fn(Result<&str, &str>)) {
        if args.database.is_empty() {
            return say(Ok("SIGHUP: the built-in database is in use; nothing to read again"));
        }
        match database::load(args) {
            Ok(database) => {
                let count = database.signatures().count();
                *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(database);
                self.read.fetch_add(1, Ordering::Release);
                let files = database::names(&args.database);
                say(Ok(&format!("{files}: read again {reason}, signatures: {count}")));
            }
            Err(error) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                say(Err(&format!("{error:#}; the database that was read before stays in use")));
            }
        }
    }
}
