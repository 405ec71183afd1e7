//! What `kafka` and `publish` share: librdkafka's properties, events, errors and what to do about them.

pub(crate) mod events;
pub(crate) mod failure;
pub(crate) mod log;
pub(crate) mod names;
pub(crate) mod properties;
pub(crate) mod remedy;
mod secrets;
pub(crate) mod statistics;
pub(crate) mod timestamp;
pub(crate) mod topics;
