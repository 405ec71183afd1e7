//! Ctrl-C, Ctrl-Break and the end of the console.
//!
//! Not by way of the C library's signals: it makes one signal of all but Ctrl-C, and lets the system
//! end the program as soon as the console is closed.

use std::future::poll_fn;
use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown,
};

use crate::exit::BY_SIGNAL;

/// The numbers that the C library has for them.
const SIGINT: u8 = 2;
const SIGBREAK: u8 = 21;

/// How long someone waits before asking whether to stop.
const TURN: Duration = Duration::from_millis(100);

/// Nobody is woken.
#[derive(Clone)]
pub(super) struct Wake;

impl Wake {
    /// Begins to listen, on a thread of its own: `signal` becomes the number of the first one.
    pub(super) fn listen(signal: &Arc<AtomicUsize>) -> io::Result<Wake> {
        let mut events = Events::listen()?;
        let runtime = Builder::new_current_thread().build()?;
        let signal = Arc::clone(signal);
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let first = runtime.block_on(poll_fn(|context| events.poll(context)));
            signal.store(usize::from(first), Ordering::Relaxed);
            let second = runtime.block_on(poll_fn(|context| events.poll(context)));
            process::exit(i32::from(BY_SIGNAL + second));
        })?;
        Ok(Wake)
    }

    /// Waits until a signal comes that makes `is_asked` true.
    pub(super) fn wait(&self, is_asked: impl Fn() -> bool) {
        while !is_asked() {
            thread::sleep(TURN);
        }
    }
}

struct Events {
    c: CtrlC,
    r#break: CtrlBreak,
    close: CtrlClose,
    shutdown: CtrlShutdown,
}

impl Events {
    fn listen() -> io::Result<Events> {
        Ok(Events {
            c: ctrl_c()?,
            r#break: ctrl_break()?,
            close: ctrl_close()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    /// Answers with the number of the signal.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<u8> {
        if self.c.poll_recv(context).is_ready() {
            return Poll::Ready(SIGINT);
        }
        let is_break = self.r#break.poll_recv(context).is_ready()
            || self.close.poll_recv(context).is_ready()
            || self.shutdown.poll_recv(context).is_ready();
        if is_break { Poll::Ready(SIGBREAK) } else { Poll::Pending }
    }
}
