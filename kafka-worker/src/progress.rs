//! How far reading has come, shown on a terminal.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

use crate::messages;
use crate::source::Input;

/// A bar on standard error, or nothing.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    packets: Arc<AtomicU64>,
    /// Bytes of the files that have been read to their end.
    bytes_before: u64,
    bytes_of_file: u64,
}

impl Progress {
    pub(crate) fn none() -> Progress {
        Progress { bar: None, packets: Arc::default(), bytes_before: 0, bytes_of_file: 0 }
    }

    /// A bar for files; none where one of the inputs has no known end.
    pub(crate) fn of(inputs: &[Input]) -> Progress {
        let sizes: Option<Vec<u64>> = inputs.iter().map(Input::size_octets).collect();
        let Some(sizes) = sizes else { return Progress::none() };
        let packets = Arc::<AtomicU64>::default();
        let seen = Arc::clone(&packets);
        let rate = move |state: &ProgressState, to: &mut dyn fmt::Write| {
            let packets = seen.load(Ordering::Relaxed) as f64;
            let per_second = packets / state.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
            let _ = write!(to, "{} packets/s", HumanCount(per_second as u64));
        };
        let template = "{wide_bar} {bytes}/{total_bytes}  {rate}  {eta} left";
        let Ok(style) = ProgressStyle::with_template(template) else { return Progress::none() };
        let bar = ProgressBar::new(sizes.iter().sum()).with_style(style.with_key("rate", rate));
        Progress { bar: Some(bar), packets, ..Progress::none() }
    }

    /// Bytes read of the current file, and packets read in all.
    pub(crate) fn update(&mut self, bytes_of_file: u64, packets: u64) {
        let Some(bar) = &self.bar else { return };
        if bytes_of_file < self.bytes_of_file {
            self.bytes_before += self.bytes_of_file;
        }
        self.bytes_of_file = bytes_of_file;
        self.packets.store(packets, Ordering::Relaxed);
        bar.set_position(self.bytes_before + bytes_of_file);
    }

    /// Says something without getting into the bar's way.
    pub(crate) fn say(&self, message: &dyn fmt::Display) {
        match &self.bar {
            Some(bar) => bar.suspend(|| messages::say(message)),
            None => messages::say(message),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
