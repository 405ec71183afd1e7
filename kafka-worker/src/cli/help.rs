//! What `-h` leaves out, and the examples at the end of `--help`.

use std::fmt::Write as _;

use clap::Command;

/// Of each command, by its full name: the options that `-h` tells of, and examples.
type Help = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// What is done, and the command that does it.
#[rustfmt::skip]
const COMMANDS: &[Help] = &[
    ("", &[], &[
        ("What systems are in a capture", "stackprint read capture.pcap"),
        ("What systems are on this network, from now on", "sudo stackprint live -i eth0"),
        ("Which options a command has", "stackprint read --help"),
    ]),
    ("read", &["format", "output", "database", "closest", "layers", "port", "host", "net"], &[
        ("Records for people", "stackprint read capture.pcap"),
        ("One JSON object a line", "stackprint read -f ndjson capture.pcapng.gz"),
        ("From tcpdump, as it captures", "tcpdump -i eth0 -U -w - tcp | stackprint read"),
        ("Only flows to web servers, with your own signatures",
         "stackprint read --server-port 80,443 -d own.fp capture.pcap"),
        ("From Suricata's EVE log", "stackprint read --input-format eve -f ndjson eve.json"),
        ("As p0f does, into a file like its log",
         "stackprint read --p0f-exact -f p0f -o p0f.log capture.pcap"),
    ]),
    ("live", &["format", "output", "database", "closest", "port", "host", "net", "bpf", "user"], &[
        ("Records for people", "sudo stackprint live -i eth0"),
        ("JSON lines, without rights once the interface is open",
         "sudo stackprint live -i eth0 --user nobody -f ndjson"),
        ("From two interfaces, uptimes too", "sudo stackprint live -i eth0 -i eth1 --bpf uptimes"),
        ("In place of p0f, for programs that ask its socket",
         "sudo stackprint live -i eth0 -o /dev/null --p0f-socket /run/p0f.sock"),
    ]),
    ("coprocess", &["answer", "framing", "field", "database"], &[
        ("Findings added to each line of a log with packets",
         "stackprint coprocess < eve.json > enriched.json"),
        ("Packets in a field, findings in another",
         "stackprint coprocess --field event.packet --key tcp < events.ndjson"),
    ]),
    ("kafka", &["brokers", "from", "to", "group", "delivery", "dead_letters", "format", "per", "hosts_to", "database"], &[
        ("Packets of one topic to records in another",
         "stackprint kafka --brokers kafka:9092 --from packets --to records"),
        ("Each record once, what cannot be read in a topic of its own",
         "stackprint kafka --brokers kafka:9092 --from packets --to records \
          --delivery exactly-once --dead-letters bad"),
        ("A row for each connection instead of records",
         "stackprint kafka --brokers kafka:9092 --from packets --to connections --per connection"),
        ("A row for each host, from a topic of records",
         "stackprint kafka --brokers kafka:9092 --per host --from records --hosts-to hosts"),
        ("With a password from a file",
         "stackprint kafka --brokers kafka:9093 --from packets --to records -F client.properties"),
    ]),
    ("publish", &["brokers", "to", "interfaces", "encoding", "select", "sensor"], &[
        ("A capture into a topic", "stackprint publish --brokers kafka:9092 --to packets capture.pcap"),
        ("What an interface sees, from a sensor with a name",
         "sudo stackprint publish --brokers kafka:9092 --to packets --interface eth0 --sensor tap-1"),
    ]),
    ("db", &[], &[
        ("Whether a database is sound", "stackprint db check own.fp"),
        ("What a signature means", "stackprint db lookup 4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0"),
    ]),
    ("db check", &["format"], &[
        ("All faults, with their lines", "stackprint db check own.fp"),
        ("For a program", "stackprint db check -f ndjson own.fp"),
    ]),
    ("db list", &["format", "database"], &[
        ("What is known of Windows", "stackprint db list windows"),
        ("All of p0f's file", "stackprint db list -d p0f.fp"),
    ]),
    ("db lookup", &["response", "database"], &[
        ("A SYN of Linux", "stackprint db lookup 4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0"),
        ("All of a file", "stackprint db lookup - < signatures.txt"),
    ]),
    ("db score", &["response", "database", "format"], &[
        ("How good the built-in database is on packets whose senders you know",
         "stackprint db score labelled.csv"),
        ("Another one, for a program", "stackprint db score -d own.fp -f ndjson labelled.ndjson"),
    ]),
    ("db explain", &["frame", "response", "database"], &[
        ("A signature in words", "stackprint db explain 4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0"),
        ("The third packet of a capture", "stackprint db explain --frame 3 capture.pcap"),
    ]),
    ("db learn", &["list", "unknown", "database"], &[
        ("Signatures of a system whose packets you have",
         "stackprint db learn own-linux.pcap=s:unix:Linux:6.1"),
        ("What no signature fits, most frequent first", "stackprint db learn --unknown capture.pcap"),
    ]),
    ("schema", &[], &[
        ("The JSON Schema of records", "stackprint schema > record.json"),
    ]),
    ("completions", &[], &[
        ("For this shell", "source <(stackprint completions bash)"),
    ]),
    ("man", &[], &[
        ("The manual page of a command", "stackprint man read | man -l -"),
    ]),
];

