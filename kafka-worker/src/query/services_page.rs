//! Metrics of the services themselves.

use std::fmt;
use std::rc::Rc;

use super::clients::Clients;
use super::hosts::Hosts;
use super::page::Page;

/// What the services count.
pub(super) struct ServicesPage {
    pub(super) hosts: Option<Rc<Hosts>>,
    /// Listeners by their names.
    pub(super) listeners: Vec<(&'static str, Rc<Clients>)>,
}

impl ServicesPage {
    pub(super) fn text(&self) -> String {
        let mut page = Page::default();
        // Writing to a String does not fail.
        let _ = self.clients(&mut page);
        if let Some(hosts) = &self.hosts {
            let _ = write_hosts(&mut page, hosts);
        }
        page.0
    }

    fn clients(&self, page: &mut Page) -> fmt::Result {
        let each = |count: fn(&Clients) -> u64| {
            self.listeners.iter().map(move |(name, clients)| (*name, count(clients)))
        };
        let open = each(|clients| clients.len() as u64);
        page.by_kind("query_clients", "gauge", "Clients that are connected.", "service", open)?;
        let accepted = each(|clients| clients.counts.accepted.get());
        page.by("query_clients_total", "Clients that have connected.", "service", accepted)?;
        let closed = each(|clients| clients.counts.closed.get());
        page.by("query_clients_closed_total", "Closed in favour of another.", "service", closed)?;
        let waited = each(|clients| clients.counts.waited.get());
        page.by("query_clients_waited_total", "Kept waiting for a place.", "service", waited)
    }
}

fn write_hosts(page: &mut Page, hosts: &Hosts) -> fmt::Result {
    let counts = &hosts.counts;
    let results = [
        ("found", counts.found.get()),
        ("unknown", counts.unknown.get()),
        ("bad", counts.bad.get()),
    ];
    page.by("queries_total", "Queries about a host, by their result.", "result", results)?;
    page.one("query_hosts", "gauge", "Hosts that can be asked about.", hosts.len())?;
    page.one(
        "query_hosts_evicted_total",
        "counter",
        "Hosts that made room for others.",
        hosts.evicted(),
    )?;
    page.one(
        "query_records_dropped_total",
        "counter",
        "Records that the host view had no time for.",
        hosts.dropped(),
    )
}
