//! Who a host is: what several records say of one address, joined, and where they contradict each
//! other.
//!
//! [`Hosts`] takes the records of an analyzer and gives a [`HostRow`] for each host. It reads no
//! clock: time is that of the records, and what [`Hosts::advance`] is told. Memory is bounded.
//!
//! ```
//! use stackprint::who::{HostRow, Hosts, Settings};
//!
//! let mut hosts = Hosts::new(Settings::default());
//! let mut rows = Vec::new();
//! // For each record of an analyzer: hosts.take(&record, &mut |row| rows.push(row));
//! hosts.finish(&mut |row: HostRow| rows.push(row));
//! assert!(rows.is_empty());
//! ```
//!
//! The method and its limits are described in `docs/consistency.md`.

mod connection_row;
mod connections;
mod consistency;
mod csv;
mod entry;
mod host;
mod hosts;
mod join;
mod lru;
mod row;
mod sighting;
mod system;
mod text;
mod to_row;
mod values;

#[cfg(feature = "schema")]
pub use connection_row::connection_schema;
pub use connection_row::{
    CONNECTION_SCHEMA, ConnectionHttpRow, ConnectionLine, ConnectionRow, ConnectionTlsRow, StackRow,
};
pub use connections::Connections;
pub use consistency::{Consistency, Reason, Verdict};
pub use entry::Layer;
pub use hosts::{Hosts, Settings};
#[cfg(feature = "schema")]
pub use row::host_schema;
pub use row::{
    ApplicationRow, ConsistencyRow, HOST_SCHEMA, HostChangeRow, HostDistanceRow, HostEvidenceRow,
    HostLibraryRow, HostLinkRow, HostOsRow, HostPortRow, HostRow, HostUptimeRow,
};
pub use sighting::Claim;
pub use system::{Family, System};
pub use text::HostLine;
