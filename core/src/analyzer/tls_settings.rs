//! How TLS is read.

use crate::flows::Flows;
use crate::state::Shards;
use crate::stream::Streams;

/// How TLS is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct TlsSettings {
    /// Whether it is read at all.
    pub(super) enabled: bool,
    /// Whether records have the lists behind fingerprints.
    pub(super) raw: bool,
    /// Bytes that undecided streams may hold together.
    pub(super) stream_memory: usize,
}

impl TlsSettings {
    pub(super) const DEFAULT: TlsSettings =
        TlsSettings { enabled: true, raw: false, stream_memory: Streams::DEFAULT_MEMORY };
}

/// Divides the memory of streams over shards.
pub(super) fn with_memory(mut shards: Shards<Flows>, settings: TlsSettings) -> Shards<Flows> {
    let count = shards.iter().count();
    shards.iter_mut().for_each(|flows| flows.limit_streams(settings.stream_memory / count));
    shards
}
