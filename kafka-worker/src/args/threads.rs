//! Numbers of threads.

use std::num::NonZero;
use std::thread;

use clap::builder::RangedI64ValueParser;

/// 0 to 256; 0 for as many as there are cores.
pub(crate) fn parser() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(0..=256)
}

/// How many threads are asked for; 0 for as many as there are cores for this process.
pub(crate) fn count(asked: u32) -> usize {
    match asked {
        0 => thread::available_parallelism().map_or(1, NonZero::get),
        asked => asked as usize,
    }
}
