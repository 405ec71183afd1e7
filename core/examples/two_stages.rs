//! The analysis on two threads: one decodes a capture and runs the flow stage, the other runs the
//! host stage and prints. The records are those of one thread, in the same order.
//!
//! ```text
//! cargo run --example two_stages -- FILE
//! ```

use std::error::Error;
use std::sync::mpsc::sync_channel;
use std::thread;

use stackprint::capture::Decoder;
use stackprint::{Analyzer, Database, PendingRecord};

/// Handing over one record at a time would cost more than the host stage itself.
const BATCH_RECORDS: usize = 256;
/// Batches that wait: with more, only memory would be used.
const QUEUE_BATCHES: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: two_stages FILE")?;
    let bytes = std::fs::read(path)?;
    let mut analyzer = Analyzer::new(&Database::builtin());
    let (mut flows, mut hosts) = analyzer.stages();
    let (to, batches) = sync_channel::<Vec<PendingRecord<'_>>>(QUEUE_BATCHES);
    thread::scope(|scope| {
        scope.spawn(move || {
            // In the order in which they were sent: the history of a host depends on it.
            for mut batch in batches {
                hosts.complete_all(&mut batch);
                for record in batch.iter().filter_map(PendingRecord::record) {
                    println!("{record}\n");
                }
            }
        });
        let mut decoder = Decoder::new();
        let mut batch = Vec::new();
        let mut skipped = 0;
        let decoded = decoder.push(&bytes, |captured| {
            flows.take(&captured.frame, &mut batch, |_| skipped += 1);
            if batch.len() >= BATCH_RECORDS {
                // It waits where the other thread does not keep up, and fails only if that panicked.
                let _ = to.send(std::mem::take(&mut batch));
            }
        });
        let _ = to.send(batch);
        // Ends the other thread.
        drop(to);
        decoded?;
        decoder.finish()?;
        eprintln!("{skipped} frames skipped");
        Ok(())
    })
}
