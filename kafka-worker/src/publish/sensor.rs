//! Packets of captures on their way to a topic.

use std::io::Read as _;
use std::process::ExitCode;
use std::time::Duration;

use stackprint::capture::Decoder;
use stackprint::{Frame, host_pair, may_be_handshake};

use super::args::Selection;
use super::failure::PublishFailure;
use super::openings::Openings;
use super::pace::Pace;
use super::publisher::Publisher;
use crate::captures::Joined;
use crate::counters::Counters;
use crate::exit::FAILED;
use crate::progress::Progress;
use crate::source::{CaptureFailure, Input, PIECE_OCTETS, Source};
use crate::stop::Stop;
use crate::summary;

/// Reads packets, and publishes them.
pub(super) struct Sensor {
    pub(super) publisher: Publisher,
    pub(super) selection: Selection,
    pub(super) openings: Openings,
    /// Packets that were not selected.
    pub(super) passed_over: u64,
    pub(super) counters: Counters,
    pub(super) pace: Option<Pace>,
    pub(super) progress: Progress,
    pub(super) stop: Stop,
}

/// Why reading ended before the end.
enum Failure {
    Capture(CaptureFailure),
    /// The end of all work.
    Publish(PublishFailure),
}

impl From<CaptureFailure> for Failure {
    fn from(failure: CaptureFailure) -> Failure {
        Failure::Capture(failure)
    }
}

impl From<PublishFailure> for Failure {
    fn from(failure: PublishFailure) -> Failure {
        Failure::Publish(failure)
    }
}

impl Sensor {
    /// Reads one capture after the other, and waits until all is delivered.
    pub(super) fn work(
        &mut self,
        inputs: &[Input],
        patience: Duration,
    ) -> Result<ExitCode, PublishFailure> {
        let mut code = ExitCode::SUCCESS;
        for input in inputs {
            let result = self.read(input);
            if let Err(Failure::Publish(failure)) = result {
                return Err(failure);
            }
            if self.stop.is_asked() {
                break;
            }
            if let Err(Failure::Capture(failure)) = result {
                self.progress.say(&format_args!("{input}: {failure}"));
                code = ExitCode::from(FAILED);
            }
        }
        self.publisher.finish(patience)?;
        Ok(self.stop.exit_status().map_or(code, ExitCode::from))
    }

    fn read(&mut self, input: &Input) -> Result<(), Failure> {
        let mut source = input.open(&self.stop).map_err(CaptureFailure::Open)?;
        let is_compressed = source.is_compressed();
        let damage = |error| CaptureFailure::Damage { error, is_compressed };
        let name = input.to_string();
        let mut decoder = Decoder::new();
        let mut piece = vec![0; PIECE_OCTETS];
        let mut offset = 0;
        while !self.stop.is_asked() {
            self.serve_until_readable(&source)?;
            let count = source.read(&mut piece).map_err(|error| CaptureFailure::Read {
                error,
                offset,
                is_compressed,
            })?;
            offset += count as u64;
            if count == 0 {
                if let Some(joined) = Joined::of(&decoder) {
                    self.progress.say(&format_args!("{name}: note: {joined}"));
                }
                decoder.finish().map_err(damage)?;
                break;
            }
            let mut bytes = piece.get(..count).unwrap_or_default();
            while let Some(captured) = decoder.next_frame(&mut bytes).map_err(damage)? {
                self.take(&captured.frame)?;
            }
            self.after_piece(&name, &source)?;
        }
        Ok(())
    }

    /// While nobody writes, what was read goes on its way.
    fn serve_until_readable(&mut self, source: &Source) -> Result<(), PublishFailure> {
        const STEP: Duration = Duration::from_millis(5);
        while self.publisher.is_busy()
            && !self.stop.is_asked()
            && source.would_wait_longer_than(STEP)
        {
            self.publisher.send_lingering()?;
            self.publisher.serve(Duration::ZERO)?;
        }
        Ok(())
    }

    pub(super) fn take(&mut self, frame: &Frame<'_>) -> Result<(), PublishFailure> {
        self.counters.packet(frame);
        let mut data = frame.data;
        let is_selected = match self.selection {
            Selection::Handshakes => may_be_handshake(frame),
            Selection::Openings => match self.openings.needed(frame) {
                Some(len) => {
                    data = frame.data.get(..len).unwrap_or(frame.data);
                    true
                }
                None => false,
            },
            Selection::All => true,
        };
        if !is_selected {
            self.passed_over += 1;
            return Ok(());
        }
        let frame = &Frame { data, ..*frame };
        match host_pair(frame) {
            Ok(hosts) => {
                self.wait_for_turn()?;
                self.publisher.publish(frame, hosts)
            }
            Err(skip) => {
                self.counters.skip(skip, frame.link_type);
                Ok(())
            }
        }
    }

    /// Where a rate is asked for. After a signal, what was read is finished without it.
    fn wait_for_turn(&mut self) -> Result<(), PublishFailure> {
        const STEP: Duration = Duration::from_millis(5);
        let Some(pace) = &mut self.pace else { return Ok(()) };
        pace.next();
        while let Some(early) = self.pace.as_ref().and_then(Pace::early)
            && !self.stop.is_asked()
        {
            self.publisher.send_lingering()?;
            self.publisher.serve(Duration::ZERO)?;
            std::thread::sleep(early.min(STEP));
        }
        Ok(())
    }

    fn after_piece(&mut self, name: &str, source: &Source) -> Result<(), PublishFailure> {
        self.progress.update(source.raw_octets(), self.counters.packets);
        self.send_on(name)
    }

    /// Sends what has waited long enough.
    pub(super) fn send_on(&mut self, name: &str) -> Result<(), PublishFailure> {
        self.publisher.send_lingering()?;
        self.publisher.serve(Duration::ZERO)?;
        for link_type in self.counters.take_unreported_link_types() {
            self.progress.say(&format_args!(
                "{name}: link type {} is not supported; its frames are not published",
                link_type.0
            ));
        }
        Ok(())
    }

    /// A few lines for people.
    pub(super) fn summary(&self, topic: &str) -> String {
        let Counters { packets, packet_bytes, .. } = self.counters;
        let sent = self.publisher.sent;
        let skipped = summary::skipped(&self.counters);
        let mut text = format!("packets    {packets} ({packet_bytes} bytes)\n");
        text += &format!(
            "published  {} packets in {} messages ({} bytes) to {topic}, {} delivered\n",
            sent.packets, sent.messages, sent.bytes, sent.delivered_packets
        );
        let unselected = match self.selection {
            Selection::Handshakes => "are no handshake",
            Selection::Openings => "open no connection",
            Selection::All => "",
        };
        if !unselected.is_empty() {
            text += &format!("passed     {} packets that {unselected}\n", self.passed_over);
        }
        text += &format!("skipped    {skipped}\n");
        if let Some(most) = self.counters.passed_over.most() {
            text += &format!("not opened {most}\n");
        }
        text
    }
}
