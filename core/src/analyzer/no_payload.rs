//! In place of `payload.rs`, where no layer above TCP is built in.

use super::event::Sink;
use super::flow_stage::{FlowStage, Wanted};
use super::packet::Packet;
use crate::database::Database;
use crate::endpoint::Side;
use crate::flows::Flow;

impl Flow {
    pub(crate) fn wants_payload(&self, _side: Side, _end: u32, _now_ms: u64) -> bool {
        false
    }
}

impl FlowStage {
    pub(super) fn take_payload<'d>(
        &mut self,
        _database: &'d Database,
        packet: &Packet<'_, '_>,
        _sink: &mut impl Sink<'d>,
    ) {
        if let Some(Wanted { id, closes: true, .. }) = self.take_wanted() {
            self.shard(packet).close(id);
        }
    }
}
