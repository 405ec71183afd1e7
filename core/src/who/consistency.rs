//! Whether the layers of a host agree, and what it means if they do not.
//!
//! Pure rules over the evidence of one host. `docs/consistency.md` says what each verdict means and
//! how often it is wrong.

use super::entry::{Entry, Layer};
#[cfg(feature = "tls")]
use super::system::Distribution;
use super::system::Family;
use super::values::Values;
use crate::bit_set::bit_set;
use crate::word_enum::word_enum;

word_enum! {
    /// What the layers of a host say of each other.
    ///
    /// [`HostRow::consistency`](super::HostRow::consistency) has it, and
    /// `docs/consistency.md` explains it.
    Verdict {
        /// Layers that name a system name the same.
        Consistent = "consistent",
        /// TLS is of another system than the stack: connections of others come through it.
        Tunnel = "tunnel",
        /// Requests are ended here and sent again: forwarded, or of several systems over one stack.
        TerminatingProxy = "terminating_proxy",
        /// Claims are of another system than the stack.
        ProxyOrForged = "proxy_or_forged",
        /// Several systems behind one address.
        SharedAddress = "shared_address",
        /// Another system than before.
        Changed = "changed",
        /// Nothing sure can be said.
        Unclear = "unclear",
    }
}

bit_set! {
    /// Why a verdict is what it is.
    ///
    /// They are a part of [`Consistency`]; [`HostRow::consistency`](super::HostRow::consistency) has them.
    Reason(u32) {
        /// The SYN and the TLS library name the same family.
        STACK_AGREES_WITH_TLS = 0, "stack_agrees_with_tls";
        /// The stack and the claims name the same family.
        STACK_AGREES_WITH_CLAIMS = 1, "stack_agrees_with_claims";
        /// The TLS library and the claims name the same family.
        TLS_AGREES_WITH_CLAIMS = 2, "tls_agrees_with_claims";
        /// The SYN and the TLS library name different families.
        STACK_DIFFERS_FROM_TLS = 3, "stack_differs_from_tls";
        /// The stack and the claims name different families.
        STACK_DIFFERS_FROM_CLAIMS = 4, "stack_differs_from_claims";
        /// The TLS library and the claims name different families.
        TLS_DIFFERS_FROM_CLAIMS = 5, "tls_differs_from_claims";
        /// SYNs and SYN+ACKs name the same family.
        ROLES_AGREE = 6, "roles_agree";
        /// SYNs and SYN+ACKs name different families: a forwarded port, or a balancer.
        ROLES_DIFFER = 7, "roles_differ";
        /// Requests have Via or X-Forwarded-For.
        FORWARDED = 8, "forwarded";
        /// Claims name several families over one stack.
        SEVERAL_CLAIMS = 9, "several_claims";
        /// Stacks of several families were seen by turns.
        STACKS_BY_TURNS = 10, "stacks_by_turns";
        /// Stacks of several families were seen, one after the other.
        STACKS_IN_TURN = 11, "stacks_one_after_the_other";
        /// The TCP layer found a shared address.
        SHARING_SEEN = 12, "sharing_seen";
        /// The TCP layer found a change of looks.
        CHANGE_SEEN = 13, "change_seen";
        /// The MTU is smaller than that of links without a tunnel.
        TUNNEL_MTU = 14, "mtu_of_a_tunnel";
        /// Only one layer names a system.
        ONE_LAYER = 15, "one_layer";
        /// No layer names a system with enough quality.
        WEAK = 16, "weak";
        /// TLS hellos are of several families over one stack.
        SEVERAL_HELLOS = 17, "several_hellos";
    }
}

/// A verdict with its reasons.
///
/// [`HostRow::consistency`](super::HostRow::consistency) has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Consistency {
    /// The verdict.
    pub verdict: Verdict,
    /// How likely it is right, 0 to 1; 0 for [`Verdict::Unclear`].
    pub quality: f64,
    /// What speaks for it.
    pub reasons: Reason,
}

/// A layer may contradict others if its family is at least this likely.
const fn least_to_contradict(layer: Layer) -> f32 {
    match layer {
        // The share of visits in which User-Agents agree, so that the proxies looked for here have
        // lowered it: it is 0.7 for Linux 6.16 or newer, which sends most of what has that form.
        Layer::Syn | Layer::SynAck => 0.65,
        // The quality of a TLS library is an estimate of at most 0.9.
        Layer::Tls | Layer::Quic => 0.65,
        _ => 0.75,
    }
}