/// The command with examples, and a short `-h`.
pub(crate) fn added_to(command: Command) -> Command {
    added(command, "")
}

fn added(mut command: Command, path: &str) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
        command = command.mut_subcommand(name, |command| added(command, &path));
    }
    let Some((_, in_short, examples)) = COMMANDS.iter().find(|(name, ..)| *name == path) else {
        return command;
    };
    let command = if in_short.is_empty() {
        command
    } else {
        command.mut_args(|argument| {
            let is_told = argument.is_positional()
                || in_short.contains(&argument.get_id().as_str())
                || argument.is_required_set();
            argument.hide_short_help(!is_told)
        })
    };
    command.after_long_help(text(examples))
}

fn text(examples: &[(&str, &str)]) -> String {
    let mut text = String::from("Examples:");
    for (what, command) in examples {
        // Writing to a String does not fail.
        let _ = write!(text, "\n  {what}:\n    {command}\n");
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli;

    /// Words of a shell's command line, up to a pipe or redirection; none of ours has quotes.
    fn words(line: &str) -> Vec<&str> {
        let ends = |word: &&str| !["|", ">", "<"].contains(word);
        let ours = line.find("stackprint").and_then(|at| line.get(at..)).expect("our program");
        ours.split_ascii_whitespace()
            .take_while(ends)
            .map(|word| word.trim_end_matches(')'))
            .collect()
    }

    #[test]
    fn every_example_is_understood() {
        let command = cli::command();
        for (name, _, examples) in COMMANDS {
            if !cfg!(feature = "kafka") && ["kafka", "publish"].contains(name) {
                continue;
            }
            assert!(!examples.is_empty(), "{name}");
            for (_, line) in *examples {
                let words = words(line);
                match command.clone().try_get_matches_from(&words) {
                    Ok(_) => {}
                    Err(error) if error.kind() == clap::error::ErrorKind::DisplayHelp => {}
                    Err(error) => panic!("{line}: {error}"),
                }
            }
        }
    }

    #[test]
    fn every_command_has_examples_and_a_short_help() {
        fn check(mut command: Command, path: &str) {
            let long = command.render_long_help().to_string();
            assert!(long.contains("\nExamples:\n"), "{path}: {long}");
            let short = command.render_help().to_string();
            assert!(!short.contains("Examples:"), "{path}");
            assert!(
                short.lines().count() <= 45,
                "{path}: {} lines\n{short}",
                short.lines().count()
            );
            for inner in command.get_subcommands() {
                check(inner.clone(), &format!("{path} {}", inner.get_name()));
            }
        }
        check(cli::command(), "stackprint");
    }

    #[test]
    fn what_is_told_exists() {
        for (name, in_short, _) in COMMANDS {
            if !cfg!(feature = "kafka") && ["kafka", "publish"].contains(name) {
                continue;
            }
            let mut command = cli::command();
            for word in name.split_ascii_whitespace() {
                command = command.find_subcommand(word).expect(name).clone();
            }
            for id in *in_short {
                let found = command.get_arguments().any(|it| it.get_id().as_str() == *id);
                assert!(found, "{name} {id}");
            }
        }
    }
}
