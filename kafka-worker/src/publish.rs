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
mod sensor;
#[cfg(test)]
mod tests;
mod topic;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};

use args::Encoding;
pub(crate) use args::PublishArgs;
use failure::PublishFailure;
use pace::Pace;
use publisher::Shape;
use sensor::Sensor;

use crate::counters::Counters;
use crate::inputs::inputs;
use crate::kafka_client::log;
use crate::kafka_client::properties::Properties;
use crate::progress::Progress;
use crate::stop::Stop;

pub(crate) fn run(said: &PublishArgs) -> anyhow::Result<ExitCode> {
    let shape = shape(said)?;
    let stop = Stop::listen().context("listening for signals")?;
    // Before librdkafka has threads: rights are given up thread by thread.
    let listener = interfaces::open(said)?;
    let inputs = if listener.is_some() { Vec::new() } else { inputs(&said.files)? };
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
