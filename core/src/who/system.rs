//! Systems and their families, and how likely each is by one piece of evidence.

/// A family of systems: as much as most evidence tells.
///
/// An example is at [`Claim`](super::Claim).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Family {
    /// Linux, Android, ChromeOS.
    Linux,
    /// Windows.
    Windows,
    /// macOS, iOS and the like.
    Apple,
    /// FreeBSD, OpenBSD, NetBSD, DragonFly.
    Bsd,
    /// Solaris and illumos.
    Solaris,
    /// Devices, gateways, stacks in user space.
    Other,
}

impl Family {
    /// All of them, in the order of their numbers.
    pub const ALL: [Family; 6] = [
        Family::Linux,
        Family::Windows,
        Family::Apple,
        Family::Bsd,
        Family::Solaris,
        Family::Other,
    ];

    /// The name used in rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Family::Linux => "Linux",
            Family::Windows => "Windows",
            Family::Apple => "Apple",
            Family::Bsd => "BSD",
            Family::Solaris => "Solaris",
            Family::Other => "other",
        }
    }

    /// Its systems, each with its share where nothing is known but the family.
    const fn systems(self) -> &'static [(System, f32)] {
        match self {
            Family::Linux => {
                &[(System::Linux, 0.75), (System::Android, 0.2), (System::ChromeOs, 0.05)]
            }
            Family::Windows => &[(System::Windows, 1.0)],
            Family::Apple => &[(System::MacOs, 0.5), (System::Ios, 0.5)],
            Family::Bsd => &[(System::Bsd, 1.0)],
            Family::Solaris => &[(System::Solaris, 1.0)],
            Family::Other => &[(System::Other, 1.0)],
        }
    }
}

/// The name used in rows.
impl core::fmt::Display for Family {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A system, as far as evidence of several layers can be compared.
///
/// An example is at [`Claim`](super::Claim).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum System {
    /// Linux, but for Android and ChromeOS.
    Linux,
    /// Android.
    Android,
    /// ChromeOS.
    ChromeOs,
    /// Windows.
    Windows,
    /// macOS.
    MacOs,
    /// iOS, iPadOS and the like.
    Ios,
    /// FreeBSD, OpenBSD, NetBSD, DragonFly.
    Bsd,
    /// Solaris and illumos.
    Solaris,
    /// Any other.
    Other,
}

impl System {
    /// All of them, in the order of their numbers.
    pub const ALL: [System; 9] = [
        System::Linux,
        System::Android,
        System::ChromeOs,
        System::Windows,
        System::MacOs,
        System::Ios,
        System::Bsd,
        System::Solaris,
        System::Other,
    ];

    /// The name used in rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            System::Linux => "Linux",
            System::Android => "Android",
            System::ChromeOs => "ChromeOS",
            System::Windows => "Windows",
            System::MacOs => "macOS",
            System::Ios => "iOS",
            System::Bsd => "BSD",
            System::Solaris => "Solaris",
            System::Other => "other",
        }
    }

    /// Its family.
    #[must_use]
    pub const fn family(self) -> Family {
        match self {
            System::Linux | System::Android | System::ChromeOs => Family::Linux,
            System::Windows => Family::Windows,
            System::MacOs | System::Ios => Family::Apple,
            System::Bsd => Family::Bsd,
            System::Solaris => Family::Solaris,
            System::Other => Family::Other,
        }
    }

    /// By a name that databases and programs use. Returns `None` if it is not one of these.
    #[must_use]
    pub fn from_name(name: &str) -> Option<System> {
        const NAMES: &[(&str, System)] = &[
            ("Linux", System::Linux),
            ("Android", System::Android),
            ("ChromeOS", System::ChromeOs),
            ("Windows", System::Windows),
            ("macOS", System::MacOs),
            ("Mac OS X", System::MacOs),
            ("Darwin", System::MacOs),
            ("iOS", System::Ios),
            ("FreeBSD", System::Bsd),
            ("OpenBSD", System::Bsd),
            ("NetBSD", System::Bsd),
            ("DragonFly", System::Bsd),
            ("Solaris", System::Solaris),
        ];
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, system)| *system)
    }
}

/// The name used in rows.
impl core::fmt::Display for System {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How likely each system is, by one piece of evidence or by all: above 0 each, 1 together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Distribution([f32; System::ALL.len()]);

/// No evidence excludes a system, and none is ever certain.
const LEAST: f32 = 0.001;

impl Distribution {
    /// A family with its share of being right; the rest is divided evenly over the other families.
    pub(crate) fn of_family(family: Family, quality: f32) -> Distribution {
        Distribution::mixed(quality, family.systems())
    }

