//! Every method a plugin may call (wire §6), what it needs (caps §1) and what it costs (caps §6).

use serde_json::{Map, Value};

use crate::limits::{DISCORD_ACTIONS_PER_MINUTE, HTTP_REQUESTS_PER_MINUTE};
use crate::{Capability, CapabilitySet};

/// Which rate limit a method draws on, per installation.
///
/// The window of schema changes (`sql.*`) is not here: it depends on the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// None but the safety valve over all calls.
    None,
    /// Discord actions.
    Discord,
    /// Outbound HTTP requests.
    Proxy,
}

impl Bucket {
    /// Returns the name in error texts, for example `discord`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Discord => "discord",
            Self::Proxy => "proxy",
        }
    }

    /// Returns the tokens a minute, which are also the largest burst; `None` means unlimited.
    pub const fn per_minute(self) -> Option<u32> {
        match self {
            Self::None => None,
            Self::Discord => Some(DISCORD_ACTIONS_PER_MINUTE),
            Self::Proxy => Some(HTTP_REQUESTS_PER_MINUTE),
        }
    }
}

/// How many tokens one call costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cost {
    /// One.
    One,
    /// One for each of `user_ids`.
    Users,
}

/// What the host knows of a method.
#[derive(Debug, PartialEq, Eq)]
pub struct MethodSpec {
    /// The name on the wire.
    pub name: &'static str,
    /// One of these is needed, or nothing when empty. A refusal names the first.
    pub any_of: &'static [Capability],
    /// The rate limit it draws on.
    pub bucket: Bucket,
    cost: Cost,
}

impl MethodSpec {
    /// Returns the capability to name in the refusal when `granted` does not allow this call.
    ///
    /// A request that has the host add a secret needs the secrets as well (wire §6.6).
    pub fn missing(&self, granted: &CapabilitySet, params: &Map<String, Value>) -> Option<Capability> {
        if let Some(first) = self.any_of.first()
            && !self.any_of.iter().any(|capability| granted.contains(capability))
        {
            return Some(*first);
        }
        let given = |key| params.get(key).is_some_and(|value| !value.is_null());
        let uses_secret = match self.name {
            "proxy.request" => given("secret_auth") || given("auth"),
            "ws.ensure" => given("auth"),
            _ => false,
        };
        (uses_secret && !granted.contains(&Capability::StorageSecrets)).then_some(Capability::StorageSecrets)
    }

    /// Returns the tokens this call costs in its bucket (caps §6): a bulk call one for each user, at least one.
    pub fn cost(&self, params: &Map<String, Value>) -> u32 {
        match (self.bucket, self.cost) {
            (Bucket::None, _) => 0,
            (_, Cost::One) => 1,
            (_, Cost::Users) => {
                let users = params
                    .get("user_ids")
                    .and_then(Value::as_array)
                    .map_or(1, Vec::len);
                u32::try_from(users.max(1)).unwrap_or(u32::MAX)
            }
        }
    }
}

/// Returns the method of that name.
pub fn method(name: &str) -> Option<&'static MethodSpec> {
    METHODS
        .binary_search_by(|spec| spec.name.cmp(name))
        .ok()
        .map(|at| &METHODS[at])
}

/// Returns every method, in name order.
pub fn methods() -> &'static [MethodSpec] {
    METHODS
}

macro_rules! methods {
    ($($name:literal: [$($capability:ident),*], $bucket:ident, $cost:ident;)*) => {
        /// In name order, for the binary search.
        const METHODS: &[MethodSpec] = &[$(MethodSpec {
            name: $name,
            any_of: &[$(Capability::$capability),*],
            bucket: Bucket::$bucket,
            cost: Cost::$cost,
        },)*];
    };
}

