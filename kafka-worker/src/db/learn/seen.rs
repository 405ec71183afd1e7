//! What captures of known senders hold.

use std::net::IpAddr;

use stackprint::{Observation, Timestamp};

/// A SYN or SYN+ACK, and where it was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) observation: Observation,
    pub(super) sender: IpAddr,
    pub(super) time: Timestamp,
    /// The capture, by its place on the command line, and the frame in it, from 1.
    pub(super) capture: usize,
    pub(super) frame: u64,
}