/// A layer may agree with others if its family is at least this likely.
const LEAST_TO_AGREE: f32 = 0.6;
/// A change of looks counts from this quality on.
const STRONG_CHANGE: f32 = 0.9;
/// What is left of a quality if a layer in between says nothing.
const WITHOUT_A_WITNESS: f64 = 0.8;
/// Smaller MTUs than this are those of tunnels, by a link that the database names or not.
const LEAST_PLAIN_MTU: u32 = 1480;

/// An answer of one layer: which family, how sure, and the piece of evidence.
#[derive(Debug, Clone, Copy)]
struct Voice<'e> {
    family: Family,
    quality: f32,
    entry: &'e Entry,
}

/// The verdict on a host by its evidence.
pub(super) fn judge(entries: &[Entry], values: &Values) -> Consistency {
    let host = Host { entries, values };
    let by_roles = || {
        let (client, server) = (host.client(), host.server());
        Consistency::worse(client, server).unwrap_or_else(|| host.roles(client, server))
    };
    let verdict = host
        .several_systems()
        .or_else(|| host.forwarded())
        .or_else(|| host.several_over_one_stack())
        .unwrap_or_else(by_roles);
    host.with_support(verdict)
}

impl Consistency {
    /// Of a request that names the proxy that sent it, or whom it speaks for.
    pub(super) const FORWARDED: Consistency =
        Consistency::new(Verdict::TerminatingProxy, 0.9, Reason::FORWARDED);

    const fn new(verdict: Verdict, quality: f64, reasons: Reason) -> Consistency {
        Consistency { verdict, quality, reasons }
    }

    const fn unclear(reasons: Reason) -> Consistency {
        Consistency::new(Verdict::Unclear, 0.0, reasons)
    }

    /// Of the verdicts on both roles, the one that names a contradiction; `None` if neither does.
    fn worse(client: Consistency, server: Consistency) -> Option<Consistency> {
        let is_bad =
            |it: &Consistency| !matches!(it.verdict, Verdict::Consistent | Verdict::Unclear);
        [client, server].into_iter().find(is_bad)
    }
}

/// What a layer names, all of its answers together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named {
    family: Family,
    quality: f64,
    /// Whether it is sure enough to contradict.
    is_strong: bool,
}

#[cfg(feature = "tls")]
impl Named {
    /// What a single answer of a layer names; `None` if nothing, or with too little quality.
    pub(super) fn by(layer: Layer, systems: Option<Distribution>) -> Option<Named> {
        let (family, quality) = systems?.likeliest_family();
        let is_strong = quality >= least_to_contradict(layer);
        let named = Named { family, quality: f64::from(quality), is_strong };
        (quality >= LEAST_TO_AGREE).then_some(named)
    }
}

/// Strong answers of one layer, as far as they differ.
#[derive(Debug, Clone, Copy)]
struct Mix<'e> {
    first: Voice<'e>,
    /// One of another family than the first.
    unlike: Option<Voice<'e>>,
    /// One of another family than the stack.
    foreign: Option<Voice<'e>>,
}

struct Host<'e> {
    entries: &'e [Entry],
    values: &'e Values,
}

impl<'e> Host<'e> {
    fn of(&self, layer: Layer) -> impl Iterator<Item = &'e Entry> + use<'e> {
        self.entries.iter().filter(move |it| it.layer == layer)
    }

    /// The answers of a layer that may contradict others.
    fn strong_voices(&self, layer: Layer) -> impl Iterator<Item = Voice<'e>> + use<'e> {
        self.voices(layer, least_to_contradict(layer))
    }

    /// The answers of a layer that name a family.
    fn voices(&self, layer: Layer, least: f32) -> impl Iterator<Item = Voice<'e>> + use<'e> {
        let values = self.values;
        self.of(layer).filter_map(move |entry| {
            let (family, quality) = values.get(entry.value)?.strong_family(least)?;
            Some(Voice { family, quality, entry })
        })
    }

