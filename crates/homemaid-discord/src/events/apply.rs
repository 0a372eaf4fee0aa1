//! Brings what is remembered up to date with one gateway dispatch.

use homemaid_protocol::GuildId;
use serde_json::Value;

use crate::cache::{Cache, Message};
use crate::event::GuildSummary;
use crate::json;

/// What a dispatch means for the list of guilds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GuildNews {
    /// New, or changed.
    Available(GuildSummary),
    /// No longer ours.
    Gone(GuildId),
}

/// Counts members before the event is translated: `member_count` is the count after a join or a leave.
pub(crate) fn count_members(name: &str, data: &Value, cache: &Cache) {
    let Some(guild) = json::id(data, "guild_id") else {
        return;
    };
    match name {
        "GUILD_MEMBER_ADD" => cache.change(guild, |guild| {
            guild.member_count = guild.member_count.saturating_add(1);
        }),
        "GUILD_MEMBER_REMOVE" => cache.change(guild, |guild| {
            guild.member_count = guild.member_count.saturating_sub(1);
        }),
        _ => None,
    };
}

/// Remembers what the dispatch says, after it has been translated.
pub(crate) fn apply(name: &str, data: &Value, cache: &Cache) -> Vec<GuildNews> {
    match name {
        "READY" => return ready(data, cache),
        "GUILD_CREATE" => {
            return cache
                .put_guild(data)
                .map(GuildNews::Available)
                .into_iter()
                .collect();
        }
        "GUILD_UPDATE" | "GUILD_DELETE" => return changed_guild(name, data, cache).into_iter().collect(),
        _ => {}
    }
    let Some(guild) = json::id(data, "guild_id") else {
        return Vec::new();
    };
    let id = json::id(data, "id");
    match name {
        "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "THREAD_CREATE" | "THREAD_UPDATE" => {
            cache.change(guild, |guild| guild.put_channel(data));
        }
        "CHANNEL_DELETE" | "THREAD_DELETE" => {
            cache.change(guild, |guild| id.map(|id| guild.remove_channel(id)));
        }
        "THREAD_LIST_SYNC" => {
            let threads = json::list(data, "threads");
            cache.change(guild, |guild| {
                for thread in threads {
                    guild.put_channel(thread);
                }
            });
        }
        "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" => {
            cache.change(guild, |guild| guild.put_role(&data["role"]));
        }
        "GUILD_ROLE_DELETE" => {
            cache.change(guild, |guild| {
                json::id(data, "role_id").and_then(|id| guild.roles.remove(&id))
            });
        }
        "GUILD_MEMBER_ADD" | "GUILD_MEMBER_UPDATE" => {
            cache.put_me(guild, data);
            cache.put_member(guild, data, &data["user"]);
        }
        "GUILD_MEMBER_REMOVE" => {
            if let Some(user) = json::id(&data["user"], "id") {
                cache.remove_member(guild, user);
                cache.change(guild, |guild| guild.voice.remove(&user));
            }
        }
        "VOICE_STATE_UPDATE" => {
            cache.change(guild, |guild| guild.put_voice(data));
            cache.put_member(guild, &data["member"], &data["member"]["user"]);
        }
        "MESSAGE_REACTION_ADD" | "INTERACTION_CREATE" => {
            cache.put_member(guild, &data["member"], &data["member"]["user"]);
        }
        "MESSAGE_CREATE" | "MESSAGE_UPDATE" => {
            let Some(id) = id else { return Vec::new() };
            let known = cache.message(id);
            if name == "MESSAGE_CREATE" || known.is_some() || !data["author"].is_null() {
                cache.put_message(id, Message::parse(data, known.as_deref()));
            }
            if data["webhook_id"].is_null() && data["member"].is_object() {
                cache.put_member(guild, &data["member"], &data["author"]);
            }
        }
        "MESSAGE_DELETE" => id.into_iter().for_each(|id| cache.remove_message(id)),
        "MESSAGE_DELETE_BULK" => json::ids(data, "ids")
            .into_iter()
            .for_each(|id| cache.remove_message(id)),
        _ => {}
    }
    Vec::new()
}

