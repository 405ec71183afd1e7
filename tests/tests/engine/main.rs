//! The library: against p0f, against schemas, by properties.

mod encodings;
mod filters;
mod fuzz_seeds;
mod hosts;
mod http;
mod look;
mod no_alloc;
mod opened;
mod oracle;
mod oracle_random;
mod preambles;
mod quality;
mod quic;
mod quic_records;
mod reach;
mod records;
mod robust;
mod round_trip;
mod signatures;
mod structure;
mod tls;
mod tls_libraries;
mod tls_memory;
mod tls_records;
mod typed;
mod who;