    /// The one family that all answers of a layer name, with the mean of their qualities.
    fn family(&self, layer: Layer) -> Option<Named> {
        let mut voices = self.voices(layer, LEAST_TO_AGREE);
        let first = voices.next()?;
        let (mut sum, mut count) = (first.quality, 1.0);
        for voice in voices {
            if voice.family != first.family {
                return None;
            }
            sum += voice.quality;
            count += 1.0;
        }
        let quality = sum / count;
        let is_strong = quality >= least_to_contradict(layer);
        Some(Named { family: first.family, quality: f64::from(quality), is_strong })
    }

    /// Several stacks at one address: by turns, or one after the other.
    fn several_systems(&self) -> Option<Consistency> {
        let mut found: Option<Consistency> = None;
        let mut add = |verdict, quality: f64, reason| {
            let old = found.get_or_insert(Consistency::new(verdict, quality, reason));
            old.reasons |= reason;
            if verdict == Verdict::SharedAddress {
                (old.verdict, old.quality) = (verdict, old.quality.max(quality));
            }
        };
        for (index, one) in self.strong_voices(Layer::Syn).enumerate() {
            for other in self.strong_voices(Layer::Syn).skip(index + 1) {
                if one.family == other.family {
                    continue;
                }
                let quality = f64::from(one.quality * other.quality);
                if one.entry.is_interleaved(other.entry) {
                    add(Verdict::SharedAddress, quality, Reason::STACKS_BY_TURNS);
                } else {
                    add(Verdict::Changed, quality, Reason::STACKS_IN_TURN);
                }
            }
        }
        for entry in self.of(Layer::Change) {
            let Some(value) = self.values.get(entry.value) else { continue };
            let quality = f64::from(value.quality);
            match (value.number, value.quality >= STRONG_CHANGE) {
                (1, true) => add(Verdict::SharedAddress, quality, Reason::SHARING_SEEN),
                (0, true) => add(Verdict::Changed, quality, Reason::CHANGE_SEEN),
                _ => {}
            }
        }
        found
    }

    /// Requests that say so themselves.
    fn forwarded(&self) -> Option<Consistency> {
        self.of(Layer::Forwarded).next()?;
        Some(Consistency::FORWARDED)
    }

    /// Several systems over one stack, by hellos or by claims: the connections are not all its own.
    fn several_over_one_stack(&self) -> Option<Consistency> {
        let stack = self.family(Layer::Syn).filter(|it| it.is_strong)?;
        let hellos = self.mix(Layer::Tls, stack.family);
        let claims = self.mix(Layer::HttpRequest, stack.family);
        let is_several = |mix: Option<Mix<'_>>| mix.is_some_and(|it| it.unlike.is_some());
        let foreign = |mix: Option<Mix<'e>>| mix.and_then(|it| it.foreign);
        let mut reasons = Reason::NONE;
        if is_several(hellos) {
            reasons |= Reason::SEVERAL_HELLOS;
        }
        if is_several(claims) {
            reasons |= Reason::SEVERAL_CLAIMS;
        }
        if reasons.is_empty() {
            return None;
        }
        if foreign(claims).is_some() {
            reasons |= Reason::STACK_DIFFERS_FROM_CLAIMS;
        }
        // A proxy that ends TLS makes hellos of its own, so that this one came through a tunnel.
        if let Some(hello) = foreign(hellos) {
            let quality = stack.quality * f64::from(hello.quality);
            let reasons = reasons | Reason::STACK_DIFFERS_FROM_TLS;
            return Some(Consistency::new(Verdict::Tunnel, quality, reasons));
        }
        let Mix { first, unlike, .. } = claims?;
        let quality = stack.quality * f64::from(first.quality * unlike?.quality);
        Some(Consistency::new(Verdict::TerminatingProxy, quality, reasons))
    }

