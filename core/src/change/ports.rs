//! The ports from which a host connects to one server: stacks count them up (RFC 6056, section 3.3),
//! so two counters at once are two stacks.
//!
//! Linux keeps a counter for each destination, from a start of its own, and begins anew elsewhere
//! every ten seconds (`EPHEMERAL_PORT_SHUFFLE_PERIOD` in net/core/secure_seq.c). Where the ports
//! towards one address and port come from two counters in turn, two stacks share the source address,
//! however equal they are otherwise. Stacks that pick ports at random continue no counter, and are
//! never taken for two.

/// How far a counter moves from one connection to the next: Linux takes steps of 2 to 16.
const STEP: u16 = 64;
/// Each counter went on at least so often …
const HITS: u8 = 2;
/// … and ports went from one to the other so often.
const SWITCHES: u8 = 3;
/// A server is watched until so many connections went to others …
const PATIENCE: u8 = 32;
/// … and one to which they go again and again for longer.
const MAX_PATIENCE: u8 = 64;

/// How a port goes with those before it, towards the same server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PortStep {
    /// Of another server, or of no counter.
    Unknown,
    /// The counter of the last one continues.
    GoesOn,
    /// The other counter continues; its port is that of the counter left.
    Switches(u16),
}

/// Up to two counters towards one server.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ports {
    /// Tells servers apart; 0 for none.
    server: u32,
    /// The last port of each counter, 0 for none.
    last: [u16; 2],
    hits: [u8; 2],
    switches: u8,
    patience: u8,
    on_second: bool,
}

impl Ports {
    /// Takes in the port of a connection to the server of that tag.
    pub(crate) fn take(&mut self, server: u32, port: u16) -> PortStep {
        if server != self.server {
            match self.patience.checked_sub(1) {
                Some(patience) => self.patience = patience,
                None => {
                    let last = [port, 0];
                    *self = Ports { server, last, patience: PATIENCE, ..Ports::default() };
                }
            }
            return PortStep::Unknown;
        }
        self.patience = (self.patience + 1).min(MAX_PATIENCE);
        let current = usize::from(self.on_second);
        for counter in [current, 1 - current] {
            if self.last[counter] != 0 && self.last[counter].abs_diff(port) <= STEP {
                self.last[counter] = port;
                self.hits[counter] = self.hits[counter].saturating_add(1);
                if counter == current {
                    return PortStep::GoesOn;
                }
                self.on_second = counter == 1;
                self.switches = self.switches.saturating_add(1);
                return PortStep::Switches(self.last[current]);
            }
        }
        // The one that went on longer ago gives way.
        let other = 1 - current;
        (self.last[other], self.hits[other], self.switches) = (port, 0, 0);
        self.on_second = other == 1;
        PortStep::Unknown
    }

    /// Whether two counters run at once.
    pub(crate) fn are_of_two(&self) -> bool {
        self.hits.into_iter().all(|hits| hits >= HITS) && self.switches >= SWITCHES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two(ports: &[u16]) -> bool {
        let mut counters = Ports::default();
        ports.iter().fold(false, |two, &port| {
            counters.take(7, port);
            two | counters.are_of_two()
        })
    }

    #[test]
    fn two_counters_are_two_stacks() {
        // Two stacks of Linux 6.18 behind MASQUERADE (recorded/hosts/nat-equal.pcap).
        let ports = [53894, 46506, 53900, 46508, 53906, 51660, 53440, 51676, 53446, 51680, 53460];
        assert!(!two(&ports[..10]), "too few, for both counters began anew");
        assert!(two(&ports));
        // One after the other, as from a stack that started anew.
        assert!(!two(&[50308, 50318, 50328, 50340, 46548, 46562, 46574, 46590, 46602]));
    }

    #[test]
    fn one_counter_that_begins_anew_is_one_stack() {
        let ports: Vec<u16> = (0..200).map(|number| 60_800 + number % 50 * 4).collect();
        assert!(!two(&ports[..50]));
        // Around the end of the range, once.
        assert!(!two(&[60_990, 60_998, 32_768, 32_776, 32_790, 32_800, 32_812]));
    }

    #[test]
    fn random_ports_are_of_no_counter() {
        // A linear congruential generator over the dynamic range (RFC 6335).
        let mut state = 1_u32;
        let ports: Vec<u16> = (0..100_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                49_152 + (state >> 18) as u16
            })
            .collect();
        assert!(!two(&ports));
    }

    #[test]
    fn the_server_that_is_asked_most_is_watched() {
        let mut ports = Ports::default();
        ports.take(9, 60_000);
        ports.take(8, 60_000);
        let mut connect = |number: u16| {
            ports.take(1, 40_000 + number * 2);
            ports.take(1, 45_000 + number * 2);
            ports.take(1000 + u32::from(number), 50_000 + number * 2);
            ports.are_of_two()
        };
        assert!((0..8).all(|number| !connect(number)), "the first one is watched yet");
        assert!((8..40).any(connect));
    }
}
