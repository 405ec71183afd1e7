//! p0f's check while it loads a file: it ends with "already covered by line N" where a signature,
//! taken for a packet, fits an earlier specific one.

use crate::label::Rank;
use crate::tcp::matching::Candidate;
use crate::tcp::observation::{MAX_DISTANCE, Observation};
use crate::tcp::quirks::Quirks;
use crate::tcp::signature::{Signature, WindowRule};
use crate::wire::{AppOptions, IpVersion};

/// The earlier signature for which p0f would refuse this one. Those are taken that ask for the same
/// options, in the order of the file.
pub(super) fn covering<'c>(
    signature: &Signature,
    earlier: &'c [Candidate],
) -> Option<&'c Candidate> {
    earlier.iter().find(|it| it.rank == Rank::Specific && covers(&it.signature, signature))
}

/// Wildcards of the later signature are values to p0f that only the same wildcard fits.
fn covers(earlier: &Signature, later: &Signature) -> bool {
    // Of the TTL, its kind is not looked at in the later one.
    let hops = earlier.ttl.initial.checked_sub(later.ttl.initial);
    hops.is_some_and(|hops| earlier.ttl.random || hops <= MAX_DISTANCE)
        && asked_quirks(earlier, later.version) == later.quirks
        && earlier.layout.end_padding() == later.layout.end_padding()
        && earlier.ip_options_len == later.ip_options_len
        && (earlier.mss.is_none() || earlier.mss == later.mss)
        && (earlier.window_scale.is_none() || earlier.window_scale == later.window_scale)
        && (earlier.has_payload.is_none() || earlier.has_payload == later.has_payload)
        && window_covers(earlier.window, later)
}

/// A signature for any version counts as a packet of IPv6 here. That is why p0f does not notice two
/// equal ones that ask for `df` or `id+`.
fn asked_quirks(earlier: &Signature, version: Option<IpVersion>) -> Quirks {
    match (earlier.version, version) {
        (Some(_), _) => earlier.quirks,
        (None, Some(IpVersion::V4)) => earlier.quirks.without(Quirks::IPV6_ONLY),
        (None, Some(IpVersion::V6) | None) => {
            earlier.quirks.without(Quirks::DF | Quirks::NONZERO_ID | Quirks::ZERO_ID)
        }
    }
}

fn window_covers(earlier: WindowRule, later: &Signature) -> bool {
    let WindowRule::Exact(window) = later.window else { return earlier == later.window };
    match earlier {
        WindowRule::Any => true,
        WindowRule::Exact(asked) => asked == window,
        WindowRule::Modulo(divisor) => window.is_multiple_of(divisor),
        WindowRule::Multiple(asked) => as_packet(later, window).window_multiple() == Some(asked),
    }
}

/// No clock, no length of headers, no peer; a wildcard MSS is none.
fn as_packet(signature: &Signature, window: u16) -> Observation {
    Observation {
        direction: crate::tcp::observation::Direction::Syn,
        version: signature.version.unwrap_or(IpVersion::V4),
        ttl: signature.ttl.initial,
        ip_options_len: signature.ip_options_len,
        dscp: 0,
        layout: signature.layout,
        app_options: AppOptions::NONE,
        mss: signature.mss,
        window,
        window_scale: signature.window_scale,
        timestamps: None,
        quirks: signature.quirks,
        has_payload: false,
        headers_len: 0,
        peer_mss: None,
    }
}
