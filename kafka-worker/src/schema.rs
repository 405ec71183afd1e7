//! `stackprint schema`: what is written and read, as JSON Schema or as columns of other programs.

mod columns;

use anyhow::Context as _;
use clap::ValueEnum;
use stackprint_worker::packets;

use crate::exit::UsageError;
pub(crate) use columns::Dialect;

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum SchemaOf {
    /// The records that are written.
    #[default]
    Record,
    /// The rows of hosts that `--per host` writes.
    Host,
    /// The rows of connections that `--per connection` writes.
    Connection,
    /// The envelope of packets in messages.
    Packet,
}

/// Returns a schema as text.
pub(crate) fn text(of: SchemaOf, dialect: Dialect) -> anyhow::Result<String> {
    let schema = match of {
        SchemaOf::Record => stackprint::schema(),
        SchemaOf::Host => stackprint::who::host_schema(),
        SchemaOf::Connection => stackprint::who::connection_schema(),
        SchemaOf::Packet => packets::schema(),
    };
    let text = serde_json::to_string_pretty(&schema)? + "\n";
    if dialect == Dialect::JsonSchema {
        return Ok(text);
    }
    if of != SchemaOf::Record {
        let message = "--for is for records alone";
        return Err(UsageError::conflict(message).into());
    }
    let columns = columns::text(&serde_json::from_str(&text)?, dialect);
    columns.context("a field of records is of a type that tables do not have")
}
