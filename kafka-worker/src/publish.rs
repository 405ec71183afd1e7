//! `stackprint publish`: the packets of captures or network interfaces into a Kafka topic.
//!
//! ```text
//! captures ─→ frames with TCP ─→ partition of the two hosts ─→ its batch ─→ producer
//! ```

mod args;
mod batch;
mod failure;
mod interfaces;
mod openings;
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

pub(crate) fn run(args: &PublishArgs) -> anyhow::Result<ExitCode> {
    let shape = shape(args)?;
    let openings = args.openings()?;
    let stop = Stop::listen().context("listening for signals")?;
    // Before librdkafka has threads: rights are given up thread by thread.
    let listener = interfaces::open(args)?;
    let inputs = if listener.is_some() { Vec::new() } else { inputs(&args.files)? };
    log::start(args.log, args.log_level, false);
    let properties = Properties::gather(args.property_file.as_deref(), &args.properties)?;
    let names = topic::names(args, &properties)?;
    let publisher = topic::connect(args, &properties, &names, shape)
        .map_err(|failure| anyhow!(names.explain(&failure)))?;
    let at_terminal = io::stderr().is_terminal();
    let mut sensor = Sensor {
        publisher,
        selection: args.selection(),
        openings,
        passed_over: 0,
        counters: Counters::default(),
        pace: args.rate.map(Pace::new),
        progress: if at_terminal { Progress::of(&inputs) } else { Progress::none() },
        stop,
    };
    let patience = Duration::from_secs(args.drain_seconds.into());
    let result = match listener {
        Some(listener) => sensor.listen(listener, patience),
        None => sensor.work(&inputs, patience).map_err(Into::into),
    };
    sensor.progress.finish();
    if args.summary.is_wanted() {
        let _ = io::stderr().write_all(sensor.summary(&args.to).as_bytes());
    }
    result.map_err(|error| {
        match error.downcast_ref::<PublishFailure>().and_then(PublishFailure::cause) {
            Some(cause) => anyhow!(names.add_remedy(error.to_string(), Some(cause))),
            None => error,
        }
    })
}

/// How messages are to be made.
fn shape(args: &PublishArgs) -> anyhow::Result<Shape> {
    /// Below the limit that clients and brokers have by default (1 MB), headers and all.
    const MAX_BYTES: usize = 900_000;
    let packets_per_message = match (args.encoding, args.packets_per_message) {
        (Encoding::Raw, Some(2..)) => {
            bail!("--encoding raw has one packet in a message: leave --packets-per-message out");
        }
        (Encoding::Raw, _) => 1,
        (_, number) => number.unwrap_or(64),
    };
    Ok(Shape {
        encoding: args.encoding,
        key_time: args.key_time,
        packets_per_message,
        max_bytes: MAX_BYTES,
        linger: Duration::from_millis(args.linger_ms.into()),
        sensor: args.sensor.clone(),
    })
}
