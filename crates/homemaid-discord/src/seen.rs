//! Events that happen once in the life of a thing, each let through once: a message is posted once, an interaction
//! comes once, a member joins once at a time. Discord may send one again, after a resume or for reasons of its own, under a new number; a plugin
//! must not greet twice.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::json;

/// Events remembered; repetitions come soon or never.
const REMEMBERED: usize = 4_096;

/// What makes an event the same one: its name, whose it is, and a moment when that can come again.
type Identity = (&'static str, u64, u64);

/// The last events.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    known: HashSet<Identity>,
    order: VecDeque<Identity>,
}

impl Seen {
    /// Takes an event in; false when it was there before. Events that can happen again are always new.
    pub(crate) fn is_new(&mut self, name: &str, data: &Value) -> bool {
        let Some(identity) = identity(name, data) else {
            return true;
        };
        if !self.known.insert(identity) {
            return false;
        }
        self.order.push_back(identity);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

fn identity(name: &str, data: &Value) -> Option<Identity> {
    if name == "GUILD_MEMBER_ADD" {
        // Who left may come back, at another time.
        let mut hasher = DefaultHasher::new();
        (json::id(data, "guild_id"), json::text(data, "joined_at")?).hash(&mut hasher);
        return Some((
            "GUILD_MEMBER_ADD",
            json::id(&data["user"], "id")?,
            hasher.finish(),
        ));
    }
    let (name, id) = match name {
        "MESSAGE_CREATE" => ("MESSAGE_CREATE", json::id(data, "id")),
        "MESSAGE_DELETE" => ("MESSAGE_DELETE", json::id(data, "id")),
        "INTERACTION_CREATE" => ("INTERACTION_CREATE", json::id(data, "id")),
        "CHANNEL_CREATE" => ("CHANNEL_CREATE", json::id(data, "id")),
        "CHANNEL_DELETE" => ("CHANNEL_DELETE", json::id(data, "id")),
        "GUILD_ROLE_CREATE" => ("GUILD_ROLE_CREATE", json::id(&data["role"], "id")),
        "GUILD_ROLE_DELETE" => ("GUILD_ROLE_DELETE", json::id(data, "role_id")),
        _ => return None,
    };
    Some((name, id?, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_can_happen_once_is_let_through_once() {
        let mut seen = Seen::default();
        for name in [
            "MESSAGE_CREATE",
            "MESSAGE_DELETE",
            "INTERACTION_CREATE",
            "CHANNEL_CREATE",
            "CHANNEL_DELETE",
        ] {
            assert!(seen.is_new(name, &json!({"id": "5"})), "{name}");
            assert!(!seen.is_new(name, &json!({"id": "5"})), "{name} again");
            assert!(seen.is_new(name, &json!({"id": "6"})), "another {name}");
        }
        assert!(seen.is_new("GUILD_ROLE_CREATE", &json!({"role": {"id": "5"}})));
        assert!(!seen.is_new("GUILD_ROLE_CREATE", &json!({"role": {"id": "5"}})));
        assert!(seen.is_new("GUILD_ROLE_DELETE", &json!({"role_id": "5"})));
        assert!(!seen.is_new("GUILD_ROLE_DELETE", &json!({"role_id": "5"})));
        let joined = |at: &str| json!({"guild_id": "1", "user": {"id": "7"}, "joined_at": at});
        assert!(seen.is_new("GUILD_MEMBER_ADD", &joined("2026-01-01T00:00:00Z")));
        assert!(!seen.is_new("GUILD_MEMBER_ADD", &joined("2026-01-01T00:00:00Z")));
        assert!(
            seen.is_new("GUILD_MEMBER_ADD", &joined("2026-01-02T00:00:00Z")),
            "who left may come back"
        );
        for _ in 0..2 {
            assert!(
                seen.is_new("MESSAGE_UPDATE", &json!({"id": "5"})),
                "a message can be edited twice"
            );
            assert!(seen.is_new("MESSAGE_REACTION_ADD", &json!({"message_id": "5"})));
            assert!(
                seen.is_new("MESSAGE_CREATE", &json!({})),
                "what has no name is judged elsewhere"
            );
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut seen = Seen::default();
        for id in 1..=(REMEMBERED as u64 * 3) {
            assert!(seen.is_new("MESSAGE_CREATE", &json!({"id": id.to_string()})));
        }
        assert_eq!((seen.known.len(), seen.order.len()), (REMEMBERED, REMEMBERED));
        assert!(!seen.is_new("MESSAGE_CREATE", &json!({"id": (REMEMBERED * 3).to_string()})));
    }
}
