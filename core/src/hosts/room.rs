//! Who makes place: when memory is full, and when time has passed.

use super::{Flow, Hosts};
use crate::observation::Compat;

/// p0f looks for expired entries when it has counted this many packets …
const P0F_EXPIRY_PACKETS: u32 = 50;
/// … and, when a table is full, drops this part of the flows.
const P0F_PRUNE_PERCENT: usize = 10;

impl Hosts {
    pub(super) fn make_place_for_flow(&mut self) {
        let limit = self.limits.flows as usize;
        match self.compat {
            Compat::Fixed if self.flows.len() >= limit.max(1) => self.evict_flows(1),
            Compat::P0fExact if self.flows.len() > limit => self.prune_like_p0f(),
            _ => {}
        }
    }

    pub(super) fn make_place_for_host(&mut self) {
        let limit = self.limits.hosts as usize;
        match self.compat {
            // Two at least, so that a flow's second host does not put out its first.
            Compat::Fixed if self.hosts.len() >= limit.max(2) => self.evict_host(),
            Compat::P0fExact if self.hosts.len() > limit => {
                self.prune_like_p0f();
                if self.hosts.oldest().is_some_and(|host| self.is_unused(host)) {
                    self.evict_host();
                }
            }
            _ => {}
        }
    }

    fn evict_host(&mut self) {
        if let Some(oldest) = self.hosts.next_to_go(self.evicted_hosts) {
            self.remove_host(oldest);
            self.evicted_hosts += 1;
        }
    }

    /// Whether p0f may drop a host.
    fn is_unused(&self, host: u32) -> bool {
        self.p0f.uses.get(host as usize).is_none_or(|&uses| uses == 0)
    }

    fn prune_like_p0f(&mut self) {
        self.evict_flows(1 + self.flows.len() * P0F_PRUNE_PERCENT / 100);
    }

    fn evict_flows(&mut self, count: usize) {
        for _ in 0..count {
            let Some(oldest) = self.flows.next_to_go(self.evicted_flows) else { return };
            self.remove_flow(oldest);
            self.evicted_flows += 1;
        }
    }

    /// Counts a packet that p0f's filter lets through, and expires entries as p0f does.
    pub(crate) fn count_like_p0f(&mut self, now_s: u64) {
        self.p0f.packets += 1;
        if self.p0f.packets < P0F_EXPIRY_PACKETS {
            return;
        }
        self.p0f.packets = 0;
        self.expire(now_s);
    }

    /// Drops what is too old, at most once in a second of capture time.
    #[inline]
    pub(crate) fn expire(&mut self, now_s: u64) {
        if now_s != self.last_expiry_s {
            self.last_expiry_s = now_s;
            self.drop_expired(now_s);
        }
    }

    fn drop_expired(&mut self, now_s: u64) {
        while let Some(oldest) = self.flows.oldest() {
            let created_s = self.flows.get(oldest).map_or(now_s, Flow::created_s);
            if !self.is_old(created_s, now_s, self.limits.flow_seconds) {
                break;
            }
            self.remove_flow(oldest);
        }
        while let Some(oldest) = self.hosts.oldest() {
            let last_seen_s = self.hosts.get(oldest).map_or(0, |host| host.last_seen_s);
            let limit = self.limits.host_idle_seconds;
            if !self.is_unused(oldest) || !self.is_old(u64::from(last_seen_s), now_s, limit) {
                break;
            }
            self.remove_host(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;

    use super::*;
    use crate::hosts::{Endpoint, Limits, Scope, Side};

    #[test]
    fn the_oldest_make_place_one_by_one() {
        let limits = Limits { hosts: 4096, flows: 4096, ..Limits::P0F };
        let mut hosts = Hosts::new(limits, Compat::Fixed, 7);
        let end = |host: u32, port| Endpoint { ip: Ipv4Addr::from(host).into(), port };
        let keys = |hosts: &Hosts, host| hosts.keys(end(host, 1024), end(1, 443));
        for host in 1000..11_000 {
            let keys = keys(&hosts, host);
            hosts.open_flow(&keys, Scope::NONE, Side::Client, 0);
            let seen = host as usize - 999;
            assert_eq!(hosts.flow_count(), seen.min(4096));
            assert_eq!(hosts.host_count(), (seen + 1).min(4096));
        }
        // The last ones are there, and none that made place.
        for (host, is_there) in [(10_999, true), (6904, true), (6903, false), (1000, false)] {
            let keys = keys(&hosts, host);
            assert_eq!(hosts.find_flow(&keys, 0).is_some(), is_there, "{host}");
        }
        let (evicted_hosts, evicted_flows) = hosts.evicted();
        assert_eq!(evicted_hosts as usize + hosts.host_count(), 10_001);
        assert_eq!(evicted_flows as usize + hosts.flow_count(), 10_000);
    }
}
