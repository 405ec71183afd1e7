//! Query services beside the packet loop: p0f's API, hosts as JSON, metrics and health.
//!
//! One thread serves them all, on tokio. It owns what is known of hosts; the packet loop tells it of
//! records in batches, and never waits for a client.

mod answer;
mod args;
mod batch;
mod clients;
mod feed;
mod host_json;
mod host_view;
mod hosts;
mod http;
mod http_sighting;
mod listeners;
#[cfg(unix)]
mod p0f_api;
#[cfg(unix)]
mod p0f_socket;
#[cfg(not(unix))]
#[path = "query/no_p0f_socket.rs"]
mod p0f_socket;
mod page;
mod proc_self;
mod reports;
mod routes;
mod services;
mod services_page;
mod sighting;
mod token;

pub(crate) use args::QueryArgs;
pub(crate) use feed::{HostFeed, WhenFull};
pub(crate) use listeners::Listeners;
#[cfg(feature = "kafka")]
pub(crate) use page::Page;
#[cfg(feature = "kafka")]
pub(crate) use proc_self::process;
#[cfg(feature = "kafka")]
pub(crate) use reports::Reports;
pub(crate) use reports::{CaptureThreads, Capturing, Telling};
pub(crate) use services::{Network, Services};
