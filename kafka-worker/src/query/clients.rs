//! Clients of a listener: how many there may be, and which of them has to go for another one.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::{AbortHandle, spawn_local};
use tokio::time::{sleep, timeout};

/// A client that has asked may be silent for as long before it goes for another one.
const IDLE: Duration = Duration::from_secs(60);
/// How long the system may lack something for a connection, before it is tried again.
const RETRY: Duration = Duration::from_millis(100);

/// The clients of one listener.
pub(super) struct Clients {
    limit: usize,
    open: RefCell<Vec<Open>>,
    left: Notify,
    pub(super) counts: ClientCounts,
}

/// What happened to clients, for the metrics.
#[derive(Debug, Default)]
pub(super) struct ClientCounts {
    pub(super) accepted: Cell<u64>,
    /// Closed in favour of another client.
    pub(super) closed: Cell<u64>,
    /// Kept waiting, as nobody could be closed.
    pub(super) waited: Cell<u64>,
}

struct Open {
    client: Rc<Client>,
    task: AbortHandle,
}

/// When a client last got an answer.
pub(super) struct Client {
    active: Cell<Instant>,
    has_asked: Cell<bool>,
}

impl Client {
    /// A query was answered.
    pub(super) fn has_asked(&self) {
        self.has_asked.set(true);
        self.active.set(Instant::now());
    }
}

pub(super) fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

impl Clients {
    pub(super) fn new(limit: usize) -> Rc<Clients> {
        let (open, left) = (RefCell::default(), Notify::new());
        Rc::new(Clients { limit, open, left, counts: ClientCounts::default() })
    }

    pub(super) fn len(&self) -> usize {
        self.open.borrow().len()
    }

    /// Accepts clients for ever, and serves each in a task of its own.
    pub(super) async fn serve<S, F>(
        self: Rc<Clients>,
        accept: impl AsyncFn() -> io::Result<S>,
        serve: impl Fn(S, Rc<Client>) -> F,
    ) where
        F: Future<Output = ()> + 'static,
    {
        loop {
            // It fails where a client has gone again, or the system is short of files or memory.
            let Ok(stream) = accept().await else {
                self.close_one();
                sleep(RETRY).await;
                continue;
            };
            self.make_room().await;
            count(&self.counts.accepted);
            self.clone().spawn(|client| serve(stream, client));
        }
    }

    fn spawn<F: Future<Output = ()> + 'static>(
        self: Rc<Clients>,
        serve: impl FnOnce(Rc<Client>) -> F,
    ) {
        let client =
            Rc::new(Client { active: Cell::new(Instant::now()), has_asked: Cell::new(false) });
        let place = Place { clients: Rc::clone(&self), client: Rc::clone(&client) };
        let serving = serve(Rc::clone(&client));
        let task = spawn_local(async move {
            // Dropped with the task, also where that is aborted.
            let _place = place;
            serving.await;
        });
        self.open.borrow_mut().push(Open { client, task: task.abort_handle() });
    }

    /// Waits until there is room for one client more.
    async fn make_room(&self) {
        let mut has_waited = false;
        while self.len() >= self.limit {
            if self.close_one() {
                return;
            }
            if !std::mem::replace(&mut has_waited, true) {
                count(&self.counts.waited);
            }
            // Or one of them has been idle for long enough meanwhile.
            let _ = timeout(Duration::from_secs(1), self.left.notified()).await;
        }
    }

    /// Closes the oldest client that has not asked yet, or else the one that has been idle for
    /// longest, if that is long.
    fn close_one(&self) -> bool {
        let mut open = self.open.borrow_mut();
        let ages = open.iter().enumerate().filter(|(_, it)| {
            !it.client.has_asked.get() || it.client.active.get().elapsed() >= IDLE
        });
        let oldest = ages.min_by_key(|(_, it)| (it.client.has_asked.get(), it.client.active.get()));
        let Some((at, _)) = oldest else { return false };
        open.swap_remove(at).task.abort();
        count(&self.counts.closed);
        true
    }
}

/// A client's place among the others, given up at its end.
struct Place {
    clients: Rc<Clients>,
    client: Rc<Client>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.clients.open.borrow_mut();
        if let Some(at) = open.iter().position(|it| Rc::ptr_eq(&it.client, &self.client)) {
            open.swap_remove(at);
        }
        self.clients.left.notify_one();
    }
}
