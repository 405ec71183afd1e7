//! Eviction of hosts: by capacity and by age.

use super::Hosts;

impl Hosts {
    pub(super) fn evict_for_new(&mut self) {
        let limit = self.limit as usize;
        if self.rules.full_tables_prune_flows {
            if self.is_over_limit() && self.table.oldest().is_some_and(|host| self.is_unused(host))
            {
                self.evict_oldest();
            }
        // Two at least, so that a flow's second host does not evict its first.
        } else if self.table.len() >= limit.max(2) {
            self.evict_oldest();
        }
    }

    /// Whether p0f would prune flows before it adds a host.
    pub(crate) fn is_over_limit(&self) -> bool {
        self.table.len() > self.limit as usize
    }

    fn evict_oldest(&mut self) {
        if let Some(oldest) = self.table.oldest_for_eviction(self.evicted) {
            self.remove(oldest);
            self.evicted += 1;
        }
    }

    /// Whether p0f may drop a host.
    fn is_unused(&self, host: u32) -> bool {
        self.uses.get(host as usize).is_none_or(|&uses| uses == 0)
    }

    /// Drops hosts that are too old, at most once in a second of capture time.
    #[inline]
    pub(crate) fn expire(&mut self, now_s: u64) {
        if now_s != self.last_expiry_s {
            self.last_expiry_s = now_s;
            self.drop_expired(now_s);
        }
    }

    fn drop_expired(&mut self, now_s: u64) {
        while let Some(oldest) = self.table.oldest() {
            let last_seen_s = self.table.get(oldest).map_or(0, |host| host.last_seen_s);
            if !self.is_unused(oldest) || !self.is_old(u64::from(last_seen_s), now_s) {
                return;
            }
            self.remove(oldest);
        }
    }

    fn remove(&mut self, number: u32) {
        self.forget_extra(number);
        self.table.remove(number);
    }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;

    use super::*;
    use crate::compat::CompatRules;
    use crate::hosts::HostKey;
    use crate::state::{Address, Limits, Scope};

    #[test]
    fn the_oldest_are_evicted_one_by_one() {
        let mut hosts = Hosts::new(4096, &Limits::P0F, &CompatRules::FIXED, 7);
        let key = |host: u32| {
            let address = Address::of(Ipv4Addr::from(host).into());
            HostKey::new(address, false, Scope::NONE, address.hash(false, 7), 7)
        };
        for host in 1000..11_000 {
            hosts.see(&key(host), 0);
            // Seen each time, so never the oldest.
            hosts.see(&key(1), 0);
            assert_eq!(hosts.len(), (host as usize - 998).min(4096));
        }
        for (host, is_there) in [(1, true), (10_999, true), (6905, true), (6904, false)] {
            assert_eq!(hosts.knows(&key(host)), is_there, "{host}");
        }
        assert_eq!(hosts.evicted() as usize + hosts.len(), 10_001);
    }
}
