//! A real broker, and librdkafka's mock cluster.

mod connection_rows;
mod end_to_end;
mod errors;
mod exactly_once;
mod faults;
mod host_rows;
mod inputs;
mod ledger;
mod metrics;
mod reload;
mod sandbox;
mod stalls;
mod state;
mod tls;
mod unassigned;
