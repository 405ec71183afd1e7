//! A matcher of one's own on typed observations, without any database: which clients sit behind a
//! tunnel or a link with a small MTU, by the MSS of their SYNs.
//!
//! ```text
//! cargo run --example own_matcher -- FILE
//! ```

use std::collections::BTreeMap;
use std::error::Error;

use stackprint::capture::Decoder;
use stackprint::{Direction, Observation};

/// Octets.
const ETHERNET_MTU: u32 = 1500;

/// What the MTU says of the way to the client.
fn way(observation: &Observation) -> Option<&'static str> {
    match observation.mtu()? {
        ..1280 => Some("below IPv6's least: a tunnel in a tunnel, or a forged MSS"),
        1280..1400 => Some("a tunnel or VPN"),
        1400..ETHERNET_MTU => Some("PPPoE, a mobile link or a tunnel"),
        ETHERNET_MTU => Some("plain Ethernet"),
        _ => Some("jumbo frames or the machine itself"),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: own_matcher FILE")?;
    let octets = std::fs::read(path)?;
    let mut ways: BTreeMap<&str, u32> = BTreeMap::new();
    let mut decoder = Decoder::new();
    decoder.push(&octets, |captured| {
        // What is no handshake is skipped, with a reason that is of no interest here.
        let Ok(observation) = stackprint::observe(&captured.frame) else { return };
        if observation.direction == Direction::Syn
            && let Some(way) = way(&observation)
        {
            *ways.entry(way).or_default() += 1;
        }
    })?;
    decoder.finish()?;
    for (way, count) in ways {
        println!("{count:6} SYNs: {way}");
    }
    Ok(())
}
