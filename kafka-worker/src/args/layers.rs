//! What is read of packets.

use clap::ValueEnum;
use clap::builder::BoolishValueParser;
use stackprint::AnalyzerBuilder;

/// The layers that are read.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LayerArgs {
    /// The protocols that are read. Without this, all of them; with --p0f-exact, TCP and HTTP.
    #[arg(
        long,
        value_name = "LAYER,…",
        value_enum,
        value_delimiter = ',',
        default_values_t = [Layer::Tcp, Layer::Tls, Layer::Http, Layer::Quic],
        env = "STACKPRINT_LAYERS"
    )]
    layers: Vec<Layer>,

    /// Write the lists behind TLS fingerprints, too: ja4_r, ja4_o, ja4_ro, ja3_full.
    #[arg(long, env = "STACKPRINT_RAW", value_parser = BoolishValueParser::new())]
    raw: bool,

    /// Memory for unfinished TLS hellos and HTTP heads, in MiB, a quarter of it for QUIC and DTLS;
    /// of `kafka`, for each partition. When it is full, the oldest is given up.
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = 64,
        env = "STACKPRINT_STREAM_MEMORY",
        value_parser = clap::value_parser!(u32).range(1..=65_536)
    )]
    stream_memory: u32,
}

/// A layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layer {
    /// TCP/IP stacks by SYN and SYN+ACK, MTU, uptime, changes of hosts; always read.
    Tcp,
    /// Clients and servers of TLS by their hellos, and clients of DTLS.
    Tls,
    /// HTTP clients and servers by the heads of requests and responses.
    Http,
    /// Clients of QUIC by the hellos in their Initials.
    Quic,
}

impl LayerArgs {
    /// Whether payload is read.
    pub(crate) fn read_payload(&self) -> bool {
        self.layers.iter().any(|layer| *layer != Layer::Tcp)
    }

    /// The analyzer's settings, with these.
    pub(crate) fn apply(&self, settings: AnalyzerBuilder) -> AnalyzerBuilder {
        self.apply_share(settings, 1)
    }

    /// The same for one of so many analyzers that share the memory.
    pub(crate) fn apply_share(&self, settings: AnalyzerBuilder, of: u32) -> AnalyzerBuilder {
        settings
            .tls(self.layers.contains(&Layer::Tls))
            .http(self.layers.contains(&Layer::Http))
            .quic(self.layers.contains(&Layer::Quic))
            .raw(self.raw)
            .stream_memory(((self.stream_memory as usize) << 20) / of.max(1) as usize)
    }
}
