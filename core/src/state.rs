//! What flows and hosts are kept in: bounded tables, and the shards over which they are spread.

mod address;
mod index;
mod keys;
mod limits;
#[cfg(feature = "tls")]
mod recent_forms;
mod scope;
mod shards;
mod table;

use crate::compat::CompatRules;

pub(crate) use address::{Address, scoped_hash};
pub(crate) use keys::{Key, Keys, flow_mark};
pub use limits::Limits;
#[cfg(feature = "tls")]
pub(crate) use recent_forms::RecentForms;
pub(crate) use scope::Scope;
pub(crate) use shards::{MOST_SHARDS, ShardNumbers, Shards};
pub(crate) use table::{Entry, RESERVED, Table};

/// Whether more than `limit_s` seconds have passed. Times are compared in 32 bits, as the hosts
/// keep them.
pub(crate) fn is_older(since_s: u64, now_s: u64, limit_s: u32, rules: &CompatRules) -> bool {
    let age = (now_s as u32).wrapping_sub(since_s as u32);
    if rules.age_has_no_sign {
        age > limit_s
    } else {
        // A capture's clock that steps back ages nothing.
        age.cast_signed() > limit_s.cast_signed()
    }
}
