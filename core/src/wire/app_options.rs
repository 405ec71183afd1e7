//! TCP options that a program asks for, not its system: they tell nothing of the stack, and a
//! signature knows nothing of them.

use super::option_layout::{OptionLayout, kind};
use crate::bit_set::bit_set;

bit_set! {
    /// Which options a program, or a setting made for it, added to a segment: a set.
    ///
    /// They are set aside before a signature is looked for. p0f knows none of them, so nothing is set
    /// aside as p0f.
    ///
    /// [`Observation::app_options`](crate::Observation::app_options) has those of a segment.
    AppOptions(u8) {
        /// TCP Fast Open (RFC 7413): kind 34, or an experimental kind with the identifier 0xF989.
        FAST_OPEN = 0, "tfo";
        /// Multipath TCP (RFC 8684): kind 30.
        MULTIPATH = 1, "mptcp";
        /// Counters of accurate ECN (RFC 9768 and its drafts): kinds 172 and 174, or an experimental
        /// kind with the identifier 0xACC0 or 0xACC1.
        ACCURATE_ECN = 2, "accecn";
        /// Encryption negotiation (RFC 8547): kind 69, or an experimental kind with 0x454E.
        ENCRYPTION = 3, "eno";
        /// Shared memory communications (RFC 7609): an experimental kind with 0xE2D4C3D9.
        SHARED_MEMORY = 4, "smc";
        /// An experimental kind (253 or 254, RFC 4727) with another identifier (RFC 6994), or none.
        EXPERIMENTAL = 5, "experimental";
    }
}

/// Option kinds of which this module knows (IANA "TCP Option Kind Numbers").
mod app_kind {
    pub(super) const MULTIPATH: u8 = 30;
    pub(super) const FAST_OPEN: u8 = 34;
    pub(super) const ENCRYPTION: u8 = 69;
    pub(super) const ACCURATE_ECN_0: u8 = 172;
    pub(super) const ACCURATE_ECN_1: u8 = 174;
    pub(super) const EXPERIMENT_1: u8 = 253;
    pub(super) const EXPERIMENT_2: u8 = 254;
}

/// Identifiers of experiments (IANA "TCP Experimental Option Experiment Identifiers").
mod experiment {
    pub(super) const FAST_OPEN: [u8; 2] = [0xf9, 0x89];
    pub(super) const ACCURATE_ECN_0: [u8; 2] = [0xac, 0xc0];
    pub(super) const ACCURATE_ECN_1: [u8; 2] = [0xac, 0xc1];
    pub(super) const ENCRYPTION: [u8; 2] = [0x45, 0x4e];
    pub(super) const SHARED_MEMORY: [u8; 4] = [0xe2, 0xd4, 0xc3, 0xd9];
}

impl AppOptions {
    /// As which option one of this kind with this value counts.
    pub(super) fn of(option: u8, value: &[u8]) -> AppOptions {
        match option {
            app_kind::FAST_OPEN => AppOptions::FAST_OPEN,
            app_kind::MULTIPATH => AppOptions::MULTIPATH,
            app_kind::ENCRYPTION => AppOptions::ENCRYPTION,
            app_kind::ACCURATE_ECN_0 | app_kind::ACCURATE_ECN_1 => AppOptions::ACCURATE_ECN,
            app_kind::EXPERIMENT_1 | app_kind::EXPERIMENT_2 => AppOptions::of_experiment(value),
            _ => AppOptions::NONE,
        }
    }

    fn of_experiment(value: &[u8]) -> AppOptions {
        match value.first_chunk() {
            Some(&experiment::FAST_OPEN) => AppOptions::FAST_OPEN,
            Some(&(experiment::ACCURATE_ECN_0 | experiment::ACCURATE_ECN_1)) => {
                AppOptions::ACCURATE_ECN
            }
            Some(&experiment::ENCRYPTION) => AppOptions::ENCRYPTION,
            _ if value.first_chunk() == Some(&experiment::SHARED_MEMORY) => {
                AppOptions::SHARED_MEMORY
            }
            _ => AppOptions::EXPERIMENTAL,
        }
    }

