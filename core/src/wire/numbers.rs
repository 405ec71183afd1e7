//! Numbers by which one header announces the next. No other file of this library has them.
#![allow(missing_docs, reason = "the name of a constant is that of the field or protocol")]

/// EtherTypes (IEEE registration authority).
pub mod ether_type {
    /// The largest value that is a length and no type (802.3 clause 3.2.6).
    pub const MAX_LENGTH: u16 = 1500;
    pub const IPV4: u16 = 0x0800;
    pub const TRILL: u16 = 0x22f3;
    /// 802.11 frames, as a driver for Intel's wireless cards once captured them.
    pub const CENTRINO: u16 = 0x2452;
    pub const BATMAN: u16 = 0x4305;
    pub const TRANSPARENT_ETHERNET: u16 = 0x6558;
    pub const VLAN: u16 = 0x8100;
    pub const IPV6: u16 = 0x86dd;
    pub const PPP: u16 = 0x880b;
    pub const MPLS: u16 = 0x8847;
    pub const MPLS_UPSTREAM: u16 = 0x8848;
    pub const PPPOE_SESSION: u16 = 0x8864;
    /// LLC frames that are too long for their length to stand in place of the type.
    pub const JUMBO_LLC: u16 = 0x8870;
    pub const PROVIDER_VLAN: u16 = 0x88a8;
    pub const LWAPP: u16 = 0x88bb;
    pub const MACSEC: u16 = 0x88e5;
    pub const PBB: u16 = 0x88e7;
    pub const FABRIC_PATH: u16 = 0x8903;
    pub const CISCO_META_DATA: u16 = 0x8909;
    pub const VN_TAG: u16 = 0x8926;
    pub const HSR: u16 = 0x892f;
    pub const E_TAG: u16 = 0x893f;
    pub const NSH: u16 = 0x894f;
    pub const CISCO_TIMESTAMP: u16 = 0x8988;
    /// Stacked VLAN tags before 802.1ad gave them a number.
    pub const OLD_STACKED_VLAN_1: u16 = 0x9100;
    pub const OLD_STACKED_VLAN_2: u16 = 0x9200;
    /// What Airespace used before there was an assignment.
    pub const LWAPP_OLD: u16 = 0xbbbb;
    pub const ARISTA: u16 = 0xd28b;
    pub const R_TAG: u16 = 0xf1c1;
}

/// Protocol numbers (IANA "Assigned Internet Protocol Numbers").
pub mod protocol {
    pub const HOP_BY_HOP: u8 = 0;
    pub const IPV4: u8 = 4;
    pub const TCP: u8 = 6;
    pub const UDP: u8 = 17;
    pub const IPV6: u8 = 41;
    pub const ROUTING: u8 = 43;
    pub const FRAGMENT: u8 = 44;
    pub const GRE: u8 = 47;
    pub const AUTHENTICATION: u8 = 51;
    pub const DESTINATION_OPTIONS: u8 = 60;
    pub const ETHERIP: u8 = 97;
    pub const MOBILITY: u8 = 135;
    pub const UDP_LITE: u8 = 136;
    pub const MPLS: u8 = 137;
    pub const HOST_IDENTITY: u8 = 139;
    pub const SHIM6: u8 = 140;
    /// RFC 8986 section 9.
    pub const ETHERNET: u8 = 143;
}

/// UDP ports of tunnels (IANA "Service Name and Transport Protocol Port Number Registry").
pub mod udp_port {
    pub const L2TP: u16 = 1701;
    pub const GTP_U: u16 = 2152;
    /// GTP version 0, and GTP', which carries records of charges.
    pub const GTP_0: u16 = 3386;
    pub const TEREDO: u16 = 3544;
    pub const BATMAN_GATEWAY: u16 = 4306;
    pub const LISP: u16 = 4341;
    /// RFC 8086.
    pub const GRE: u16 = 4754;
    pub const VXLAN: u16 = 4789;
    pub const VXLAN_GPE: u16 = 4790;
    pub const AYIYA: u16 = 5072;
    pub const CAPWAP_DATA: u16 = 5247;
    pub const GENEVE: u16 = 6081;
    /// RFC 7510.
    pub const MPLS: u16 = 6635;
    /// What Linux used before there was an assignment, and still does by default.
    pub const VXLAN_LINUX: u16 = 8472;
    pub const LWAPP_DATA: u16 = 12_222;
    pub const LWAPP_CONTROL: u16 = 12_223;
    /// Juniper's default.
    pub const JUNIPER_MIRROR: u16 = 30_030;
    /// What TZSP's author chose, and MikroTik kept.
    pub const TZSP: u16 = 37_008;

    /// All of them.
    pub const ALL: [u16; 18] = [
        L2TP,
        GTP_U,
        GTP_0,
        TEREDO,
        BATMAN_GATEWAY,
        LISP,
        GRE,
        VXLAN,
        VXLAN_GPE,
        AYIYA,
        CAPWAP_DATA,
        GENEVE,
        MPLS,
        VXLAN_LINUX,
        LWAPP_DATA,
        LWAPP_CONTROL,
        JUNIPER_MIRROR,
        TZSP,
    ];
}

/// PPP protocol numbers (IANA "PPP DLL Protocol Numbers").
pub mod ppp {
    pub const IPV4: u16 = 0x0021;
    pub const BRIDGED: u16 = 0x0031;
    pub const MULTILINK: u16 = 0x003d;
    pub const IPV6: u16 = 0x0057;
    pub const MPLS: u16 = 0x0281;
    pub const MPLS_MULTICAST: u16 = 0x0283;
}
