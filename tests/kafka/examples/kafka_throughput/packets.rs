//! The topics that are read.

use std::net::Ipv4Addr;

use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::load;

pub const PARTITIONS: i32 = 4;
const START_NS: u64 = 1_795_000_000_000_000_000;

/// What a topic holds.
#[derive(Clone, Copy)]
pub struct Traffic {
    /// Packets in a message: raw frames where it is 1, envelopes in MessagePack where it is more.
    pub packed: u32,
    /// Of so many packets one is a SYN; the others say nothing.
    pub one_in: u32,
}

impl Traffic {
    /// Fills a new topic, and names it.
    pub fn load(self, broker: &Broker, count: u32) -> String {
        let topic = format!("packets-{}-{}-{count}", self.packed, self.one_in);
        broker.create_topics(&[(&topic, PARTITIONS)]);
        let producer = load::producer(broker);
        let numbers: Vec<u32> = (0..count).collect();
        for (place, numbers) in numbers.chunks(self.packed as usize).enumerate() {
            let key = (START_NS / 1000 + u64::from(numbers[0])).to_be_bytes();
            let value = match numbers {
                [number] => self.frame(*number),
                numbers => self.envelopes(numbers),
            };
            load::send(&producer, &topic, Some(place as i32 % PARTITIONS), &key, &value);
        }
        load::flush(&producer);
        topic
    }

    fn frame(self, number: u32) -> Vec<u8> {
        if number.is_multiple_of(self.one_in) {
            return load::numbered(number);
        }
        let client = Ipv4Addr::from(10 << 24 | number);
        let server = Ipv4Addr::new(192, 0, 2, 80);
        let mut frame = FrameBuilder::syn((client, 40_000).into(), (server, 443).into());
        frame.flags = flag::ACK;
        frame.tcp_options.clear();
        frame.payload = vec![0x17; 100];
        frame.build()
    }

    /// An array of maps.
    fn envelopes(self, numbers: &[u32]) -> Vec<u8> {
        let mut octets = vec![0xdc];
        octets.extend((numbers.len() as u16).to_be_bytes());
        for &number in numbers {
            // Three fields: uint 64, positive fixint, bin 8.
            octets.extend([0x83, 0xa2, b't', b's', 0xcf]);
            octets.extend((START_NS + u64::from(number) * 1000).to_be_bytes());
            octets.extend([0xa9]);
            octets.extend(b"link_type");
            octets.extend([1, 0xa4]);
            octets.extend(b"data");
            let frame = self.frame(number);
            octets.extend([0xc4, frame.len() as u8]);
            octets.extend(frame);
        }
        octets
    }
}