    /// Of a layout, whose options have lost their values.
    pub(crate) fn of_layout(layout: &OptionLayout) -> AppOptions {
        let all = layout.kinds().iter().map(|&option| AppOptions::of(option, &[]));
        all.fold(AppOptions::NONE, AppOptions::union)
    }
}

/// Whether options of this kind are experiments, told apart by their values.
#[inline]
pub(super) const fn is_experiment(option: u8) -> bool {
    matches!(option, app_kind::EXPERIMENT_1 | app_kind::EXPERIMENT_2)
}

/// How many octets of an experiment's value are its identifier.
pub(super) fn identifier_len(value: &[u8]) -> usize {
    let identifier_len = match value {
        [0xe2, 0xd4, ..] => experiment::SHARED_MEMORY.len(),
        _ => experiment::FAST_OPEN.len(),
    };
    identifier_len.min(value.len())
}

/// Whether programs ask for options of this kind.
#[inline]
pub(super) fn is_app_option(option: u8) -> bool {
    APP_OPTIONS[usize::from(option)]
}

/// By kind: one look for each option of each SYN.
static APP_OPTIONS: [bool; 256] = {
    let mut all = [false; 256];
    all[app_kind::MULTIPATH as usize] = true;
    all[app_kind::FAST_OPEN as usize] = true;
    all[app_kind::ENCRYPTION as usize] = true;
    all[app_kind::ACCURATE_ECN_0 as usize] = true;
    all[app_kind::ACCURATE_ECN_1 as usize] = true;
    all[app_kind::EXPERIMENT_1 as usize] = true;
    all[app_kind::EXPERIMENT_2 as usize] = true;
    all
};

fn is_filler(option: u8) -> bool {
    matches!(option, kind::NOP | kind::END)
}

impl OptionLayout {
    /// The options of the stack itself: without those of programs, and without fillers.
    pub(crate) fn own_options(&self) -> OptionLayout {
        let mut own = OptionLayout::EMPTY;
        for &option in self.kinds() {
            if !is_filler(option) && !is_app_option(option) {
                // It is no longer than this one.
                let _ = own.push(option);
            }
        }
        own
    }

    /// How far this layout's fillers, with options of programs among them, are from those of `plain`;
    /// `None` if `plain` cannot become this layout by the addition of such options and
    /// what aligns them.
    ///
    /// Stacks align what they add with NOPs, put it into the place of NOPs (Linux does with counters
    /// of accurate ECN), and pad the end anew. So fillers have to be equal where nothing was added,
    /// and are free where something was, and at the end.
    pub(crate) fn fillers_added_to(&self, plain: &OptionLayout) -> Option<u16> {
        let (mut seen, mut asked) = (Gaps::new(self), Gaps::new(plain));
        let mut off = 0;
        loop {
            let (ours, theirs) = (seen.next_gap(), asked.next_gap());
            let differ = ours.fillers.abs_diff(theirs.fillers);
            let is_free = ours.has_app_option || ours.then.is_none();
            if theirs.has_app_option || ours.then != theirs.then || (differ > 0 && !is_free) {
                return None;
            }
            // At the end, padding that came or went is less likely than fillers beside what was added.
            off += if ours.has_app_option { differ } else { 2 * differ };
            if ours.then.is_none() {
                return Some(off);
            }
        }
    }
}

/// What lies between two options of the stack itself.
struct Gap {
    /// NOPs, and the octets of an end and its padding.
    fillers: u16,
    has_app_option: bool,
    /// The option of the stack that follows, if one does.
    then: Option<u8>,
}

/// A layout, gap by gap.
struct Gaps<'l> {
    kinds: core::slice::Iter<'l, u8>,
    end_padding: u16,
}

