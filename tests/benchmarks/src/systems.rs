//! What clients and servers of some systems send: enough of them that no branch is always taken.

use crate::frames::{FrameBuilder, ip_flag};

/// A stack's SYN, as far as a fingerprint goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct System {
    ttl: u8,
    window: u16,
    options: Options,
    scale: u8,
}

#[derive(Debug, Clone, Copy)]
enum Options {
    /// mss,sok,ts,nop,ws
    Linux,
    /// mss,nop,ws,nop,nop,sok
    Windows,
    /// mss,nop,ws,nop,nop,ts,sok,eol+1
    Apple,
    /// mss,nop,ws,sok,ts
    FreeBsd,
}

/// Linux of today and of 2014, Windows of today and 7, macOS, FreeBSD.
pub(crate) const SYSTEMS: [System; 6] = [
    System { ttl: 64, window: 64_240, options: Options::Linux, scale: 7 },
    System { ttl: 128, window: 64_240, options: Options::Windows, scale: 8 },
    System { ttl: 64, window: 65_535, options: Options::Apple, scale: 6 },
    System { ttl: 64, window: 29_200, options: Options::Linux, scale: 7 },
    System { ttl: 128, window: 8192, options: Options::Windows, scale: 8 },
    System { ttl: 64, window: 65_535, options: Options::FreeBsd, scale: 6 },
];

impl System {
    /// Makes the SYN one of this system, `hops` away, whose timestamp clock shows `ticks`.
    pub(crate) fn dress(&self, syn: &mut FrameBuilder, hops: u8, ticks: u32) {
        syn.ttl = self.ttl - hops;
        syn.window = self.window;
        syn.ip_flags = ip_flag::DONT_FRAGMENT;
        syn.tcp_options = self.options(if syn.source.is_ipv4() { 1460 } else { 1440 }, ticks);
    }

    fn options(&self, mss: u16, ticks: u32) -> Vec<u8> {
        let [high, low] = mss.to_be_bytes();
        let [a, b, c, d] = ticks.to_be_bytes();
        let scale = self.scale;
        match self.options {
            Options::Linux => {
                vec![2, 4, high, low, 4, 2, 8, 10, a, b, c, d, 0, 0, 0, 0, 1, 3, 3, scale]
            }
            Options::Windows => vec![2, 4, high, low, 1, 3, 3, scale, 1, 1, 4, 2],
            Options::Apple => {
                let mut options = vec![2, 4, high, low, 1, 3, 3, scale, 1, 1, 8, 10, a, b, c, d];
                options.extend([0, 0, 0, 0, 4, 2, 0, 0]);
                options
            }
            Options::FreeBsd => {
                vec![2, 4, high, low, 1, 3, 3, scale, 4, 2, 8, 10, a, b, c, d, 0, 0, 0, 0]
            }
        }
    }
}
