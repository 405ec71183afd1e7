//! The options that say which flows are looked at.

use clap::ValueEnum;
use stackprint::{AddressSet, Condition, End, Filter, IpVersion, ParseError, PortSet};

/// Which flows are looked at; without these options, all.
///
/// Each option is a condition, and lists what is enough for it to hold. A flow is kept if all hold,
/// but for those that begin with `not`, of which none may.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Filter (a flow is kept or dropped whole: docs/filters.md)")]
pub(crate) struct FilterArgs {
    /// Flows with one of these ports at either end.
    #[arg(long, value_name = "PORTS", value_parser = ports, env = "STACKPRINT_PORT")]
    port: Vec<PortSet>,

    /// Flows from clients with one of these ports.
    #[arg(long, visible_alias = "src-port", value_name = "PORTS", value_parser = ports, env = "STACKPRINT_CLIENT_PORT")]
    client_port: Vec<PortSet>,

    /// Flows to servers with one of these ports, such as 443,8000-8999; SYN+ACKs that come from
    /// there among them.
    #[arg(long, visible_alias = "dst-port", value_name = "PORTS", value_parser = ports, env = "STACKPRINT_SERVER_PORT")]
    server_port: Vec<PortSet>,

    /// Flows with one of these addresses at either end.
    #[arg(long, value_name = "ADDRESSES", value_parser = hosts, env = "STACKPRINT_HOST")]
    host: Vec<AddressSet>,

    /// Flows with one of these clients.
    #[arg(long, visible_alias = "src-host", value_name = "ADDRESSES", value_parser = hosts, env = "STACKPRINT_CLIENT_HOST")]
    client_host: Vec<AddressSet>,

    /// Flows with one of these servers.
    #[arg(long, visible_alias = "dst-host", value_name = "ADDRESSES", value_parser = hosts, env = "STACKPRINT_SERVER_HOST")]
    server_host: Vec<AddressSet>,

    /// Flows with an end in one of these subnets, such as 10.0.0.0/8,2001:db8::/32.
    #[arg(long, value_name = "SUBNETS", value_parser = nets, env = "STACKPRINT_NET")]
    net: Vec<AddressSet>,

    /// Flows with a client in one of these subnets.
    #[arg(long, visible_alias = "src-net", value_name = "SUBNETS", value_parser = nets, env = "STACKPRINT_CLIENT_NET")]
    client_net: Vec<AddressSet>,

    /// Flows with a server in one of these subnets.
    #[arg(long, visible_alias = "dst-net", value_name = "SUBNETS", value_parser = nets, env = "STACKPRINT_SERVER_NET")]
    server_net: Vec<AddressSet>,

    /// Flows of this IP version.
    #[arg(long, value_name = "VERSION", env = "STACKPRINT_IP_VERSION")]
    ip_version: Option<Version>,

    /// No flows with one of these ports at either end.
    #[arg(long, value_name = "PORTS", value_parser = ports, env = "STACKPRINT_NOT_PORT")]
    not_port: Vec<PortSet>,

    /// No flows from clients with one of these ports.
    #[arg(long, visible_alias = "not-src-port", value_name = "PORTS", value_parser = ports, env = "STACKPRINT_NOT_CLIENT_PORT")]
    not_client_port: Vec<PortSet>,

    /// No flows to servers with one of these ports.
    #[arg(long, visible_alias = "not-dst-port", value_name = "PORTS", value_parser = ports, env = "STACKPRINT_NOT_SERVER_PORT")]
    not_server_port: Vec<PortSet>,

    /// No flows with one of these addresses at either end.
    #[arg(long, value_name = "ADDRESSES", value_parser = hosts, env = "STACKPRINT_NOT_HOST")]
    not_host: Vec<AddressSet>,

    /// No flows with one of these clients.
    #[arg(long, visible_alias = "not-src-host", value_name = "ADDRESSES", value_parser = hosts, env = "STACKPRINT_NOT_CLIENT_HOST")]
    not_client_host: Vec<AddressSet>,

    /// No flows with one of these servers.
    #[arg(long, visible_alias = "not-dst-host", value_name = "ADDRESSES", value_parser = hosts, env = "STACKPRINT_NOT_SERVER_HOST")]
    not_server_host: Vec<AddressSet>,

    /// No flows with an end in one of these subnets.
    #[arg(long, value_name = "SUBNETS", value_parser = nets, env = "STACKPRINT_NOT_NET")]
    not_net: Vec<AddressSet>,

    /// No flows with a client in one of these subnets.
    #[arg(long, visible_alias = "not-src-net", value_name = "SUBNETS", value_parser = nets, env = "STACKPRINT_NOT_CLIENT_NET")]
    not_client_net: Vec<AddressSet>,

    /// No flows with a server in one of these subnets.
    #[arg(long, visible_alias = "not-dst-net", value_name = "SUBNETS", value_parser = nets, env = "STACKPRINT_NOT_SERVER_NET")]
    not_server_net: Vec<AddressSet>,

