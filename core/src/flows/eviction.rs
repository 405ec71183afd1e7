//! Eviction of flows: by capacity and by age.

use super::{Flow, Flows};

/// p0f drops this part of the flows when a table is full.
const P0F_PRUNE_PERCENT: usize = 10;

impl Flows {
    pub(super) fn evict_for_new(&mut self) {
        let limit = self.limit as usize;
        if self.rules.full_tables_prune_flows {
            if self.table.len() > limit {
                self.evict(pruned_like_p0f(self.table.len()));
            }
        } else if self.table.len() >= limit.max(1) {
            self.evict(1);
        }
    }

    /// Drops flows because the table of hosts is full, as p0f does before it adds a flow: that flow
    /// is here already, and the newest.
    pub(crate) fn prune_like_p0f(&mut self) {
        let others = self.table.len().saturating_sub(1);
        self.evict(pruned_like_p0f(others).min(others));
    }

    fn evict(&mut self, count: usize) {
        for _ in 0..count {
            let Some(oldest) = self.table.oldest_for_eviction(self.evicted) else { return };
            self.remove(oldest);
            self.evicted += 1;
        }
    }

    /// Drops flows that are too old, at most once in a second of capture time.
    #[inline]
    pub(crate) fn expire(&mut self, now_s: u64) {
        if now_s != self.last_expiry_s {
            self.last_expiry_s = now_s;
            self.drop_expired(now_s);
        }
    }

    fn drop_expired(&mut self, now_s: u64) {
        while let Some(oldest) = self.table.oldest() {
            let since_s = self.table.get(oldest).map_or(now_s, Flow::age_from_s);
            if !self.is_old(since_s, now_s) {
                return;
            }
            self.remove(oldest);
        }
    }
}

fn pruned_like_p0f(flows: usize) -> usize {
    1 + flows * P0F_PRUNE_PERCENT / 100
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;

    use super::*;
    use crate::compat::CompatRules;
    use crate::endpoint::{Endpoint, Side};
    use crate::state::Keys;

    #[test]
    fn the_oldest_are_evicted_one_by_one() {
        let mut flows = Flows::new(4096, 30, &CompatRules::FIXED, 7);
        let end = |host: u32, port| Endpoint { ip: Ipv4Addr::from(host).into(), port };
        let keys = |host| Keys::new(end(host, 1024), end(1, 443), 7);
        for host in 1000..11_000 {
            flows.open(&keys(host), Side::Client, 0);
            assert_eq!(flows.len(), (host as usize - 999).min(4096));
        }
        for (host, is_there) in [(10_999, true), (6904, true), (6903, false), (1000, false)] {
            assert_eq!(flows.find(&keys(host), 0).is_some(), is_there, "{host}");
        }
        assert_eq!(flows.evicted() as usize + flows.len(), 10_000);
    }
}