    /// One system with its share of being right.
    pub(crate) fn of_system(system: System, quality: f32) -> Distribution {
        // The system may be wrong where its family is right: half of what is left of its family.
        let mut mixed = Distribution::of_family(system.family(), quality).0;
        for (known, share) in System::ALL.iter().zip(&mut mixed) {
            if *known == system {
                *share += quality;
            }
        }
        Distribution::normal(mixed)
    }

    /// Systems with their shares, 1 together, of which one is it with the given probability; the
    /// rest is divided evenly over the families that are not among them.
    pub(crate) fn mixed(quality: f32, systems: &[(System, f32)]) -> Distribution {
        let mut shares = [0.0; System::ALL.len()];
        let is_named = |family| systems.iter().any(|(system, _)| system.family() == family);
        let others = Family::ALL.iter().filter(|family| !is_named(**family)).count();
        for (known, share) in System::ALL.iter().zip(&mut shares) {
            let named = systems.iter().filter(|(system, _)| system == known);
            *share = quality * named.map(|(_, share)| share).sum::<f32>();
            if !is_named(known.family()) {
                let within = known.family().systems().iter().find(|(system, _)| system == known);
                *share += (1.0 - quality) / others as f32 * within.map_or(0.0, |(_, it)| *it);
            }
        }
        Distribution::normal(shares)
    }

    fn normal(mut shares: [f32; System::ALL.len()]) -> Distribution {
        for share in &mut shares {
            *share = share.max(LEAST);
        }
        let total: f32 = shares.iter().sum();
        Distribution(shares.map(|share| share / total))
    }

    /// A number by which different distributions are told apart: FNV-1a of the shares.
    pub(crate) fn digest(&self) -> u64 {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        let word = |hash: u64, share: &f32| (hash ^ u64::from(share.to_bits())).wrapping_mul(PRIME);
        self.0.iter().fold(OFFSET, word)
    }

    /// Each system's share, in the order of their numbers.
    #[cfg(all(feature = "forms", feature = "http"))]
    pub(crate) const fn shares(&self) -> [f32; System::ALL.len()] {
        self.0
    }

    /// From [`shares`](Distribution::shares).
    #[cfg(all(feature = "forms", feature = "http"))]
    pub(crate) const fn of_shares(shares: [f32; System::ALL.len()]) -> Distribution {
        Distribution(shares)
    }

    /// From logarithms of shares, whatever they add up to.
    pub(crate) fn from_logs(logs: [f32; System::ALL.len()]) -> Distribution {
        let most = logs.iter().copied().fold(f32::MIN, f32::max);
        Distribution::normal(logs.map(|log| (log - most).exp()))
    }

    /// The natural logarithm of each share.
    pub(crate) fn logs(&self) -> [f32; System::ALL.len()] {
        self.0.map(f32::ln)
    }

    /// Each system with its share.
    pub(crate) fn systems(&self) -> impl Iterator<Item = (System, f32)> + '_ {
        System::ALL.iter().copied().zip(self.0.iter().copied())
    }

    /// How likely a family is.
    pub(crate) fn family(&self, family: Family) -> f32 {
        self.systems().filter(|(system, _)| system.family() == family).map(|(_, it)| it).sum()
    }

    /// The likeliest family, with its share.
    pub(crate) fn likeliest_family(&self) -> (Family, f32) {
        let shares = Family::ALL.map(|family| (family, self.family(family)));
        shares
            .into_iter()
            .fold((Family::Other, 0.0), |best, it| if it.1 > best.1 { it } else { best })
    }

    /// The likeliest system, with its share.
    pub(crate) fn likeliest_system(&self) -> (System, f32) {
        self.systems().fold((System::Other, 0.0), |best, it| if it.1 > best.1 { it } else { best })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_has_its_quality() {
        for family in Family::ALL {
            let of = Distribution::of_family(family, 0.9);
            assert!((of.family(family) - 0.9).abs() < 0.01, "{family}: {of:?}");
            assert_eq!(of.likeliest_family().0, family);
            let total: f32 = of.systems().map(|(_, share)| share).sum();
            assert!((total - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn a_system_has_its_family() {
        let of = Distribution::of_system(System::Ios, 0.9);
        assert_eq!(of.likeliest_system().0, System::Ios);
        assert!(of.family(Family::Apple) > 0.9);
    }
}
