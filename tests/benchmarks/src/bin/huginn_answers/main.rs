//! What huginn-net-tcp 2.2.1 says of capture files, as `tests/accuracy/score.py` reads it: for each SYN
//! and SYN+ACK a line of JSON with the file, the sender, the kind and the name of the system.
//!
//! ```text
//! huginn_answers FOLDER FILE…        files are named from FOLDER
//! ```

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::{env, thread};

use huginn_net_db::{SharedTcpSignatureMatcher, TcpDatabase};
use huginn_net_tcp::HuginnNetTcp;

/// The number of its own examples.
const CONNECTIONS: usize = 1000;

fn main() {
    let mut args = env::args().skip(1);
    let folder = args.next().expect("a folder");
    let database = TcpDatabase::load_default().expect("its own database");
    let matcher = Arc::new(SharedTcpSignatureMatcher::new(Arc::new(database)));
    for file in args {
        let (results, received) = mpsc::channel();
        let path = Path::new(&folder).join(&file).display().to_string();
        let mut analyzer = HuginnNetTcp::new(CONNECTIONS).with_matcher(Arc::clone(&matcher) as _);
        // What it cannot read, it says nothing of.
        let reader = thread::spawn(move || {
            if let Err(error) = analyzer.analyze_pcap(&path, results, None) {
                eprintln!("{path}: {error}");
            }
        });
        for result in received {
            let syn = result.syn.map(|it| ("syn", it.source.ip, it.os_matched.os));
            let syn_ack = result.syn_ack.map(|it| ("syn_ack", it.source.ip, it.os_matched.os));
            for (kind, ip, os) in syn.into_iter().chain(syn_ack) {
                // Names of systems have no quotes.
                let name = os.map_or_else(|| "null".to_owned(), |os| format!("\"{}\"", os.name));
                println!(r#"{{"file":"{file}","ip":"{ip}","kind":"{kind}","name":{name}}}"#);
            }
        }
        reader.join().expect("its reader ends");
    }
}
