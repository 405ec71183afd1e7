//! librdkafka without a wrapper around each message: the one place of the program with unsafe code.
//!
//! rdkafka hands over each message as an event of its own, with two allocations and a reading of
//! the clock, and looks up the topic of each record by its name. By
//! `cargo run --release -p stackprint-tests-kafka --example kafka_throughput` that is a third of what
//! consuming a message costs. librdkafka hands over arrays, and takes a topic that was looked up
//! once; nothing more is done here. Names of headers are bytes here: rdkafka panics on those that
//! are no UTF-8.
#![allow(unsafe_code, reason = "calls of a C library that rdkafka does not wrap")]

mod fetched;
mod headers;
mod memory;
mod record_topic;

pub(crate) use fetched::{Fetched, FetchedError, Message};
pub(crate) use headers::{Headers, HeadersView};
pub(crate) use record_topic::{NewRecord, RecordTopic};
