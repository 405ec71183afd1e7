//! The network interfaces of this machine.

use anyhow::{Context as _, bail};
use nix::ifaddrs::getifaddrs;
use nix::net::if_::{InterfaceFlags, if_nametoindex};
use nix::sys::socket::LinkAddr;
use stackprint::LinkType;

/// Hardware types (`ARPHRD_…` in `linux/if_arp.h`).
mod hardware {
    pub(super) const ETHERNET: u16 = 1;
    pub(super) const PPP: u16 = 512;
    pub(super) const RAW_IP: u16 = 519;
    pub(super) const IP_IN_IP: u16 = 768;
    pub(super) const IP_IN_IPV6: u16 = 769;
    pub(super) const LOOPBACK: u16 = 772;
    pub(super) const IPV6_IN_IPV4: u16 = 776;
    pub(super) const GRE: u16 = 778;
    pub(super) const IEEE802_11: u16 = 801;
    pub(super) const IEEE802_11_PRISM: u16 = 802;
    pub(super) const IEEE802_11_RADIOTAP: u16 = 803;
    pub(super) const GRE_OVER_IPV6: u16 = 823;
    /// Without a header of its own: tun, WireGuard.
    pub(super) const NONE: u16 = 0xfffe;
}

/// All interfaces that are up.
pub(super) const ANY: &str = "any";

/// An interface as it was when it was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) name: String,
    /// The kernel's number for it: another interface of the same name has another one.
    pub(super) index: u32,
    pub(super) link_type: LinkType,
    pub(super) is_loopback: bool,
}

impl Interface {
    /// Whether it is still there, up or not.
    pub(super) fn exists(&self) -> bool {
        if_nametoindex(self.name.as_str()) == Ok(self.index)
    }
}

/// Looks up interfaces by name, each once.
pub(super) fn find(names: &[String]) -> anyhow::Result<Vec<Interface>> {
    let all = list().context("listing the network interfaces")?;
    let mut found: Vec<Interface> = Vec::new();
    let mut add = |listed: &Listed, link_type| {
        if found.iter().all(|interface| interface.name != listed.name) {
            found.push(Interface {
                name: listed.name.clone(),
                index: if_nametoindex(listed.name.as_str())?,
                link_type,
                is_loopback: listed.flags.contains(InterfaceFlags::IFF_LOOPBACK),
            });
        }
        anyhow::Ok(())
    };
    for name in names {
        if name == ANY {
            let up = all.iter().filter(|listed| listed.flags.contains(InterfaceFlags::IFF_UP));
            for listed in up {
                if let Ok(link_type) = listed.link_type() {
                    add(listed, link_type)?;
                }
            }
            continue;
        }
        let Some(listed) = all.iter().find(|listed| listed.name == *name) else {
            let names: Vec<&str> = all.iter().map(|listed| listed.name.as_str()).collect();
            bail!("{name}: no such interface (there are: {}, {ANY})", names.join(", "));
        };
        if !listed.flags.contains(InterfaceFlags::IFF_UP) {
            bail!("{name}: the interface is down");
        }
        match listed.link_type() {
            Ok(link_type) => add(listed, link_type)?,
            Err(number) => bail!("{name}: interfaces of hardware type {number} are not supported"),
        }
    }
    if found.is_empty() {
        bail!("no interface is up");
    }
    Ok(found)
}

/// An interface as the kernel lists it.
struct Listed {
    name: String,
    flags: InterfaceFlags,
    /// `None` if interfaces of its kind have no addresses.
    hardware: Option<u16>,
}

impl Listed {
    /// How its frames begin; the hardware type where that is not known.
    fn link_type(&self) -> Result<LinkType, u16> {
        match self.hardware {
            Some(hardware::ETHERNET | hardware::LOOPBACK) => Ok(LinkType::ETHERNET),
            None
            | Some(
                hardware::NONE
                | hardware::PPP
                | hardware::RAW_IP
                | hardware::IP_IN_IP
                | hardware::IP_IN_IPV6
                | hardware::IPV6_IN_IPV4
                | hardware::GRE
                | hardware::GRE_OVER_IPV6,
            ) => Ok(LinkType::RAW),
            Some(hardware::IEEE802_11) => Ok(LinkType::IEEE802_11),
            Some(hardware::IEEE802_11_PRISM) => Ok(LinkType::IEEE802_11_PRISM),
            Some(hardware::IEEE802_11_RADIOTAP) => Ok(LinkType::IEEE802_11_RADIOTAP),
            Some(other) => Err(other),
        }
    }
}

/// Each interface once, although it is listed with each of its addresses.
fn list() -> nix::Result<Vec<Listed>> {
    let mut all: Vec<Listed> = Vec::new();
    for entry in getifaddrs()? {
        let link = entry.address.as_ref().and_then(|address| address.as_link_addr());
        let hardware = link.map(LinkAddr::hatype);
        match all.iter_mut().find(|listed| listed.name == entry.interface_name) {
            Some(listed) => listed.hardware = listed.hardware.or(hardware),
            None => {
                all.push(Listed { name: entry.interface_name, flags: entry.flags, hardware });
            }
        }
    }
    Ok(all)
}
