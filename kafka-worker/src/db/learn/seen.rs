//! What captures of known senders hold.

use std::net::IpAddr;

use stackprint::http::{HttpSignature, Kind};
use stackprint::{Observation, Timestamp};

/// A SYN or SYN+ACK, and where it was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) observation: Observation,
    pub(super) at: Place,
}

/// The head of a request or response, and where it was seen.
#[derive(Debug, Clone)]
pub(super) struct SeenHead {
    pub(super) kind: Kind,
    pub(super) raw: HttpSignature,
    pub(super) at: Place,
}

/// Where something was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) sender: IpAddr,
    pub(super) time: Timestamp,
    /// The capture, by its place on the command line, and the frame in it, from 1.
    pub(super) capture: usize,
    pub(super) frame: u64,
}
