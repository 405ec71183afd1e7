//! Who a host is: what several records say of one address, joined, and where they contradict each
//! other.
//!
//! [`Hosts`] takes the records of an analyzer and gives a [`HostRow`] for each host. It reads no
//! clock: time is that of the records, and what [`Hosts::advance`] is told. Memory is bounded.
//!
//! ```
//! use stackprint::who::{HostLine, HostRow, Hosts, Settings};
//! use stackprint::{Analyzer, Database, Frame, LinkType, Timestamp};
//!
//! // A SYN of Linux over IPv4, as raw IP packets have it.
//! let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
//!     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
//!     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
//! let database = Database::builtin();
//! let mut analyzer = Analyzer::new(&database);
//! let mut session = analyzer.session();
//! let mut hosts = Hosts::new(Settings::default());
//! let mut rows = Vec::new();
//! let mut keep = |row: HostRow<'_>| rows.push(HostLine(&row).to_string());
//! session.analyze_all(&Frame::new(LinkType::RAW, syn).at(Timestamp::EPOCH), |result| {
//!     if let Ok(Some(record)) = result {
//!         hosts.take(&record, &mut keep);
//!     }
//! });
//! hosts.finish(&mut keep);
//! assert_eq!(rows.len(), 1);
//! assert!(rows[0].starts_with("192.0.2.30"));
//! ```
//!
//! The method and its limits are described in `docs/consistency.md`.

mod columns;
mod connection_row;
mod connections;
mod consistency;
mod csv;
mod entry;
mod host;
mod hosts;
mod join;
mod lru;
#[cfg(all(feature = "forms", feature = "http"))]
mod merged;
mod of_record;
mod row;
#[cfg(all(feature = "forms", feature = "http"))]
mod row_evidence;
mod sighting;
#[cfg(all(feature = "forms", feature = "http"))]
mod state;
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
#[cfg(all(feature = "forms", feature = "http"))]
pub use merged::{MergeSettings, MergedHosts};
#[cfg(feature = "schema")]
pub use row::host_schema;
pub use row::{
    ApplicationRow, ConsistencyRow, HOST_SCHEMA, HostChangeRow, HostDistanceRow, HostEvidenceRow,
    HostLibraryRow, HostLinkRow, HostOsRow, HostPortRow, HostRow, HostUptimeRow,
};
#[cfg(all(feature = "forms", feature = "http"))]
pub use row_evidence::BadRecordRow;
pub use sighting::Claim;
#[cfg(all(feature = "forms", feature = "http"))]
pub use state::HostState;
pub use system::{Family, System};
pub use text::HostLine;
