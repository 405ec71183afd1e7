//! What the hosts of a capture say of themselves, in the clear: HTTP headers, SSH banners, NTLM
//! versions, names of systems in SMB, vendor classes in DHCP. Read in passing, segment by segment: enough to doubt a label, not to make one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use stackprint::{Class, Direction, Label, LinkType};

use crate::input::{self, Capture};

/// Families of systems that a label and a host's own words can be compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Linux, Android and ChromeOS.
    Linux,
    /// All of Windows.
    Windows,
    /// macOS, iOS and their relatives.
    Apple,
    /// FreeBSD, OpenBSD, NetBSD.
    Bsd,
    /// Some system like Unix.
    Unix,
    /// Routers and switches of Cisco.
    Cisco,
}

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The header of an HTTP request.
    UserAgent,
    /// The header of an HTTP response.
    Server,
    /// The first line of an SSH connection, from either side.
    SshBanner,
    /// The version in an NTLM message.
    Ntlm,
    /// The native system in the set-up of an SMB session.
    Smb,
    /// The vendor class in a request for an address.
    Dhcp,
}

/// One thing that a host says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Who says it.
    pub kind: Kind,
    /// What that means.
    pub family: Family,
    /// In its own words, cut.
    pub words: String,
}

/// By address, everything that is said in a capture.
#[must_use]
pub fn of(capture: &Capture) -> BTreeMap<IpAddr, BTreeSet<Evidence>> {
    let mut found: BTreeMap<IpAddr, BTreeSet<Evidence>> = BTreeMap::new();
    // A damaged capture is read up to the damage.
    let _ = input::decode(&capture.octets, |captured| {
        let frame = captured.frame;
        match segment(frame.link_type, frame.data) {
            Some((source, Payload::Tcp(payload))) => {
                found.entry(source).or_default().extend(said(payload));
            }
            Some((_, Payload::Udp(datagram))) => {
                if let Some((client, said)) = dhcp_request(datagram) {
                    found.entry(client).or_default().insert(said);
                }
            }
            None => {}
        }
    });
    found.retain(|_, said| !said.is_empty());
    found
}

