//! Two ways through the same headers.

use stackprint::{Analyzer, Frame, LinkType, Timestamp, observe};

use crate::{DATABASES, LIMITS, frames};

/// Four octets that say how a frame was received; what follows is Ethernet, and is read layer by
/// layer, whatever it holds: the straight line is for link type Ethernet alone.
const RECEIVED: usize = 4;

/// A conversation on Ethernet says the same to the quick readers of common frames as to the general
/// walk: record by record, and skip by skip.
pub fn ways(octets: &[u8]) {
    let mut quick = Analyzer::builder(&DATABASES[0]).limits(LIMITS).build();
    let mut general = Analyzer::builder(&DATABASES[0]).limits(LIMITS).build();
    let mut longer = Vec::new();
    frames(octets, |_, octets, time: Timestamp| {
        longer.clear();
        longer.resize(RECEIVED, 0);
        longer.extend_from_slice(octets);
        let frame = Frame::new(LinkType::ETHERNET, octets).at(time);
        let other = Frame::new(LinkType::NETANALYZER, &longer).at(time);
        match (observe(&frame), observe(&other)) {
            (Err(skip), Err(other)) => {
                assert_eq!((skip.reason, skip.at + RECEIVED), (other.reason, other.at));
            }
            (ours, theirs) => assert_eq!(ours, theirs),
        }
        let (ours, theirs) = (quick.analyze(&frame), general.analyze(&other));
        match (ours, theirs) {
            (Err(skip), Err(other)) => {
                assert_eq!((skip.reason, skip.at + RECEIVED), (other.reason, other.at));
            }
            (ours, theirs) => {
                let text = |record: stackprint::Record<'_>| {
                    serde_json::to_string(&record.row()).expect("JSON")
                };
                assert_eq!(ours.map(|found| found.map(text)), theirs.map(|found| found.map(text)));
            }
        }
    });
    assert_eq!(quick.remembered(), general.remembered());
}
