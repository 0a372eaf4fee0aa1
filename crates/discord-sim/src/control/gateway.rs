//! Disturbing the gateway's connections, and faults.

use serde_json::{Value, json};

use super::{Control, ControlError, Done};
use crate::fault::{Fault, FaultSpec};
use crate::gateway::protocol::{Close, op, plain};
use crate::gateway::session::Outgoing;
use crate::world::World;

impl Control {
    /// Asks every client to reconnect and resume (opcode 7).
    pub fn gateway_reconnect(&self) {
        let payload = plain(op::RECONNECT, &Value::Null).into();
        self.gateway("reconnect", |world| {
            world.sessions.broadcast(&Outgoing::Payload(payload));
        });
    }

    /// Tells every client that its session is invalid (opcode 9); without `resumable` it is forgotten.
    pub fn gateway_invalidate(&self, resumable: bool) {
        self.gateway("invalidate", |world| world.end_sessions(resumable));
    }

    /// Asks every client for a heartbeat at once (opcode 1).
    pub fn gateway_heartbeat(&self) {
        let payload = plain(op::HEARTBEAT, &Value::Null).into();
        self.gateway("heartbeat", |world| {
            world.sessions.broadcast(&Outgoing::Payload(payload));
        });
    }

    /// Closes every socket with an error after which clients resume.
    pub fn gateway_drop(&self) {
        self.gateway("drop", |world| {
            world.sessions.broadcast(&Outgoing::Close(Close::UNKNOWN_ERROR));
        });
    }

    /// Closes every socket with one of Discord's codes, 4000 to 4014.
    pub fn gateway_close(&self, code: u16) -> Done<()> {
        let close = Close::of(code)
            .ok_or_else(|| ControlError::Refused(format!("{code} is not a close code of the gateway")))?;
        self.gateway("close", |world| {
            world.sessions.broadcast(&Outgoing::Close(close));
        });
        Ok(())
    }

    /// Lets every open socket fall silent for good: no event and no answer to heartbeats leaves it any more, though
    /// it stays open. New sockets speak.
    pub fn gateway_silence(&self) {
        self.gateway("silence", |world| world.sessions.broadcast(&Outgoing::Silence));
    }

    fn gateway(&self, action: &str, act: impl FnOnce(&mut World)) {
        let mut world = self.shared.lock();
        world.note("gateway", None, None, json!({"action": action, "by": "control"}));
        act(&mut world);
    }

    /// Puts a fault in force, and returns its number.
    pub fn add_fault(&self, fault: impl Into<FaultSpec>) -> Done<u64> {
        Ok(self.shared.lock().faults.add(fault.into())?)
    }

    /// Returns the faults, also those that struck as often as they should, until they are cleared.
    pub fn faults(&self) -> Vec<Fault> {
        self.shared.lock().faults.list().to_vec()
    }

    /// Clears one fault. Requests that hang end.
    pub fn clear_fault(&self, id: u64) -> Done<()> {
        if !self.shared.lock().faults.clear(id) {
            return Err(ControlError::NotFound(format!("there is no fault {id}")));
        }
        self.shared.faults_cleared.notify_waiters();
        Ok(())
    }

    /// Clears all faults. Requests that hang end.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear_all();
        self.shared.faults_cleared.notify_waiters();
    }
}

impl World {
    /// Tells every client that its session is invalid; without `resumable` it is forgotten.
    pub(crate) fn end_sessions(&mut self, resumable: bool) {
        let payload = plain(op::INVALID_SESSION, &resumable.into()).into();
        self.sessions.broadcast(&Outgoing::Payload(payload));
        if !resumable {
            self.sessions.forget_all();
        }
    }
}
