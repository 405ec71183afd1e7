//! `stackprint publish`: the packets of captures or network interfaces into a Kafka topic.
//!
//! ```text
//! captures ─→ frames with TCP ─→ partition of the two hosts ─→ its batch ─→ producer
//! ```

mod args;
mod batch;
mod failure;
mod interfaces;
mod pace;
mod partition;
mod publisher;
#[cfg(test)]
mod tests;
mod topic;

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use stackprint::capture::Decoder;
use stackprint::{Frame, host_pair, may_be_handshake};

use args::Encoding;
pub(crate) use args::PublishArgs;
use failure::PublishFailure;
use pace::Pace;
use publisher::{Publisher, Shape};

use crate::captures::Joined;
use crate::counters::Counters;
use crate::kafka::log;
use crate::kafka::properties::Properties;
use crate::progress::Progress;
use crate::source::{CaptureFailure, Input, PIECE_OCTETS, Source};
use crate::stop::Stop;
use crate::{FAILED, plan, summary};

pub(crate) fn run(said: &PublishArgs) -> anyhow::Result<ExitCode> {
    let shape = shape(said)?;
    let stop = Stop::listen().context("listening for signals")?;
    // Before librdkafka has threads: rights are given up thread by thread.
    let listener = interfaces::open(said)?;
    let inputs = if listener.is_some() { Vec::new() } else { plan::inputs(&said.files) };
    log::start(said.log, said.log_level);
    let properties = Properties::gather(said.property_file.as_deref(), &said.properties)?;
    let names = topic::names(said, &properties)?;
    let publisher = topic::connect(said, &properties, &names, shape)
        .map_err(|failure| anyhow!(names.explain(&failure)))?;
    let at_terminal = io::stderr().is_terminal();
    let mut sensor = Sensor {
        publisher,
        syn_only: said.syn_only,
        passed_over: 0,
        counters: Counters::default(),
        pace: said.rate.map(Pace::new),
        progress: if at_terminal { Progress::of(&inputs) } else { Progress::none() },
        stop,
    };
    let patience = Duration::from_secs(said.drain_seconds.into());
    let result = match listener {
        Some(listener) => sensor.listen(listener, patience),
        None => sensor.work(&inputs, patience).map_err(Into::into),
    };
    sensor.progress.finish();
    if said.summary.is_wanted() {
        let _ = io::stderr().write_all(sensor.summary(&said.to).as_bytes());
    }
    result.map_err(|error| {
        match error.downcast_ref::<PublishFailure>().and_then(PublishFailure::cause) {
            Some(cause) => anyhow!(names.add_remedy(error.to_string(), Some(cause))),
            None => error,
        }
    })
}

/// How messages are to be made.
fn shape(said: &PublishArgs) -> anyhow::Result<Shape> {
    /// Below the limit that clients and brokers have by default (1 MB), headers and all.
    const MAX_OCTETS: usize = 900_000;
    let packets_per_message = match (said.encoding, said.packets_per_message) {
        (Encoding::Raw, Some(2..)) => {
            bail!("--encoding raw has one packet in a message: leave --packets-per-message out");
        }
        (Encoding::Raw, _) => 1,
        (_, number) => number.unwrap_or(64),
    };
    Ok(Shape {
        encoding: said.encoding,
        key_time: said.key_time,
        packets_per_message,
        max_octets: MAX_OCTETS,
        linger: Duration::from_millis(said.linger_ms.into()),
        sensor: said.sensor.clone(),
    })
}

struct Sensor {
    publisher: Publisher,
    syn_only: bool,
    /// Packets that are no handshake, where only those are asked for.
    passed_over: u64,
    counters: Counters,
    pace: Option<Pace>,
    progress: Progress,
    stop: Stop,
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
    fn work(&mut self, inputs: &[Input], patience: Duration) -> Result<ExitCode, PublishFailure> {
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
            let mut octets = piece.get(..count).unwrap_or_default();
            while let Some(captured) = decoder.next_frame(&mut octets).map_err(damage)? {
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

    fn take(&mut self, frame: &Frame<'_>) -> Result<(), PublishFailure> {
        self.counters.packet(frame);
        if self.syn_only && !may_be_handshake(frame) {
            self.passed_over += 1;
            return Ok(());
        }
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

    /// What has waited long enough goes on its way.
    fn send_on(&mut self, name: &str) -> Result<(), PublishFailure> {
        self.publisher.send_lingering()?;
        self.publisher.serve(Duration::ZERO)?;
        for link_type in self.counters.take_untold_link_types() {
            self.progress.say(&format_args!(
                "{name}: link type {} is not supported; its frames are not published",
                link_type.0
            ));
        }
        Ok(())
    }

    /// A few lines for people.
    fn summary(&self, topic: &str) -> String {
        let Counters { packets, packet_octets, .. } = self.counters;
        let sent = self.publisher.sent;
        let skipped = summary::skipped(&self.counters);
        let mut text = format!("packets    {packets} ({packet_octets} octets)\n");
        text += &format!(
            "published  {} packets in {} messages ({} octets) to {topic}, {} delivered\n",
            sent.packets, sent.messages, sent.octets, sent.delivered_packets
        );
        if self.syn_only {
            text += &format!("passed     {} packets that are no handshake\n", self.passed_over);
        }
        text += &format!("skipped    {skipped}\n");
        if let Some(most) = self.counters.passed_over.most() {
            text += &format!("not opened {most}\n");
        }
        text
    }
}