impl<'l> Gaps<'l> {
    fn new(layout: &'l OptionLayout) -> Gaps<'l> {
        Gaps { kinds: layout.kinds().iter(), end_padding: layout.end_padding().into() }
    }

    fn next_gap(&mut self) -> Gap {
        let mut gap = Gap { fillers: 0, has_app_option: false, then: None };
        for &option in self.kinds.by_ref() {
            match option {
                kind::NOP => gap.fillers += 1,
                kind::END => gap.fillers += 1 + self.end_padding,
                option if is_app_option(option) => gap.has_app_option = true,
                option => {
                    gap.then = Some(option);
                    break;
                }
            }
        }
        gap
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::TcpOptions;

    fn layout(text: &str) -> OptionLayout {
        crate::tcp::notation::parse_layout(text).unwrap()
    }

    #[test]
    fn what_is_added_and_what_aligns_it_is_set_aside() {
        for (seen, plain, off) in [
            // Linux: at the end, filled up by NOPs, or with nothing to fill; both at once.
            ("mss,sok,ts,nop,ws,?34,nop,nop", "mss,sok,ts,nop,ws", Some(2)),
            ("mss,nop,nop,sok,nop,ws,?30", "mss,nop,nop,sok,nop,ws", Some(0)),
            ("mss,nop,nop,sok,nop,ws,?34,nop,nop,?30", "mss,nop,nop,sok,nop,ws", Some(2)),
            // In the place of a NOP.
            ("mss,sok,ts,?174,ws", "mss,sok,ts,nop,ws", Some(1)),
            ("mss,?172,sok,nop,ws", "mss,nop,nop,sok,nop,ws", Some(2)),
            // Apple: what was padded is not any more.
            ("mss,nop,ws,nop,nop,ts,sok,?34", "mss,nop,ws,nop,nop,ts,sok,eol+1", Some(2)),
            ("mss,nop,ws,?30,nop,nop,ts,sok,eol+1", "mss,nop,ws,nop,nop,ts,sok,eol+1", Some(0)),
            // Fillers count where nothing was added.
            ("mss,nop,nop,sok,?34,nop,nop", "mss,sok,eol+1", None),
            ("mss,sok,ts,ws,?30", "mss,sok,ts,nop,ws", None),
            // Another order, another option, one too few.
            ("mss,ts,sok,?30", "mss,sok,ts", None),
            ("mss,sok,ts,?30", "mss,sok", None),
            ("mss,sok,?30", "mss,sok,ts", None),
            // A signature that names such options knows better.
            ("mss,?30,?34", "mss,?30", None),
        ] {
            assert_eq!(layout(seen).fillers_added_to(&layout(plain)), off, "{seen} {plain}");
        }
    }

    #[test]
    fn own_options_have_no_fillers() {
        let own = |text| layout(text).own_options();
        assert_eq!(own("mss,nop,ws,?30,nop,nop,ts,?254,sok,eol+1"), layout("mss,ws,ts,sok"));
        assert_eq!(own("nop,nop,?19,?34,?35"), layout("?19,?35"));
        assert_eq!(own("?34,eol+3"), layout(""));
        for option in 0..=u8::MAX {
            assert_eq!(is_app_option(option), !AppOptions::of(option, &[]).is_empty(), "{option}");
        }
    }

    #[test]
    fn experiments_are_told_by_their_identifiers() {
        for (bytes, wanted) in [
            (&b"\x22\x02\x01\x01"[..], AppOptions::FAST_OPEN),
            (b"\xfe\x04\xf9\x89", AppOptions::FAST_OPEN),
            (b"\xfd\x04\xac\xc1", AppOptions::ACCURATE_ECN),
            (b"\xfe\x05\x45\x4e\x01\x01\x01\x01", AppOptions::ENCRYPTION),
            (b"\xfe\x06\xe2\xd4\xc3\xd9\x01\x01", AppOptions::SHARED_MEMORY),
            (b"\xfe\x06\xe2\xd4\xc3\xd8\x01\x01", AppOptions::EXPERIMENTAL),
            (b"\xfe\x03\xf9\x01", AppOptions::EXPERIMENTAL),
            (
                b"\xac\x02\x1e\x04\0\0\x45\x03\0\0\0\0",
                AppOptions::ACCURATE_ECN | AppOptions::MULTIPATH | AppOptions::ENCRYPTION,
            ),
            (b"\x02\x04\x05\xb4\x13\x02\x01\x01", AppOptions::NONE),
        ] {
            assert_eq!(TcpOptions::parse(bytes).app, wanted, "{bytes:x?}");
        }
    }
}
