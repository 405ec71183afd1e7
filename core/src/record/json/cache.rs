//! What was written for a stack, to be copied for the next packet with the same fingerprint.

#[cfg(feature = "flow")]
use core::net::IpAddr;
use std::sync::Arc;

use super::time::Second;
#[cfg(feature = "flow")]
use crate::endpoint::Endpoint;
use crate::endpoint::Side;
use crate::frame::Timestamp;
use crate::record::Fingerprint;
#[cfg(feature = "flow")]
use crate::record::{CommunityId, Record};
use crate::tcp::observation::FingerprintKey;
use crate::tcp::signature::Signature;

/// Texts of up to 4096 kinds of packets, each in the one slot that the hash of its key chooses,
/// and the text of the current second.
#[derive(Debug)]
pub(super) struct Cache {
    entries: Vec<Option<Box<CacheEntry>>>,
    second: Second,
    #[cfg(feature = "flow")]
    flows: Vec<Option<FlowEntry>>,
}

/// The Community ID of a flow that was written: its other records often follow soon.
#[cfg(feature = "flow")]
#[derive(Debug, Clone, Copy)]
struct FlowEntry {
    client: Endpoint,
    server: Endpoint,
    protocol: u8,
    id: CommunityId,
}

/// Flows whose identifiers are kept, each in the slot that its ends choose.
#[cfg(feature = "flow")]
const FLOW_SLOTS: usize = 256;

/// Stacks times distances, of which traffic has a few hundred: few of them meet.
const SLOTS: usize = 4096;

impl Cache {
    pub(super) fn new() -> Cache {
        Cache {
            entries: vec![None; SLOTS],
            second: Second::new(),
            #[cfg(feature = "flow")]
            flows: vec![None; FLOW_SLOTS],
        }
    }

    /// The time as it is printed.
    #[inline]
    pub(super) fn time(&mut self, time: Timestamp) -> &[u8] {
        self.second.text(time)
    }

    /// The Community ID of a record's flow.
    #[cfg(feature = "flow")]
    #[inline]
    pub(super) fn flow(&mut self, record: &Record<'_>) -> Option<CommunityId> {
        let (client, server, protocol) = (record.client, record.server, record.ip_protocol());
        let slot = self.flows.get_mut(flow_slot(client, server))?;
        if let Some(known) = slot
            && (known.client, known.server, known.protocol) == (client, server, protocol)
        {
            return Some(known.id).filter(|_| record.with_flow);
        }
        let id = record.flow()?;
        *slot = Some(FlowEntry { client, server, protocol, id });
        Some(id)
    }

    /// What was written for such a packet.
    #[inline]
    pub(super) fn get(&self, key: &CacheKey<'_>) -> Option<&[u8]> {
        let entry = self.entries.get(key.slot())?.as_deref()?;
        entry.has_key(key).then_some(&*entry.text)
    }

    /// Keeps what was written for a packet, in the slot of its key, whatever was there.
    #[cold]
    pub(super) fn insert(&mut self, key: &CacheKey<'_>, text: &[u8]) {
        if let Some(slot) = self.entries.get_mut(key.slot()) {
            *slot = Some(Box::new(CacheEntry {
                fields: key.fields,
                label: key.label.cloned(),
                link: key.link.map(Box::from),
                text: text.into(),
            }));
        }
    }
}

/// The slot of a flow: a few bits of what differs most among flows.
#[cfg(feature = "flow")]
#[inline]
fn flow_slot(client: Endpoint, server: Endpoint) -> usize {
    let low = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => ip.to_bits(),
        IpAddr::V6(ip) => ip.to_bits() as u32,
    };
    let mixed = low(client.ip) ^ low(server.ip).rotate_left(8) ^ (u32::from(client.port) << 8);
    (mixed.wrapping_mul(0x9e37_79b9) >> 24) as usize % FLOW_SLOTS
}

/// All that a text is made of; borrowed from the record.
pub(super) struct CacheKey<'r> {
    fields: Fields,
    label: Option<&'r Arc<str>>,
    link: Option<&'r str>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Fields {
    fingerprint: FingerprintKey,
    subject: Side,
    distance: u8,
    distance_is_guessed: bool,
    syn_unseen: bool,
    random_ttl: bool,
    quality: Option<f64>,
    mtu: Option<u32>,
    /// Of a match with tolerances, whose text says where it differs.
    signature: Option<Signature>,
}

/// A text and its key.
#[derive(Debug, Clone)]
struct CacheEntry {
    fields: Fields,
    /// Kept, so that no other label comes to lie in its place.
    label: Option<Arc<str>>,
    link: Option<Box<str>>,
    text: Box<[u8]>,
}

impl<'r> CacheKey<'r> {
    /// `None` for what is made of more: the closest signatures.
    #[inline]
    pub(super) fn new(fingerprint: &'r Fingerprint<'_>, subject: Side) -> Option<CacheKey<'r>> {
        let found = fingerprint.found.as_ref();
        let is_known = found.is_some() || fingerprint.closest_in.is_none();
        let fields = Fields {
            fingerprint: fingerprint.key(),
            subject,
            distance: fingerprint.distance,
            distance_is_guessed: fingerprint.distance_is_guessed(),
            syn_unseen: fingerprint.syn_unseen,
            random_ttl: found.is_some_and(|found| found.signature.ttl.random),
            quality: fingerprint.quality(),
            mtu: fingerprint.mtu.as_ref().map(|mtu| mtu.value),
            signature: found.filter(|found| found.fuzzy).map(|found| *found.signature),
        };
        let label = found.map(|found| found.label.identity());
        let link = fingerprint.mtu.as_ref().and_then(|mtu| mtu.link);
        is_known.then_some(CacheKey { fields, label, link })
    }

    #[inline]
    fn slot(&self) -> usize {
        self.fields.fingerprint.slot(SLOTS)
    }
}

impl CacheEntry {
    #[inline]
    fn has_key(&self, key: &CacheKey<'_>) -> bool {
        let same_label = match (&self.label, key.label) {
            (Some(known), Some(asked)) => Arc::ptr_eq(known, asked),
            (known, asked) => known.is_none() && asked.is_none(),
        };
        same_label && self.fields == key.fields && self.link.as_deref() == key.link
    }
}
