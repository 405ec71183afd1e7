//! Packets of network interfaces.

use std::process::ExitCode;
use std::time::Duration;

use super::args::{PublishArgs, Selection};
use super::sensor::Sensor;
use crate::exit::FAILED;
use crate::live::{self, CaptureFilter, Listener, UsualCapture};

/// Opens the interfaces that are asked for, if any are.
pub(super) fn open(args: &PublishArgs) -> anyhow::Result<Option<Listener>> {
    if args.interfaces.is_empty() {
        return Ok(None);
    }
    let selection = args.selection();
    let copied = match selection {
        Selection::Handshakes => CaptureFilter::Handshakes,
        Selection::Openings => CaptureFilter::Openings,
        // QUIC and DTLS are told from other UDP by the library.
        Selection::All => CaptureFilter::All,
    };
    let usual = UsualCapture { copied, payload: selection != Selection::Handshakes };
    live::open(&args.interfaces, &args.capture, usual).map(Some)
}

impl Sensor {
    /// Listens until a signal comes, or there is nothing left to listen on, and waits until all is
    /// delivered.
    pub(super) fn listen(
        &mut self,
        mut listener: Listener,
        patience: Duration,
    ) -> anyhow::Result<ExitCode> {
        /// How long packets that are on their way are left alone.
        const STEP: Duration = Duration::from_millis(5);
        while !self.stop.is_asked() && !listener.is_empty() {
            let read = listener.read(|_, frame| self.take(frame))?;
            self.send_on("live")?;
            if !read {
                listener.wait(&self.stop, self.publisher.is_busy().then_some(STEP))?;
            }
        }
        listener.wait_for_last();
        while listener.read(|_, frame| self.take(frame))? {}
        self.publisher.finish(patience)?;
        listener.tell_dropped();
        Ok(if listener.has_lost() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
    }
}
