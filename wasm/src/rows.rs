//! Rows of hosts and connections: what records say, gathered. Knows no JavaScript.

use stackprint::Record;
use stackprint::who::{Connections, Hosts, Settings};

/// Rows that are being gathered: of hosts, of connections, or none.
#[derive(Default)]
pub(crate) struct Rows {
    settings: Settings,
    hosts: Option<Hosts>,
    connections: Option<Connections>,
}

/// What is kept for rows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Gathered {
    pub(crate) hosts: usize,
    pub(crate) connections: usize,
    /// Hosts and connections that were evicted because memory was full.
    pub(crate) evicted: u64,
    /// Memory of all of them, in bytes.
    pub(crate) bytes: usize,
}

impl Rows {
    pub(crate) fn new(settings: Settings) -> Rows {
        Rows { settings, ..Rows::default() }
    }

    /// Takes what a record says of its host, and appends the rows that are due.
    pub(crate) fn take_host(&mut self, record: &Record<'_>, to: &mut Vec<u8>) {
        let settings = self.settings;
        let hosts = self.hosts.get_or_insert_with(|| Hosts::new(settings));
        hosts.take(record, &mut |row| append(&row, to));
    }

    /// Takes what a record says of its connection, and appends the rows of those that have ended.
    pub(crate) fn take_connection(&mut self, record: &Record<'_>, to: &mut Vec<u8>) {
        let memory = self.settings.evidence_memory;
        let connections = self.connections.get_or_insert_with(|| Connections::new(memory));
        connections.take(record, &mut |row| append(&row, to));
    }

    /// Appends the last row of each host, and forgets them.
    pub(crate) fn finish_hosts(&mut self, to: &mut Vec<u8>) {
        if let Some(hosts) = &mut self.hosts {
            hosts.finish(&mut |row| append(&row, to));
        }
    }

    /// Appends the rows of all connections, and forgets them.
    pub(crate) fn finish_connections(&mut self, to: &mut Vec<u8>) {
        if let Some(connections) = &mut self.connections {
            connections.finish(&mut |row| append(&row, to));
        }
    }

    pub(crate) fn gathered(&self) -> Gathered {
        let mut gathered = Gathered::default();
        if let Some(hosts) = &self.hosts {
            gathered.hosts = hosts.len();
            gathered.evicted += hosts.evicted();
            gathered.bytes += hosts.memory();
        }
        if let Some(connections) = &self.connections {
            gathered.connections = connections.len();
            gathered.evicted += connections.evicted();
            gathered.bytes += connections.memory();
        }
        gathered
    }
}

/// Appends a row as JSON with a comma after it: what is between the brackets of a list.
fn append(row: &impl serde::Serialize, to: &mut Vec<u8>) {
    // Writing to memory does not fail, and a row has nothing that JSON cannot hold.
    let _ = serde_json::to_writer(&mut *to, row);
    to.push(b',');
}
