//! librdkafka without a wrapper around each message: the one place of the program with unsafe code.
//!
//! rdkafka hands over each message as an event of its own, with two allocations and a reading of
//! the clock, and looks up the topic of each record by its name. By
//! `cargo run --release -p stackprint-tests-kafka --example kafka_throughput` that is a third of what
//! consuming a message costs. librdkafka hands over arrays, and takes a topic that was looked up
//! once; nothing more is done here. Names of headers are octets here: rdkafka panics on those that
//! are no UTF-8.
#![allow(unsafe_code, reason = "calls of a C library that rdkafka does not wrap")]

mod fetched;
mod headers;
mod record_topic;

use std::process;
use std::ptr::NonNull;
use std::slice;

pub(crate) use fetched::{Fetched, FetchedError, Message};
pub(crate) use headers::{Headers, HeadersView};
pub(crate) use record_topic::{NewRecord, RecordTopic};

/// What librdkafka makes is there: for want of memory it ends the process itself.
fn made<T>(pointer: *mut T) -> NonNull<T> {
    NonNull::new(pointer).unwrap_or_else(|| process::abort())
}

/// # Safety
///
/// There are `len` octets at `start`, which live as long as `'o`; or `start` is null.
unsafe fn octets<'o>(start: *const u8, len: usize) -> Option<&'o [u8]> {
    // SAFETY: the caller's promise.
    (!start.is_null()).then(|| unsafe { slice::from_raw_parts(start, len) })
}
