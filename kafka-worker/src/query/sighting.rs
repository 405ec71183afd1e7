//! What a record says of hosts, in a form that costs the packet loop next to nothing.

use std::net::IpAddr;

use stackprint::{Label, Mtu, Record, RecordKind, Side, Verdict};

/// What the host view is told of a record. Texts stay in the database: see [`LabelKey`].
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
    pub(super) system: Option<SeenSystem>,
    pub(super) distance: Option<u8>,
    /// 0 if the record has none.
    pub(super) mtu: u32,
    pub(super) verdict: Option<Verdict>,
    pub(super) uptime: Option<SeenUptime>,
}

/// The system whose signature fits.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeenSystem {
    pub(super) label: LabelKey,
    pub(super) fuzzy: bool,
}

/// A label, as long as its database is in use: the address of its text, which it shares with no
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LabelKey(usize);

impl LabelKey {
    pub(super) fn of(label: &Label) -> LabelKey {
        LabelKey(label.as_str().as_ptr().addr())
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct SeenUptime {
    pub(super) minutes: u32,
    pub(super) modulo_days: u32,
}

const SECONDS_PER_MINUTE: u32 = 60;

impl Sighting {
    #[inline]
    pub(super) fn of(record: &Record<'_>) -> Sighting {
        let fingerprint = record.fingerprint.as_ref();
        // What a tool sends says nothing of the system that it runs on, and nor does a probe's answer.
        let stack = fingerprint.filter(|fingerprint| {
            let is_tool = fingerprint.found.is_some_and(|found| found.label.is_userland());
            !is_tool && !fingerprint.is_probe
        });
        let found = stack.and_then(|stack| stack.found);
        // "At most so far" is no distance.
        let is_bound = found.is_some_and(|found| found.signature.ttl.random);
        let syn_unseen = fingerprint.is_some_and(|fingerprint| fingerprint.syn_unseen);
        Sighting {
            time_s: u32::try_from(record.time.as_seconds()).unwrap_or(u32::MAX),
            client: record.client.ip,
            server: record.server.ip,
            subject: record.subject,
            opens: record.kind == RecordKind::Syn || syn_unseen,
            system: found
                .map(|found| SeenSystem { label: LabelKey::of(found.label), fuzzy: found.fuzzy }),
            distance: stack.filter(|_| !is_bound).map(|stack| stack.distance),
            mtu: stack.and_then(|stack| stack.mtu).map_or(0, |mtu: Mtu<'_>| mtu.value),
            verdict: fingerprint
                .and_then(|fingerprint| fingerprint.change.as_ref())
                .map(|change| change.verdict),
            uptime: record.uptime.map(|uptime| SeenUptime {
                minutes: uptime.seconds / SECONDS_PER_MINUTE,
                modulo_days: uptime.modulo_days,
            }),
        }
    }

    /// The host that the record is about.
    pub(super) fn subject_ip(&self) -> IpAddr {
        match self.subject {
            Side::Client => self.client,
            Side::Server => self.server,
        }
    }
}
