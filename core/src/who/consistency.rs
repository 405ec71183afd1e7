//! Whether the layers of a host agree, and what it means if they do not.
//!
//! Pure rules over the evidence of one host. `docs/consistency.md` says what each verdict means and
//! how often it is wrong.

use super::entry::{Entry, Layer};
use super::system::Family;
use super::values::Values;
use crate::bit_set::bit_set;
use crate::word_enum::word_enum;

word_enum! {
    /// What the layers of a host say of each other.
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
const STRONG: f32 = 0.75;
/// The same for TLS libraries, whose quality is an estimate of at most 0.9.
const STRONG_TLS: f32 = 0.65;
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
    let verdict = host.several_systems().or_else(|| host.forwarded()).unwrap_or_else(|| {
        let (client, server) = (host.client(), host.server());
        Consistency::worse(client, server).unwrap_or_else(|| host.roles(client, server))
    });
    host.with_support(verdict)
}

impl Consistency {
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
struct Named {
    family: Family,
    quality: f64,
    /// Whether it is sure enough to contradict.
    is_strong: bool,
}

struct Host<'e> {
    entries: &'e [Entry],
    values: &'e Values,
}

impl<'e> Host<'e> {
    fn of(&self, layer: Layer) -> impl Iterator<Item = &'e Entry> + use<'e> {
        self.entries.iter().filter(move |it| it.layer == layer)
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
        let strong = if layer == Layer::Tls || layer == Layer::Quic { STRONG_TLS } else { STRONG };
        let is_strong = quality >= strong;
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
        for (index, one) in self.voices(Layer::Syn, STRONG).enumerate() {
            for other in self.voices(Layer::Syn, STRONG).skip(index + 1) {
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

    /// Requests that say so themselves, or claims of several systems over one stack.
    fn forwarded(&self) -> Option<Consistency> {
        let quality = 0.9;
        if self.of(Layer::Forwarded).next().is_some() {
            return Some(Consistency::new(Verdict::TerminatingProxy, quality, Reason::FORWARDED));
        }
        let stack = self.family(Layer::Syn).filter(|it| it.is_strong)?;
        let claims = || self.voices(Layer::HttpRequest, STRONG);
        let first = claims().next()?;
        let is_unlike = |it: &Voice<'_>| it.family != first.family;
        let other = claims().find(is_unlike)?;
        let quality = stack.quality * f64::from(first.quality * other.quality);
        let mut reasons = Reason::SEVERAL_CLAIMS;
        if claims().any(|it| it.family != stack.family) {
            reasons |= Reason::STACK_DIFFERS_FROM_CLAIMS;
        }
        Some(Consistency::new(Verdict::TerminatingProxy, quality, reasons))
    }

    /// What the connections say that the host opened.
    fn client(&self) -> Consistency {
        let stack = self.family(Layer::Syn);
        if let Some(tunnel) = stack.and_then(|stack| self.several_hellos(stack)) {
            return tunnel;
        }
        let tls = self.family(Layer::Tls).or_else(|| self.family(Layer::Quic));
        compare(stack, tls, self.family(Layer::HttpRequest))
    }

    /// Hellos of several systems over one stack: they are not all its own.
    fn several_hellos(&self, stack: Named) -> Option<Consistency> {
        let hellos = || self.voices(Layer::Tls, STRONG_TLS);
        let first = hellos().next()?;
        hellos().find(|it| it.family != first.family)?;
        let other = hellos().find(|it| it.family != stack.family)?;
        let quality = stack.quality * f64::from(other.quality);
        let reasons = Reason::SEVERAL_HELLOS | Reason::STACK_DIFFERS_FROM_TLS;
        stack.is_strong.then_some(Consistency::new(Verdict::Tunnel, quality, reasons))
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
fn compare(stack: Option<Named>, tls: Option<Named>, claims: Option<Named>) -> Consistency {
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