enum Payload<'f> {
    Tcp(&'f [u8]),
    /// With its header.
    Udp(&'f [u8]),
}

/// Sender and payload in the plainest of frames; tunnels are left alone.
fn segment(link: LinkType, frame: &[u8]) -> Option<(IpAddr, Payload<'_>)> {
    let packet = match link {
        LinkType::ETHERNET => ethernet_payload(frame)?,
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => frame,
        LinkType::NULL | LinkType::LOOP => frame.get(4..)?,
        LinkType::LINUX_SLL => frame.get(16..)?,
        LinkType::LINUX_SLL2 => frame.get(20..)?,
        _ => return None,
    };
    let (source, protocol, rest) = match packet.first()? >> 4 {
        4 => {
            let header = usize::from(packet[0] & 0xF) * 4;
            let total = usize::from(u16::from_be_bytes(packet.get(2..4)?.try_into().ok()?));
            let source: [u8; 4] = packet.get(12..16)?.try_into().ok()?;
            let end = if total == 0 { packet.len() } else { total.min(packet.len()) };
            (IpAddr::V4(Ipv4Addr::from(source)), *packet.get(9)?, packet.get(header..end)?)
        }
        6 => {
            let source: [u8; 16] = packet.get(8..24)?.try_into().ok()?;
            (IpAddr::V6(Ipv6Addr::from(source)), *packet.get(6)?, packet.get(40..)?)
        }
        _ => return None,
    };
    match protocol {
        6 => Some((source, Payload::Tcp(rest.get(usize::from(rest.get(12)? >> 4) * 4..)?))),
        17 => Some((source, Payload::Udp(rest))),
        _ => None,
    }
}

fn ethernet_payload(frame: &[u8]) -> Option<&[u8]> {
    let mut at = 12;
    loop {
        match frame.get(at..at + 2)? {
            [0x81, 0x00] | [0x88, 0xA8] => at += 4,
            [0x08, 0x00] | [0x86, 0xDD] => return frame.get(at + 2..),
            _ => return None,
        }
    }
}

fn said(payload: &[u8]) -> Vec<Evidence> {
    let mut said = Vec::new();
    let mut add = |kind, family: Option<Family>, words: &str| {
        let words = words.chars().take(60).collect();
        said.extend(family.map(|family| Evidence { kind, family, words }));
    };
    let text = String::from_utf8_lossy(payload.get(..payload.len().min(3000)).unwrap_or_default());
    const METHODS: [&str; 6] = ["GET ", "POST ", "HEAD ", "PUT ", "CONNECT ", "OPTIONS "];
    let is_request = METHODS.iter().any(|method| text.starts_with(method));
    if let Some(agent) = header(&text, "user-agent: ").filter(|_| is_request) {
        add(Kind::UserAgent, of_user_agent(agent), agent);
    }
    let is_response = text.starts_with("HTTP/1.");
    if let Some(server) = header(&text, "server: ").filter(|_| is_response) {
        add(Kind::Server, of_server(server), server);
    }
    if text.starts_with("SSH-") {
        let banner = text.lines().next().unwrap_or_default().trim_end_matches('\0');
        add(Kind::SshBanner, of_ssh_banner(banner), banner);
    }
    if let Some(version) = ntlm_version(payload) {
        add(Kind::Ntlm, Some(Family::Windows), &version);
    }
    if let Some((family, words)) = smb_system(payload) {
        add(Kind::Smb, Some(family), words);
    }
    said
}

/// A session set-up of SMB 1 names its system, in UTF-16 ([MS-CIFS] 2.2.4.53).
fn smb_system(payload: &[u8]) -> Option<(Family, &'static str)> {
    const SESSION_SETUP: u8 = 0x73;
    let is_setup = payload.get(4..8)? == b"\xFFSMB" && *payload.get(8)? == SESSION_SETUP;
    let has = |word: &str| {
        let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
        payload.windows(wide.len()).any(|octets| octets == wide)
    };
    let words = [("Windows ", Family::Windows), ("Samba", Family::Unix), ("Unix", Family::Unix)];
    words.into_iter().find(|(word, _)| is_setup && has(word)).map(|(word, family)| (family, word))
}

/// Who asks a DHCP server for an address that it has or had, and the vendor class that it states.
fn dhcp_request(datagram: &[u8]) -> Option<(IpAddr, Evidence)> {
    const PORTS: [u8; 4] = [0, 68, 0, 67];
    const COOKIE: [u8; 4] = [0x63, 0x82, 0x53, 0x63];
    const REQUESTED_ADDRESS: u8 = 50;
    const VENDOR_CLASS: u8 = 60;
    let message = datagram.get(8..).filter(|_| datagram.starts_with(&PORTS))?;
    let mut options = message.get(236..)?.strip_prefix(&COOKIE)?;
    let mut address: [u8; 4] = message.get(12..16)?.try_into().ok()?;
    let mut class = None;
    while let [code @ 1..=254, length, rest @ ..] = options {
        let (value, behind) = rest.split_at_checked(usize::from(*length))?;
        match *code {
            REQUESTED_ADDRESS => address = value.try_into().ok()?,
            VENDOR_CLASS => class = Some(String::from_utf8_lossy(value).into_owned()),
            _ => {}
        }
        options = behind;
    }
    let words = class.filter(|_| address != [0; 4])?;
    let family = first_of(
        &words,
        &[
            ("MSFT", Family::Windows),
            ("android-dhcp", Family::Linux),
            ("dhcpcd", Family::Linux),
            ("udhcp", Family::Linux),
        ],
    )?;
    Some((IpAddr::V4(Ipv4Addr::from(address)), Evidence { kind: Kind::Dhcp, family, words }))
}

/// The value of an HTTP header; `name` in lower case.
fn header<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.split("\r\n").take_while(|line| !line.is_empty()).find_map(|line| {
        let start = line.get(..name.len())?;
        start.eq_ignore_ascii_case(name).then(|| &line[name.len()..])
    })
}

/// The first word that occurs decides.
fn first_of(text: &str, words: &[(&str, Family)]) -> Option<Family> {
    words.iter().find(|(word, _)| text.contains(word)).map(|&(_, family)| family)
}

