//! VLAN tags that the kernel took off a frame, put back.

/// Bytes of the two addresses that come before a tag.
const ADDRESSES_LEN: usize = 12;
/// 802.1Q, where the kernel does not say which kind of tag it was.
const CUSTOMER_TAG: u16 = 0x8100;

/// A tag beside its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag {
    /// The EtherType that announces it; 0 where that is not known.
    pub(super) protocol: u16,
    /// Priority and VLAN identifier.
    pub(super) control: u16,
}

impl Tag {
    /// Bytes of a tag.
    pub(super) const LEN: usize = 4;

    /// Replaces `to` by the frame as it was on the wire. A frame that is too short for addresses
    /// stays as it is.
    pub(super) fn put_back(self, frame: &[u8], to: &mut Vec<u8>) {
        to.clear();
        let Some((addresses, rest)) = frame.split_at_checked(ADDRESSES_LEN) else {
            return to.extend_from_slice(frame);
        };
        let protocol = if self.protocol == 0 { CUSTOMER_TAG } else { self.protocol };
        to.extend_from_slice(addresses);
        to.extend_from_slice(&protocol.to_be_bytes());
        to.extend_from_slice(&self.control.to_be_bytes());
        to.extend_from_slice(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_comes_behind_the_addresses() {
        let frame: Vec<u8> = (0..20).collect();
        let mut to = vec![0xff; 3];
        Tag { protocol: 0x88a8, control: 0x6014 }.put_back(&frame, &mut to);
        assert_eq!(to[..12], frame[..12]);
        assert_eq!(to[12..16], [0x88, 0xa8, 0x60, 0x14]);
        assert_eq!(to[16..], frame[12..]);
        Tag { protocol: 0, control: 5 }.put_back(&frame, &mut to);
        assert_eq!(to[12..16], [0x81, 0x00, 0x00, 0x05]);
        Tag { protocol: 0, control: 5 }.put_back(&frame[..11], &mut to);
        assert_eq!(to, frame[..11]);
    }
}
