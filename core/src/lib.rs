//! Passive TCP/IP stack fingerprinting: captured frames in, fingerprints out.

#![forbid(unsafe_code)]

#[cfg(feature = "capture")]
pub mod capture;
mod frame;
mod skip;
mod wire;

pub use frame::{Frame, LinkType, Timestamp, UnknownLinkType};
pub use skip::{Skip, SkipReason};
pub use wire::{Encapsulation, IpVersion, Path};