/// A new session: Discord lists every guild, so those it does not list are no longer ours, and describes each anew, but
/// not all of its members.
fn ready(data: &Value, cache: &Cache) -> Vec<GuildNews> {
    cache.forget_members();
    if let Some(me) = json::id(&data["user"], "id") {
        cache.set_me(me);
    }
    let listed: Vec<_> = json::list(data, "guilds")
        .iter()
        .filter_map(|guild| json::id(guild, "id"))
        .collect();
    let gone = cache
        .guild_ids()
        .into_iter()
        .filter(|guild| !listed.contains(&guild.get()));
    gone.filter(|guild| cache.remove_guild(guild.get()))
        .map(GuildNews::Gone)
        .collect()
}

fn changed_guild(name: &str, data: &Value, cache: &Cache) -> Option<GuildNews> {
    let id = json::id(data, "id")?;
    if name == "GUILD_DELETE" && !json::flag(data, "unavailable") {
        return cache.remove_guild(id).then(|| GuildNews::Gone(GuildId::new(id)));
    }
    let summary = cache.change(id, |guild| {
        if name == "GUILD_DELETE" {
            guild.available = false;
        } else {
            guild.rename(data);
        }
        guild.summary(id)
    });
    summary.map(GuildNews::Available)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with_guilds(ids: &[&str]) -> Cache {
        let cache = Cache::default();
        for id in ids {
            apply("GUILD_CREATE", &json!({"id": id, "name": "G"}), &cache);
        }
        cache
    }

    #[test]
    fn a_new_session_forgets_guilds_it_does_not_list() {
        let cache = with_guilds(&["1", "2"]);
        let news = apply(
            "READY",
            &json!({"guilds": [{"id": "2", "unavailable": true}]}),
            &cache,
        );
        assert_eq!(news, [GuildNews::Gone(GuildId::new(1))]);
    }

    #[test]
    fn a_new_session_trusts_no_member_of_the_one_before() {
        let cache = with_guilds(&["1"]);
        let member = json!({"guild_id": "1", "user": {"id": "7", "username": "alice"}, "roles": ["55"]});
        apply("GUILD_MEMBER_UPDATE", &member, &cache);
        assert!(cache.member(1, 7).is_some());
        apply("READY", &json!({"guilds": [{"id": "1"}]}), &cache);
        assert_eq!(cache.member(1, 7), None, "roles may have been taken meanwhile");
        apply("GUILD_MEMBER_UPDATE", &member, &cache);
        assert!(cache.member(1, 7).is_some());
    }

    #[test]
    fn an_outage_is_not_a_farewell() {
        let cache = with_guilds(&["1"]);
        let news = apply("GUILD_DELETE", &json!({"id": "1", "unavailable": true}), &cache);
        assert!(matches!(&news[..], [GuildNews::Available(guild)] if !guild.available));
        assert_eq!(
            apply("GUILD_DELETE", &json!({"id": "1"}), &cache),
            [GuildNews::Gone(GuildId::new(1))]
        );
        assert_eq!(apply("GUILD_DELETE", &json!({"id": "1"}), &cache), []);
    }

    #[test]
    fn messages_are_remembered_changed_and_forgotten() {
        let cache = with_guilds(&["1"]);
        let posted = json!({"guild_id": "1", "id": "5", "content": "a", "author": {"id": "7"}});
        apply("MESSAGE_CREATE", &posted, &cache);
        apply(
            "MESSAGE_UPDATE",
            &json!({"guild_id": "1", "id": "5", "content": "b"}),
            &cache,
        );
        assert_eq!(
            cache.message(5).map(|m| (m.author, m.content.clone())),
            Some((Some(7), "b".into()))
        );
        apply(
            "MESSAGE_UPDATE",
            &json!({"guild_id": "1", "id": "6", "content": "b"}),
            &cache,
        );
        assert_eq!(
            cache.message(6),
            None,
            "half of a message we never saw is not worth keeping"
        );
        apply(
            "MESSAGE_DELETE_BULK",
            &json!({"guild_id": "1", "ids": ["5"]}),
            &cache,
        );
        assert_eq!(cache.message(5), None);
    }
}
