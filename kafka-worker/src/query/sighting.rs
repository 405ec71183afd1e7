//! What a record says of hosts, in a form that costs the packet loop next to nothing.

use std::net::IpAddr;
use std::num::NonZeroUsize;

use stackprint::{Label, Record, RecordKind, Side, Verdict};

/// What the host view is told of a record, in one cache line. Texts stay in the database: see
/// [`LabelKey`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting {
    /// Seconds since 1970, as p0f's API has them.
    pub(super) time_s: u32,
    pub(super) client: IpAddr,
    pub(super) server: IpAddr,
    /// Whose stack the record is about.
    pub(super) subject: Side,
    /// Whether a connection begins.
    pub(super) opens: bool,
    /// The system whose signature fits.
    pub(super) system: Option<LabelKey>,
    /// Whether it fits with tolerances.
    pub(super) fuzzy: bool,
    pub(super) distance: Option<u8>,
    /// 0 if the record has none.
    pub(super) mtu: u32,
    pub(super) verdict: Option<Verdict>,
    pub(super) uptime_minutes: u32,
    /// 0 if the record has no uptime.
    pub(super) uptime_modulo_days: u16,
    /// What it says of HTTP: its number among those of the batch, from 1; 0 for nothing.
    pub(super) http: u16,
}

const _: () = assert!(size_of::<Sighting>() == 64);

/// A label, as long as its database is in use: the address of its text, which it shares with no
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LabelKey(NonZeroUsize);

impl LabelKey {
    pub(super) fn of(label: &Label) -> Option<LabelKey> {
        NonZeroUsize::new(label.as_str().as_ptr().addr()).map(LabelKey)
    }
}

const SECONDS_PER_MINUTE: u32 = 60;

impl Sighting {
    #[inline]
    pub(super) fn of(record: &Record<'_>) -> Sighting {
        let mut sighting = Sighting {
            time_s: u32::try_from(record.time.as_seconds()).unwrap_or(u32::MAX),
            client: record.client.ip,
            server: record.server.ip,
            subject: record.subject,
            opens: record.kind == RecordKind::Syn,
            system: None,
            fuzzy: false,
            distance: None,
            mtu: 0,
            verdict: None,
            uptime_minutes: 0,
            uptime_modulo_days: 0,
            http: 0,
        };
        if let Some(fingerprint) = &record.fingerprint {
            sighting.opens |= fingerprint.syn_unseen;
            sighting.verdict = fingerprint.change.as_ref().map(|change| change.verdict);
            let found = fingerprint.found;
            // What a tool sends says nothing of the system that it runs on, and nor does a probe.
            let is_tool = found.is_some_and(|found| found.label.is_userland());
            if !is_tool && !fingerprint.is_probe {
                // "At most so far" is no distance.
                let is_bound = found.is_some_and(|found| found.signature.ttl.random);
                sighting.system = found.and_then(|found| LabelKey::of(found.label));
                sighting.fuzzy = found.is_some_and(|found| found.fuzzy);
                sighting.distance = (!is_bound).then_some(fingerprint.distance);
                sighting.mtu = fingerprint.mtu.map_or(0, |mtu| mtu.value);
            }
        }
        if let Some(uptime) = &record.uptime {
            sighting.uptime_minutes = uptime.seconds / SECONDS_PER_MINUTE;
            // A clock of 1 Hz begins anew after 49,710 days, the most.
            sighting.uptime_modulo_days = u16::try_from(uptime.modulo_days).unwrap_or(u16::MAX);
        }
        sighting
    }

    /// The host that the record is about.
    pub(super) fn subject_ip(&self) -> IpAddr {
        match self.subject {
            Side::Client => self.client,
            Side::Server => self.server,
        }
    }
}
