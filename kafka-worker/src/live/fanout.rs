//! Groups of rings that share the packets of an interface: `PACKET_FANOUT` of `packet(7)`.
//!
//! The kernel takes a packet's addresses and ports, in either direction, and chooses the ring by
//! their hash. A group is known by a number alone: two programs that take the same one would share
//! packets without knowing it. So each number is claimed by a name that only one process of a network
//! namespace can have.

use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// A group that no other process of this program uses.
pub(super) struct Group {
    pub(super) number: u16,
    _claim: UnixDatagram,
}

impl Group {
    /// Claims a number that is free.
    pub(super) fn claim() -> io::Result<Group> {
        /// Numbers that people choose are small.
        const FIRST: u16 = 0x8000;
        const TRIES: usize = 64;
        for _ in 0..TRIES {
            let number = RandomState::new().hash_one(()) as u16 | FIRST;
            let name = format!("stackprint/fanout/{number}");
            match UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(name)?) {
                Ok(claim) => return Ok(Group { number, _claim: claim }),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_claimed_once() {
        let groups: Vec<Group> = (0..200).map(|_| Group::claim().unwrap()).collect();
        let mut numbers: Vec<u16> = groups.iter().map(|group| group.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), groups.len());
        assert!(numbers.iter().all(|number| *number >= 0x8000));
        let name = format!("stackprint/fanout/{}", numbers[0]);
        let address = SocketAddr::from_abstract_name(name).unwrap();
        assert!(UnixDatagram::bind_addr(&address).is_err());
        drop(groups);
        assert!(UnixDatagram::bind_addr(&address).is_ok());
    }
}