    /// The strong answers of a layer, the surest of each kind: in whatever order they were seen.
    fn mix(&self, layer: Layer, stack: Family) -> Option<Mix<'e>> {
        let surest = |is_it: &dyn Fn(Family) -> bool| {
            let voices = self.strong_voices(layer).filter(|it| is_it(it.family));
            voices.max_by(|one, other| one.quality.total_cmp(&other.quality))
        };
        let first = surest(&|_| true)?;
        let unlike = surest(&|family| family != first.family);
        Some(Mix { first, unlike, foreign: surest(&|family| family != stack) })
    }

    /// What the connections say that the host opened.
    fn client(&self) -> Consistency {
        let tls = self.family(Layer::Tls).or_else(|| self.family(Layer::Quic));
        compare(self.family(Layer::Syn), tls, self.family(Layer::HttpRequest))
    }

    /// What the connections say that the host accepted.
    fn server(&self) -> Consistency {
        compare(self.family(Layer::SynAck), None, self.family(Layer::HttpResponse))
    }

    /// Both roles, where neither has a contradiction.
    fn roles(&self, client: Consistency, server: Consistency) -> Consistency {
        let both = [client, server].into_iter().filter(|it| it.verdict == Verdict::Consistent);
        let best = both.max_by(|one, other| one.quality.total_cmp(&other.quality));
        let stacks = self.family(Layer::Syn).zip(self.family(Layer::SynAck));
        match (best, stacks) {
            // A port that is forwarded to another host, or a balancer: it happens.
            (_, Some((syn, syn_ack))) if syn.family != syn_ack.family => {
                Consistency::unclear(Reason::ROLES_DIFFER)
            }
            (Some(best), Some(_)) => {
                Consistency { reasons: best.reasons | Reason::ROLES_AGREE, ..best }
            }
            (Some(best), None) => best,
            (None, Some((syn, syn_ack))) => {
                let quality = syn.quality * syn_ack.quality;
                Consistency::new(Verdict::Consistent, quality, Reason::ROLES_AGREE)
            }
            (None, None) => {
                let both = client.reasons | server.reasons;
                let weak = if both == Reason::WEAK { Reason::NONE } else { Reason::WEAK };
                Consistency::unclear(both.without(weak))
            }
        }
    }

    /// With what does not decide, but fits.
    fn with_support(&self, verdict: Consistency) -> Consistency {
        let is_small = |entry: &Entry| {
            self.values.get(entry.value).is_some_and(|it| it.number < LEAST_PLAIN_MTU)
        };
        match verdict.verdict {
            Verdict::Tunnel | Verdict::ProxyOrForged if self.of(Layer::Link).any(is_small) => {
                Consistency { reasons: verdict.reasons | Reason::TUNNEL_MTU, ..verdict }
            }
            _ => verdict,
        }
    }
}

/// Compares what stack, TLS and claims name.
pub(super) fn compare(
    stack: Option<Named>,
    tls: Option<Named>,
    claims: Option<Named>,
) -> Consistency {
    let mut reasons = Reason::NONE;
    let mut pair = |one: Option<Named>, other: Option<Named>, same, unlike| {
        let (one, other) = one.zip(other)?;
        let agree = one.family == other.family;
        let is_sure = agree || (one.is_strong && other.is_strong);
        if !is_sure {
            reasons |= Reason::WEAK;
            return None;
        }
        reasons |= if agree { same } else { unlike };
        Some((agree, one.quality * other.quality))
    };
    let stack_tls = pair(stack, tls, Reason::STACK_AGREES_WITH_TLS, Reason::STACK_DIFFERS_FROM_TLS);
    let stack_claims =
        pair(stack, claims, Reason::STACK_AGREES_WITH_CLAIMS, Reason::STACK_DIFFERS_FROM_CLAIMS);
    let tls_claims =
        pair(tls, claims, Reason::TLS_AGREES_WITH_CLAIMS, Reason::TLS_DIFFERS_FROM_CLAIMS);
    let (verdict, quality) = match (stack_tls, stack_claims, tls_claims) {
        (Some((true, one)), Some((true, other)), _) => (Verdict::Consistent, one.max(other)),
        (Some((true, quality)), None, _) | (None, Some((true, quality)), _) => {
            (Verdict::Consistent, quality)
        }
        (Some((false, quality)), Some((false, _)), Some((true, _))) => (Verdict::Tunnel, quality),
        // Whether the hello is what it looks like, nobody says.
        (Some((false, quality)), None, None) => (Verdict::Tunnel, quality * WITHOUT_A_WITNESS),
        (Some((true, _)), Some((false, quality)), _) => (Verdict::ProxyOrForged, quality),
        (None, Some((false, quality)), None) => {
            (Verdict::ProxyOrForged, quality * WITHOUT_A_WITNESS)
        }
        _ => (Verdict::Unclear, 0.0),
    };
    if verdict == Verdict::Unclear && reasons.is_empty() {
        let layers = [stack, tls, claims].into_iter().flatten().count();
        reasons = if layers == 0 { Reason::WEAK } else { Reason::ONE_LAYER };
    }
    Consistency::new(verdict, quality, reasons)
}