fn of_user_agent(agent: &str) -> Option<Family> {
    first_of(
        agent,
        &[
            ("Windows", Family::Windows),
            ("iPhone", Family::Apple),
            ("iPad", Family::Apple),
            ("Darwin", Family::Apple),
            ("Mac OS X", Family::Apple),
            ("Macintosh", Family::Apple),
            ("FreeBSD", Family::Bsd),
            ("OpenBSD", Family::Bsd),
            ("NetBSD", Family::Bsd),
            ("Android", Family::Linux),
            ("Dalvik", Family::Linux),
            ("CrOS", Family::Linux),
            ("Linux", Family::Linux),
            ("Debian", Family::Linux),
            ("Ubuntu", Family::Linux),
        ],
    )
}

fn of_server(server: &str) -> Option<Family> {
    first_of(
        server,
        &[
            ("Microsoft-", Family::Windows),
            ("(Win32)", Family::Windows),
            ("(Win64)", Family::Windows),
            ("FreeBSD", Family::Bsd),
            ("Ubuntu", Family::Linux),
            ("Debian", Family::Linux),
            ("Red Hat", Family::Linux),
            ("CentOS", Family::Linux),
            ("Fedora", Family::Linux),
            ("Linux", Family::Linux),
            ("(Unix)", Family::Unix),
        ],
    )
}

fn of_ssh_banner(banner: &str) -> Option<Family> {
    first_of(
        banner,
        &[
            ("Ubuntu", Family::Linux),
            ("Debian", Family::Linux),
            ("Raspbian", Family::Linux),
            ("FreeBSD", Family::Bsd),
            ("NetBSD", Family::Bsd),
            ("Windows", Family::Windows),
            ("Cisco", Family::Cisco),
        ],
    )
}

/// `10.0.19041`, where an NTLM message has its version set as Windows does ([MS-NLMP] 2.2.2.10).
fn ntlm_version(payload: &[u8]) -> Option<String> {
    const NEGOTIATE_VERSION: u32 = 0x0200_0000;
    const REVISION_OF_WINDOWS: u8 = 15;
    let at = payload.windows(8).position(|octets| octets == b"NTLMSSP\0")?;
    let message = payload.get(at..)?;
    let (flags_at, version_at) = match message.get(8)? {
        1 => (12, 32),
        2 => (20, 48),
        3 => (60, 64),
        _ => return None,
    };
    let flags = u32::from_le_bytes(message.get(flags_at..flags_at + 4)?.try_into().ok()?);
    let [major, minor, build_low, build_high, _, _, _, revision] =
        message.get(version_at..version_at + 8)?.try_into().ok()?;
    let build = u16::from_le_bytes([build_low, build_high]);
    // Samba sets 6.1 and build 0.
    let from_windows = flags & NEGOTIATE_VERSION != 0
        && revision == REVISION_OF_WINDOWS
        && [5, 6, 10].contains(&major)
        && build > 2000;
    from_windows.then(|| format!("{major}.{minor}.{build}"))
}

/// Whose packets carry a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A system of that family.
    System(Family),
    /// A device, tool or proxy: what a host says of itself behind it, it says of another stack.
    Between,
}

/// Whose packets carry the label.
#[must_use]
pub fn owner(label: &Label) -> Owner {
    let family = match label.name() {
        _ if *label.class() == Class::Userland => return Owner::Between,
        "Linux" | "Android" => Family::Linux,
        "Windows" => Family::Windows,
        "macOS/iOS" | "Mac OS X" | "MacOS X" | "iOS" => Family::Apple,
        "FreeBSD" | "OpenBSD" | "NetBSD" | "BSD" => Family::Bsd,
        "Cisco IOS" => Family::Cisco,
        _ => return Owner::Between,
    };
    Owner::System(family)
}

/// Whether it is about the sender of such packets: clients send User-Agents, servers send Server
/// headers; the others come from both.
#[must_use]
pub fn is_about(evidence: &Evidence, direction: Direction) -> bool {
    match evidence.kind {
        Kind::UserAgent => direction == Direction::Syn,
        Kind::Server => direction == Direction::SynAck,
        Kind::SshBanner | Kind::Ntlm | Kind::Smb | Kind::Dhcp => true,
    }
}

/// Whether a label of that family is right of a host that says so.
#[must_use]
pub fn fits(label: Family, said: Family) -> bool {
    label == said
        || said == Family::Unix && matches!(label, Family::Linux | Family::Apple | Family::Bsd)
}
