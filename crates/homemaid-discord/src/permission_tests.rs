#![expect(clippy::needless_pass_by_value, reason = "takes `json!` literals")]

use serde_json::{Value, json};

use super::*;
use crate::cache::Cache;

const GUILD: u64 = 1;
const BOT: u64 = 9;

/// A guild where `@everyone` may see and send, role 50 manages roles, role 51 is an administrator.
fn guild(bot_roles: &[&str], channels: Value) -> (Cache, Me) {
    let cache = Cache::default();
    cache.set_me(BOT);
    let (everyone, manager) = (
        (1u64 << 10 | 1 << 11 | 1 << 14 | 1 << 16).to_string(),
        (1u64 << 28).to_string(),
    );
    cache.put_guild(&json!({
        "id": "1", "name": "G", "owner_id": "7", "channels": channels,
        "roles": [{"id": "1", "permissions": everyone, "position": 0},
            {"id": "50", "permissions": manager, "position": 3}, {"id": "51", "permissions": "8", "position": 5},
            {"id": "52", "permissions": "0", "position": 3}],
        "members": [{"user": {"id": "9", "username": "maid", "bot": true}, "roles": bot_roles}],
    }));
    let me = cache
        .guild(GUILD, |guild| guild.me.clone())
        .flatten()
        .expect("the bot is a member");
    (cache, me)
}

fn in_first(bot_roles: &[&str], channel: Value, timed_out: bool) -> Allowed {
    let (cache, me) = guild(bot_roles, json!([channel]));
    cache
        .guild(GUILD, |guild| {
            in_channel(guild, GUILD, &me, &guild.channels[&42], timed_out)
        })
        .expect("the guild is known")
}

fn text(overwrites: Value) -> Value {
    json!({"id": "42", "type": 0, "permission_overwrites": overwrites})
}

fn rule(target: &str, kind: u8, allow: u64, deny: u64) -> Value {
    json!({"id": target, "type": kind, "allow": allow.to_string(), "deny": deny.to_string()})
}

#[test]
fn roles_add_up_and_administrators_may_everything() {
    let (cache, me) = guild(&["50"], json!([]));
    let allowed = |roles: &[u64], timed_out| {
        let me = Me {
            roles: roles.to_vec(),
            ..me.clone()
        };
        cache
            .guild(GUILD, |guild| in_guild(guild, GUILD, &me, timed_out))
            .unwrap()
    };
    assert!(allowed(&[50], false).has(MANAGE_ROLES) && allowed(&[50], false).has(SEND_MESSAGES));
    assert!(!allowed(&[50], false).has(BAN_MEMBERS));
    assert!(!allowed(&[], false).has(MANAGE_ROLES));
    assert!(allowed(&[51], false).has(BAN_MEMBERS) && allowed(&[51], false).has(PIN_MESSAGES));
    assert!(allowed(&[50], true).has(VIEW_CHANNEL) && !allowed(&[50], true).has(MANAGE_ROLES));
    assert!(
        allowed(&[51], true).has(BAN_MEMBERS),
        "an administrator cannot be silenced"
    );
}

#[test]
fn overwrites_follow_discords_order() {
    let send = 1 << 11;
    let denied_to_all = rule("1", 0, 0, send);
    assert!(!in_first(&["50"], text(json!([denied_to_all])), false).has(SEND_MESSAGES));
    let allowed_to_role = rule("50", 0, send, 0);
    assert!(in_first(&["50"], text(json!([denied_to_all, allowed_to_role])), false).has(SEND_MESSAGES));
    let denied_to_another = rule("52", 0, 0, send);
    let both = json!([denied_to_another, allowed_to_role]);
    assert!(
        in_first(&["50", "52"], text(both), false).has(SEND_MESSAGES),
        "of roles, one that allows is enough"
    );
    let denied_to_me = rule("9", 1, 0, send);
    assert!(!in_first(&["50"], text(json!([allowed_to_role, denied_to_me])), false).has(SEND_MESSAGES));
    assert!(
        in_first(&["51"], text(json!([denied_to_me])), false).has(SEND_MESSAGES),
        "administrators stand above"
    );
    let of_a_role_named_like_me = rule("9", 0, 0, send);
    assert!(in_first(&["50"], text(json!([of_a_role_named_like_me])), false).has(SEND_MESSAGES));
}

#[test]
fn what_cannot_be_seen_or_entered_denies_the_rest() {
    let hidden = in_first(&["50"], text(json!([rule("1", 0, 0, 1 << 10)])), false);
    assert!(!hidden.has(VIEW_CHANNEL) && !hidden.has(SEND_MESSAGES) && !hidden.has(MANAGE_ROLES));
    let voice = json!({"id": "42", "type": 2});
    let closed = in_first(&["50"], voice, false);
    assert!(
        closed.has(VIEW_CHANNEL) && !closed.has(SEND_MESSAGES),
        "no connect, no text in voice"
    );
    let mute = in_first(&["50"], text(json!([rule("1", 0, 0, 1 << 11)])), false);
    assert!(
        mute.has(READ_HISTORY) && !mute.has(EMBED_LINKS),
        "embeds need a message to be in"
    );
    let timed_out = in_first(&["50"], text(json!([])), true);
    assert!(timed_out.has(VIEW_CHANNEL) && timed_out.has(READ_HISTORY) && !timed_out.has(SEND_MESSAGES));
}

#[test]
fn a_thread_has_its_parents_overwrites() {
    let parent = json!({"id": "42", "type": 0, "permission_overwrites": [rule("1", 0, 0, 1 << 10)]});
    let thread = json!({"id": "43", "type": 11, "parent_id": "42"});
    let (cache, me) = guild(&["50"], json!([parent, thread]));
    let allowed = cache
        .guild(GUILD, |guild| {
            in_channel(guild, GUILD, &me, &guild.channels[&43], false)
        })
        .unwrap();
    assert!(!allowed.has(VIEW_CHANNEL));
}

#[test]
fn ranks_are_by_position_then_age_and_the_owner_is_above_all() {
    let (cache, _) = guild(&[], json!([]));
    let rank = |user, roles: &[u64]| {
        cache
            .guild(GUILD, |guild| rank(guild, GUILD, user, roles))
            .unwrap()
    };
    assert!(rank(8, &[51]) > rank(8, &[50]));
    assert!(
        rank(8, &[50]) > rank(8, &[52]),
        "of two in one position the older role is above"
    );
    assert!(rank(8, &[52, 50]) == rank(9, &[50]));
    assert!(rank(8, &[50]) > rank(8, &[]));
    assert!(rank(7, &[]) > rank(8, &[51]));
    assert!(
        rank(8, &[999]) == rank(8, &[]),
        "a role nobody knows lifts nobody"
    );
}