methods! {
    "discord.add_reaction": [AddReaction], Discord, One;
    "discord.add_role": [ManageRoles], Discord, One;
    "discord.add_role_bulk": [ManageRoles], Discord, Users;
    "discord.ban_member": [BanMembers], Discord, One;
    "discord.bulk_delete_messages": [DeleteMessage], Discord, One;
    "discord.create_channel": [ManageChannels], Discord, One;
    "discord.create_thread": [ManageChannels], Discord, One;
    "discord.create_webhook": [ManageWebhooks], Discord, One;
    "discord.delete_channel": [ManageChannels], Discord, One;
    "discord.delete_channel_permission": [ManageChannels], Discord, One;
    "discord.delete_message": [DeleteMessage], Discord, One;
    "discord.delete_webhook": [ManageWebhooks], Discord, One;
    "discord.edit_channel": [ManageChannels], Discord, One;
    "discord.edit_message": [EditMessage], Discord, One;
    "discord.edit_thread": [ManageChannels], Discord, One;
    "discord.execute_webhook": [SendMessage, ManageWebhooks], Discord, One;
    "discord.get_channel": [Read], Discord, One;
    "discord.get_guild": [Read], Discord, One;
    "discord.get_member": [Read], Discord, One;
    "discord.get_messages": [Read], Discord, One;
    "discord.kick_bulk": [KickMembers], Discord, Users;
    "discord.kick_member": [KickMembers], Discord, One;
    "discord.list_channels": [Read], Discord, One;
    "discord.list_members": [Read], Discord, One;
    "discord.list_roles": [Read], Discord, One;
    "discord.pin_message": [EditMessage, SendMessage], Discord, One;
    "discord.remove_role": [ManageRoles], Discord, One;
    "discord.remove_role_bulk": [ManageRoles], Discord, Users;
    "discord.search_members": [Read], Discord, One;
    "discord.send_message": [SendMessage], Discord, One;
    "discord.set_channel_permissions": [ManageChannels], Discord, One;
    "discord.set_nickname": [ModerateMembers], Discord, One;
    "discord.timeout_bulk": [ModerateMembers], Discord, Users;
    "discord.timeout_member": [ModerateMembers], Discord, One;
    "discord.unban_member": [BanMembers], Discord, One;
    "discord.unpin_message": [EditMessage, SendMessage], Discord, One;
    "ephemeral.cooldown_check": [], None, One;
    "ephemeral.cooldown_set": [], None, One;
    "ephemeral.counter": [], None, One;
    "ephemeral.dedup": [], None, One;
    "ephemeral.flag_check": [], None, One;
    "ephemeral.flag_set": [], None, One;
    "http.allow_host": [ProxyHttp], Proxy, One;
    "http.revoke_host": [ProxyHttp], Proxy, One;
    "interaction.defer": [InteractionRespond], None, One;
    "interaction.followup": [InteractionRespond], None, One;
    "interaction.respond": [InteractionRespond], None, One;
    "interaction.send_modal": [InteractionRespond], None, One;
    "kv.decr": [StorageKv], None, One;
    "kv.del": [StorageKv], None, One;
    "kv.get": [StorageKv], None, One;
    "kv.increment": [StorageKv], None, One;
    "kv.list": [StorageKv], None, One;
    "kv.list_values": [StorageKv], None, One;
    "kv.mget": [StorageKv], None, One;
    "kv.mput": [StorageKv], None, One;
    "kv.put": [StorageKv], None, One;
    "metrics.query": [], None, One;
    "metrics.record": [], None, One;
    "metrics.total": [], None, One;
    "proxy.request": [ProxyHttp], Proxy, One;
    "secrets.del": [StorageSecrets], None, One;
    "secrets.get": [StorageSecrets], None, One;
    "secrets.set": [StorageSecrets], None, One;
    "sql.execute": [StorageSql], None, One;
    "sql.query": [StorageSql], None, One;
    "sql.query_one": [StorageSql], None, One;
    "ws.allow_host": [ProxyWebsocket], None, One;
    "ws.close": [ProxyWebsocket], None, One;
    "ws.ensure": [ProxyWebsocket], None, One;
    "ws.revoke_host": [ProxyWebsocket], None, One;
    "ws.send": [ProxyWebsocket], None, One;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn params(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_table_is_sorted_and_every_method_is_found() {
        assert!(
            METHODS.is_sorted_by(|a, b| a.name < b.name),
            "sorted and without duplicates"
        );
        for spec in METHODS {
            assert_eq!(method(spec.name), Some(spec));
        }
        for unknown in ["", "kv", "kv.", "kv.get ", "KV.GET", "discord.ban", "zz"] {
            assert_eq!(method(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn either_capability_is_enough_where_the_seeds_and_the_sdk_disagree() {
        for (name, first, second) in [
            (
                "discord.pin_message",
                Capability::EditMessage,
                Capability::SendMessage,
            ),
            (
                "discord.unpin_message",
                Capability::EditMessage,
                Capability::SendMessage,
            ),
            (
                "discord.execute_webhook",
                Capability::SendMessage,
                Capability::ManageWebhooks,
            ),
        ] {
            let spec = method(name).unwrap();
            assert_eq!(
                spec.missing(&CapabilitySet::new(), &Map::new()),
                Some(first),
                "{name} names the seeds' one"
            );
            assert_eq!(spec.missing(&CapabilitySet::from([first]), &Map::new()), None);
            assert_eq!(spec.missing(&CapabilitySet::from([second]), &Map::new()), None);
            assert_eq!(
                spec.missing(&CapabilitySet::from([Capability::Read]), &Map::new()),
                Some(first)
            );
        }
    }

    #[test]
    fn a_secret_in_a_request_needs_the_secrets() {
        let (spec, http) = (
            method("proxy.request").unwrap(),
            CapabilitySet::from([Capability::ProxyHttp]),
        );
        assert_eq!(
            spec.missing(&http, &params(json!({"url": "https://a.example", "auth": null}))),
            None
        );
        for key in ["auth", "secret_auth"] {
            let with_secret = params(json!({ key: "x" }));
            assert_eq!(
                spec.missing(&http, &with_secret),
                Some(Capability::StorageSecrets)
            );
            assert_eq!(
                spec.missing(&CapabilitySet::new(), &with_secret),
                Some(Capability::ProxyHttp),
                "the method's own first"
            );
        }
    }

    #[test]
    fn a_bulk_call_costs_one_for_each_user_and_the_unlimited_cost_nothing() {
        let users = params(json!({"user_ids": ["1", "2", "3"]}));
        for spec in METHODS {
            let cost = spec.cost(&users);
            match spec.bucket {
                Bucket::None => assert_eq!(cost, 0, "{}", spec.name),
                _ if spec.name.ends_with("_bulk") => assert_eq!(cost, 3, "{}", spec.name),
                _ => assert_eq!(cost, 1, "{}", spec.name),
            }
        }
        assert_eq!(method("discord.kick_bulk").unwrap().cost(&Map::new()), 1);
        assert_eq!(
            method("discord.bulk_delete_messages")
                .unwrap()
                .cost(&params(json!({"message_ids": ["1", "2"]}))),
            1
        );
    }

    #[test]
    fn capabilities_and_buckets_follow_the_contract() {
        for spec in METHODS {
            let family = spec.name.split('.').next().unwrap();
            let (bucket, none_needed) = match family {
                "discord" => (Bucket::Discord, false),
                "proxy" | "http" => (Bucket::Proxy, false),
                "ephemeral" | "metrics" => (Bucket::None, true),
                _ => (Bucket::None, false),
            };
            assert_eq!(spec.bucket, bucket, "{}", spec.name);
            assert_eq!(spec.any_of.is_empty(), none_needed, "{}", spec.name);
        }
        // Every capability of the table unlocks something, but for message content, which gates no call.
        for capability in Capability::ALL
            .iter()
            .filter(|c| **c != Capability::MessageContent)
        {
            assert!(
                METHODS.iter().any(|spec| spec.any_of.contains(capability)),
                "{capability}"
            );
        }
    }
}
