//! The differences from p0f 3.09b, each named once. `docs/differences-from-p0f.md` says what each
//! one is and why; this table says which of the two behaviors is in force.

/// Whether p0f's bugs are fixed or kept.
///
/// Each of them is described in `docs/differences-from-p0f.md`.
///
/// [`Database::parse_with`](crate::Database::parse_with) takes it with the text of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compat {
    /// As p0f was meant to work.
    #[default]
    Fixed,
    /// As p0f 3.09b answers on a little-endian machine, bit for bit.
    P0fExact,
}

impl Compat {
    /// The rules in force. Inlined, so that asking for a rule costs one comparison.
    #[inline(always)]
    pub(crate) const fn rules(self) -> &'static CompatRules {
        match self {
            Compat::Fixed => &CompatRules::FIXED,
            Compat::P0fExact => &CompatRules::P0F,
        }
    }
}

/// Where p0f 3.09b and the default differ. A flag is named after what p0f does: it is set in
/// [`CompatRules::P0F`] and clear in [`CompatRules::FIXED`].
#[derive(Debug)]
pub(crate) struct CompatRules {
    // Frames.
    /// Frames are opened by p0f's own rules for link types and lengths, and counted by its packet
    /// filter; tags, tunnels and extension headers stay closed.
    pub(crate) p0f_opens_frames: bool,

    // Observations.
    /// `ack+` is decided by bit 24 of the acknowledgment number alone.
    pub(crate) stray_ack_is_one_bit: bool,
    /// `opt+` misses padding of which only the last byte is not 0.
    pub(crate) junk_in_last_byte_is_missed: bool,
    /// TCP options that a program asked for are options like any other: they are neither set
    /// aside nor named.
    pub(crate) program_options_count: bool,

    // Signatures and matching.
    /// The byte after a bad TTL (`64-`) and its colon is skipped when a signature is read.
    pub(crate) bad_ttl_skips_a_byte: bool,
    /// A signature for one IP version is compared with packets of the other, too.
    pub(crate) version_is_not_compared: bool,
    /// Signatures for both versions ask for `0+` in IPv6 packets, which cannot show it.
    pub(crate) reserved_bit_is_asked_of_ipv6: bool,
    /// An IPv6 flow label is a difference from signatures for both versions that do not name it.
    pub(crate) flow_label_is_always_compared: bool,
    /// A tool's signature may match with tolerances, and then hides the systems after it.
    pub(crate) tools_match_with_tolerances: bool,

    // Flows.
    /// A SYN+ACK answers the SYN of its flow whatever it acknowledges.
    pub(crate) any_syn_ack_answers: bool,
    /// A SYN+ACK without a SYN says nothing.
    pub(crate) lone_syn_acks_are_ignored: bool,
    /// The flow of a tool ends with its SYN.
    pub(crate) tools_end_their_flow: bool,
    /// A flow ends with an ACK that comes before the SYN+ACK, and with one to a probe.
    pub(crate) early_ack_ends_flow: bool,
    /// A segment belongs to its flow if its sequence number is at most so many bytes away from the
    /// one that is expected.
    pub(crate) sequence_tolerance: u32,
    /// A flow lives as long as p0f's HTTP reader is interested in it.
    pub(crate) http_reader_ends_flows: bool,

    // Uptime and changes of hosts.
    /// The frequency of a clock is measured for each flow by itself.
    pub(crate) clock_is_of_the_flow: bool,
    /// Changes of a host are scored, and sharing decided by the last 32 scores.
    pub(crate) changes_are_scored: bool,
    /// Option layouts are compared whole, with those that programs asked for.
    pub(crate) whole_layouts_are_compared: bool,

    // Tables of hosts and flows.
    /// The default limits are p0f's.
    pub(crate) limits_are_p0fs: bool,
    /// An address is one host, whatever VLAN or tunnel it is seen in.
    pub(crate) address_is_one_host: bool,
    /// The age of an entry has no sign: a capture's clock that steps back expires everything.
    pub(crate) age_has_no_sign: bool,
    /// Entries are looked for that are too old each 50 packets only, and live until then.
    pub(crate) expiry_waits_for_packets: bool,
    /// A host stays in its table as long as a flow refers to it.
    pub(crate) flows_keep_their_hosts: bool,
    /// A table holds one entry more than its limit; a full one costs 10 % of the flows.
    pub(crate) full_tables_prune_flows: bool,
}

impl CompatRules {
    /// p0f as it was meant to work.
    pub(crate) const FIXED: CompatRules = CompatRules {
        p0f_opens_frames: false,
        stray_ack_is_one_bit: false,
        junk_in_last_byte_is_missed: false,
        program_options_count: false,
        bad_ttl_skips_a_byte: false,
        version_is_not_compared: false,
        reserved_bit_is_asked_of_ipv6: false,
        flow_label_is_always_compared: false,
        tools_match_with_tolerances: false,
        any_syn_ack_answers: false,
        lone_syn_acks_are_ignored: false,
        tools_end_their_flow: false,
        early_ack_ends_flow: false,
        sequence_tolerance: 1 << 20,
        http_reader_ends_flows: false,
        clock_is_of_the_flow: false,
        changes_are_scored: false,
        whole_layouts_are_compared: false,
        limits_are_p0fs: false,
        address_is_one_host: false,
        age_has_no_sign: false,
        expiry_waits_for_packets: false,
        flows_keep_their_hosts: false,
        full_tables_prune_flows: false,
    };

    /// p0f 3.09b as it is.
    pub(crate) const P0F: CompatRules = CompatRules {
        p0f_opens_frames: true,
        stray_ack_is_one_bit: true,
        junk_in_last_byte_is_missed: true,
        program_options_count: true,
        bad_ttl_skips_a_byte: true,
        version_is_not_compared: true,
        reserved_bit_is_asked_of_ipv6: true,
        flow_label_is_always_compared: true,
        tools_match_with_tolerances: true,
        any_syn_ack_answers: true,
        lone_syn_acks_are_ignored: true,
        tools_end_their_flow: true,
        early_ack_ends_flow: true,
        sequence_tolerance: 0,
        http_reader_ends_flows: true,
        clock_is_of_the_flow: true,
        changes_are_scored: true,
        whole_layouts_are_compared: true,
        limits_are_p0fs: true,
        address_is_one_host: true,
        age_has_no_sign: true,
        expiry_waits_for_packets: true,
        flows_keep_their_hosts: true,
        full_tables_prune_flows: true,
    };
}