    /// No flows of this IP version.
    #[arg(long, value_name = "VERSION", env = "STACKPRINT_NOT_IP_VERSION")]
    not_ip_version: Option<Version>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Version {
    #[value(name = "4")]
    V4,
    #[value(name = "6")]
    V6,
}

impl FilterArgs {
    /// What they mean together.
    pub(crate) fn filter(&self) -> Filter {
        let allow = [
            port(End::Either, &self.port),
            port(End::Client, &self.client_port),
            port(End::Server, &self.server_port),
            address(End::Either, &self.host),
            address(End::Client, &self.client_host),
            address(End::Server, &self.server_host),
            address(End::Either, &self.net),
            address(End::Client, &self.client_net),
            address(End::Server, &self.server_net),
            version(self.ip_version),
        ];
        let deny = [
            port(End::Either, &self.not_port),
            port(End::Client, &self.not_client_port),
            port(End::Server, &self.not_server_port),
            address(End::Either, &self.not_host),
            address(End::Client, &self.not_client_host),
            address(End::Server, &self.not_server_host),
            address(End::Either, &self.not_net),
            address(End::Client, &self.not_client_net),
            address(End::Server, &self.not_server_net),
            version(self.not_ip_version),
        ];
        let filter = allow.into_iter().flatten().fold(Filter::default(), Filter::allow);
        deny.into_iter().flatten().fold(filter, Filter::deny)
    }
}

/// An option that is given more than once lists all of it.
fn port(end: End, lists: &[PortSet]) -> Option<Condition> {
    let ports = || lists.iter().cloned().collect();
    (!lists.is_empty()).then(|| Condition::Port(end, ports()))
}

fn address(end: End, lists: &[AddressSet]) -> Option<Condition> {
    let addresses = || lists.iter().cloned().collect();
    (!lists.is_empty()).then(|| Condition::Address(end, addresses()))
}

fn version(version: Option<Version>) -> Option<Condition> {
    Some(Condition::Version(match version? {
        Version::V4 => IpVersion::V4,
        Version::V6 => IpVersion::V6,
    }))
}

fn ports(text: &str) -> Result<PortSet, String> {
    text.parse().map_err(told)
}

fn nets(text: &str) -> Result<AddressSet, String> {
    text.parse().map_err(told)
}

fn hosts(text: &str) -> Result<AddressSet, String> {
    if text.contains('/') {
        return Err(
            "expected an address, got a subnet: the options for subnets end in net".to_owned()
        );
    }
    text.parse().map_err(told)
}

/// An option is a single line.
fn told(error: ParseError) -> String {
    format!("at character {}: expected {}", error.column, error.expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(Debug, clap::Parser)]
    struct Command {
        #[command(flatten)]
        filter: FilterArgs,
    }

    fn filter(options: &str) -> Result<Filter, clap::Error> {
        let words = ["stackprint"].into_iter().chain(options.split_whitespace());
        Command::try_parse_from(words).map(|command| command.filter.filter())
    }

    #[test]
    fn nothing_said_is_no_filter() {
        assert!(filter("").unwrap().is_empty());
    }

    #[test]
    fn each_option_is_a_condition_of_its_own() {
        let ports = || "443,8000-8999".parse().unwrap();
        let addresses = || "10.0.0.0/8,192.0.2.1".parse().unwrap();
        let host = || "192.0.2.1,2001:db8::1".parse().unwrap();
        for (option, value, condition) in [
            ("port", "443,8000-8999", Condition::Port(End::Either, ports())),
            ("client-port", "443,8000-8999", Condition::Port(End::Client, ports())),
            ("src-port", "443,8000-8999", Condition::Port(End::Client, ports())),
            ("server-port", "443,8000-8999", Condition::Port(End::Server, ports())),
            ("dst-port", "443,8000-8999", Condition::Port(End::Server, ports())),
            ("host", "192.0.2.1,2001:db8::1", Condition::Address(End::Either, host())),
            ("client-host", "192.0.2.1,2001:db8::1", Condition::Address(End::Client, host())),
            ("src-host", "192.0.2.1,2001:db8::1", Condition::Address(End::Client, host())),
            ("server-host", "192.0.2.1,2001:db8::1", Condition::Address(End::Server, host())),
            ("dst-host", "192.0.2.1,2001:db8::1", Condition::Address(End::Server, host())),
            ("net", "10.0.0.0/8,192.0.2.1", Condition::Address(End::Either, addresses())),
            ("client-net", "10.0.0.0/8,192.0.2.1", Condition::Address(End::Client, addresses())),
            ("src-net", "10.0.0.0/8,192.0.2.1", Condition::Address(End::Client, addresses())),
            ("server-net", "10.0.0.0/8,192.0.2.1", Condition::Address(End::Server, addresses())),
            ("dst-net", "10.0.0.0/8,192.0.2.1", Condition::Address(End::Server, addresses())),
            ("ip-version", "4", Condition::Version(IpVersion::V4)),
            ("ip-version", "6", Condition::Version(IpVersion::V6)),
        ] {
            let allowed = filter(&format!("--{option} {value}")).unwrap();
            assert_eq!(allowed, Filter::default().allow(condition.clone()), "{option}");
            let denied = filter(&format!("--not-{option} {value}")).unwrap();
            assert_eq!(denied, Filter::default().deny(condition), "not-{option}");
        }
    }

    #[test]
    fn an_option_given_twice_lists_both() {
        assert_eq!(filter("--port 443 --port 80,81").unwrap(), filter("--port 80-81,443").unwrap());
        let both = filter("--host 10.0.0.1 --net 10.0.0.0/8").unwrap();
        assert_eq!(both.allowed().len(), 2);
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (options, message) in [
            ("--port 80,65536", "at character 4: expected ports 0..=65535"),
            ("--not-server-port 90-80", "at character 1: expected ports 0..=65535"),
            ("--net 10.0.0.1/8", "at character 1: expected a subnet's own address"),
            ("--client-net 10.0.0.0/8,x", "at character 12: expected addresses or subnets"),
            (
                "--host 10.0.0.0/8",
                "expected an address, got a subnet: the options for subnets end in net",
            ),
            ("--ip-version 5", "invalid value '5'"),
        ] {
            let error = filter(options).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{options}");
            assert!(error.to_string().contains(message), "{options}: {error}");
        }
    }
}
