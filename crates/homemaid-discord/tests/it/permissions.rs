//! What the bot may not do is told before Discord is asked, and by Discord's own word when we cannot know.

use discord_sim::Permissions;
use homemaid_protocol::{ErrorCode, EventType, RpcError};
use serde_json::{Value, json};

use crate::scene::{Scene, map};

const MEMBER: &str = "1042000000000000201";
const ADMIN: &str = "1042000000000000202";

/// Every permission but some.
fn all_but(without: &[Permissions]) -> Permissions {
    let without = without
        .iter()
        .fold(Permissions::ADMINISTRATOR, |sum, bit| sum | *bit);
    Permissions(Permissions::ALL.0 & !without.0)
}

/// Gives the bot's role exactly these permissions and `@everyone` only a view, and waits until we have heard of it.
async fn bot_may(scene: &mut Scene, permissions: Permissions) {
    let everyone = map(json!({"permissions": Permissions::VIEW_CHANNEL}));
    scene
        .control
        .edit_role(scene.guild, scene.guild, &everyone)
        .unwrap();
    scene.next(EventType::RoleUpdate).await;
    scene
        .control
        .set_bot_permissions(scene.guild, permissions)
        .unwrap();
    scene.next(EventType::RoleUpdate).await;
}

fn rest(scene: &Scene) -> usize {
    let timeline = scene.control.timeline(0, usize::MAX);
    timeline.iter().filter(|entry| entry.kind == "rest").count()
}

#[track_caller]
fn assert_lacks(result: Result<Value, RpcError>, permission: &str, of: &str) {
    let error = result.expect_err(of);
    assert_eq!(error.code(), ErrorCode::BotMissingPermission, "{of}: {error}");
    let object = serde_json::to_value(&error).unwrap();
    assert_eq!(object["permission"], permission, "{of}: {error}");
    assert!(
        error
            .message()
            .starts_with(&format!("bot lacks {permission} permission")),
        "{of}: {error}"
    );
}

#[tokio::test]
async fn a_lacking_permission_is_told_and_discord_is_not_asked() {
    let mut scene = Scene::open().await;
    let bob = scene.control.user("bob").unwrap().to_string();
    let foreign = scene
        .control
        .post_message(scene.general, "alice", "mine", None)
        .unwrap();
    scene.next(EventType::MessageCreate).await;
    // Seen once, so that it need not be asked for.
    scene
        .call("discord.get_member", json!({"user_id": bob}))
        .await
        .unwrap();
    let file = json!([{"filename": "a.txt", "data_b64": "aGk="}]);
    let at = |more: Value| {
        let mut at = map(
            json!({"channel_id": scene.general.to_string(), "message_id": foreign["id"],
            "user_id": bob, "target_id": MEMBER, "role_id": MEMBER, "name": "x", "content": "x", "emoji": "🎉"}),
        );
        at.extend(map(more));
        Value::Object(at)
    };
    let cases = [
        (
            "discord.send_message",
            at(json!({})),
            Permissions::SEND_MESSAGES,
            "send_messages",
        ),
        (
            "discord.send_message",
            at(json!({"files": file})),
            Permissions::ATTACH_FILES,
            "attach_files",
        ),
        (
            "discord.send_message",
            at(json!({"embeds": [{"title": "x"}]})),
            Permissions::EMBED_LINKS,
            "embed_links",
        ),
        (
            "discord.delete_message",
            at(json!({})),
            Permissions::MANAGE_MESSAGES,
            "manage_messages",
        ),
        (
            "discord.bulk_delete_messages",
            at(json!({"message_ids": ["5", "6"]})),
            Permissions::MANAGE_MESSAGES,
            "manage_messages",
        ),
        (
            "discord.get_messages",
            at(json!({})),
            Permissions::READ_MESSAGE_HISTORY,
            "read_message_history",
        ),
        (
            "discord.add_reaction",
            at(json!({})),
            Permissions::READ_MESSAGE_HISTORY,
            "read_message_history",
        ),
        (
            "discord.pin_message",
            at(json!({})),
            Permissions::PIN_MESSAGES,
            "pin_messages",
        ),
        (
            "discord.unpin_message",
            at(json!({})),
            Permissions::PIN_MESSAGES,
            "pin_messages",
        ),
        (
            "discord.create_channel",
            at(json!({})),
            Permissions::MANAGE_CHANNELS,
            "manage_channels",
        ),
        (
            "discord.edit_channel",
            at(json!({})),
            Permissions::MANAGE_CHANNELS,
            "manage_channels",
        ),
        (
            "discord.delete_channel",
            at(json!({})),
            Permissions::MANAGE_CHANNELS,
            "manage_channels",
        ),
        (
            "discord.set_channel_permissions",
            at(json!({})),
            Permissions::MANAGE_ROLES,
            "manage_roles",
        ),
        (
            "discord.delete_channel_permission",
            at(json!({})),
            Permissions::MANAGE_ROLES,
            "manage_roles",
        ),
        (
            "discord.create_thread",
            at(json!({})),
            Permissions::CREATE_PUBLIC_THREADS,
            "create_public_threads",
        ),
        (
            "discord.create_thread",
            at(json!({"thread_type": 12})),
            Permissions::CREATE_PRIVATE_THREADS,
            "create_private_threads",
        ),
        (
            "discord.create_webhook",
            at(json!({})),
            Permissions::MANAGE_WEBHOOKS,
            "manage_webhooks",
        ),
        (
            "discord.timeout_member",
            at(json!({"duration_seconds": 60})),
            Permissions::MODERATE_MEMBERS,
            "moderate_members",
        ),
        (
            "discord.set_nickname",
            at(json!({"nickname": "B"})),
            Permissions::MANAGE_NICKNAMES,
            "manage_nicknames",
        ),
        (
            "discord.kick_member",
            at(json!({})),
            Permissions::KICK_MEMBERS,
            "kick_members",
        ),
        (
            "discord.ban_member",
            at(json!({})),
            Permissions::BAN_MEMBERS,
            "ban_members",
        ),
        (
            "discord.unban_member",
            at(json!({})),
            Permissions::BAN_MEMBERS,
            "ban_members",
        ),
        (
            "discord.add_role",
            at(json!({})),
            Permissions::MANAGE_ROLES,
            "manage_roles",
        ),
        (
            "discord.remove_role",
            at(json!({})),
            Permissions::MANAGE_ROLES,
            "manage_roles",
        ),
        (
            "discord.add_role_bulk",
            at(json!({"user_ids": [bob]})),
            Permissions::MANAGE_ROLES,
            "manage_roles",
        ),
    ];
    for (method, params, without, name) in cases {
        bot_may(&mut scene, all_but(&[without])).await;
        let before = rest(&scene);
        assert_lacks(scene.call(method, params).await, name, method);
        assert_eq!(rest(&scene), before, "{method} was not sent");
    }
    let bulk = json!({"user_ids": [bob]});
    bot_may(&mut scene, all_but(&[Permissions::KICK_MEMBERS])).await;
    let done = scene.call("discord.kick_bulk", bulk).await.unwrap();
    assert_eq!(done["errors"][0]["error"], "bot lacks kick_members permission");
}

#[tokio::test]
async fn overwrites_of_a_channel_count_and_what_is_hidden_is_told_as_such() {
    let mut scene = Scene::open().await;
    let everyone = scene.guild;
    let send = json!({"channel_id": scene.general.to_string(), "content": "x"});
    scene
        .control
        .set_overwrite(
            scene.general,
            everyone,
            Permissions::NONE,
            Permissions::SEND_MESSAGES,
        )
        .unwrap();
    scene.next(EventType::ChannelUpdate).await;
    let before = rest(&scene);
    assert_lacks(
        scene.call("discord.send_message", send.clone()).await,
        "send_messages",
        "denied",
    );
    assert_eq!(rest(&scene), before, "nothing was sent");
    scene
        .control
        .set_overwrite(
            scene.general,
            everyone,
            Permissions::NONE,
            Permissions::VIEW_CHANNEL,
        )
        .unwrap();
    // Discord does not tell of what it hides; we go by the last we heard, or it says so itself.
    let hidden = scene.call("discord.send_message", send).await.unwrap_err();
    assert!(
        matches!(
            hidden.code(),
            ErrorCode::DiscordApiError | ErrorCode::BotMissingPermission
        ),
        "{hidden}"
    );
}

#[tokio::test]
async fn nobody_above_the_bot_is_moderated() {
    let mut scene = Scene::open().await;
    let (alice, bob) = (
        scene.control.user("alice").unwrap().to_string(),
        scene.control.user("bob").unwrap().to_string(),
    );
    let calls = |user: &str| {
        [
            ("discord.kick_member", json!({"user_id": user}), "kick_members"),
            ("discord.ban_member", json!({"user_id": user}), "ban_members"),
            (
                "discord.timeout_member",
                json!({"user_id": user, "duration_seconds": 60}),
                "moderate_members",
            ),
            (
                "discord.set_nickname",
                json!({"user_id": user, "nickname": "x"}),
                "manage_nicknames",
            ),
        ]
    };
    for (method, params, permission) in calls(&alice) {
        let result = scene.call(method, params).await;
        assert!(
            result
                .as_ref()
                .unwrap_err()
                .message()
                .contains("owner of the server"),
            "{result:?}"
        );
        assert_lacks(result, permission, method);
    }
    // The seed's Admin is above the bot's own role, and Member below it.
    scene
        .control
        .edit_member(scene.guild, "bob", &map(json!({"roles": [ADMIN]})))
        .unwrap();
    scene.next(EventType::MemberUpdate).await;
    let before = rest(&scene);
    for (method, params, permission) in calls(&bob) {
        let result = scene.call(method, params).await;
        assert!(
            result.as_ref().unwrap_err().message().contains("highest role"),
            "{result:?}"
        );
        assert_lacks(result, permission, method);
    }
    let give = json!({"user_id": bob, "role_id": ADMIN});
    assert_lacks(
        scene.call("discord.add_role", give).await,
        "manage_roles",
        "a role above",
    );
    assert_eq!(rest(&scene), before, "nothing was sent");
    let give = json!({"user_id": bob, "role_id": MEMBER});
    assert_eq!(
        scene.call("discord.add_role", give).await,
        Ok(json!({"ok": true})),
        "of roles only the role's own place counts"
    );
}

#[tokio::test]
async fn roles_of_programs_and_everyones_are_not_given() {
    let scene = Scene::open().await;
    let bob = scene.control.user("bob").unwrap().to_string();
    let roles = scene.call("discord.list_roles", json!({})).await.unwrap();
    let managed = roles["roles"]
        .as_array()
        .unwrap()
        .iter()
        .find(|role| role["managed"] == true)
        .unwrap()
        .clone();
    for (role, why) in [
        (managed["id"].clone(), "belongs to a bot"),
        (json!(scene.guild.to_string()), "@everyone"),
    ] {
        let result = scene
            .call("discord.add_role", json!({"user_id": bob, "role_id": role}))
            .await;
        assert!(result.as_ref().unwrap_err().message().contains(why), "{result:?}");
        assert_lacks(result, "manage_roles", why);
    }
}

#[tokio::test]
async fn an_administrator_cannot_be_timed_out_and_the_bot_may_rename_itself() {
    let mut scene = Scene::open().await;
    let bob = scene.control.user("bob").unwrap().to_string();
    let administrator = map(json!({"permissions": Permissions::ADMINISTRATOR}));
    scene
        .control
        .edit_role(scene.guild, MEMBER.parse().unwrap(), &administrator)
        .unwrap();
    scene.next(EventType::RoleUpdate).await;
    let timeout = json!({"user_id": bob, "duration_seconds": 60});
    assert_lacks(
        scene.call("discord.timeout_member", timeout).await,
        "moderate_members",
        "an administrator",
    );
    let me = scene.discord.bot_user().unwrap().id;
    let rename = json!({"user_id": me, "nickname": "Maid"});
    assert_eq!(
        scene.call("discord.set_nickname", rename.clone()).await,
        Ok(json!({"ok": true}))
    );
    bot_may(&mut scene, all_but(&[Permissions::CHANGE_NICKNAME])).await;
    assert_lacks(
        scene.call("discord.set_nickname", rename).await,
        "change_nickname",
        "itself",
    );
}

#[tokio::test]
async fn discords_own_refusal_is_told_the_same_way() {
    let mut scene = Scene::open().await;
    // Reactions nobody made before need more; only Discord knows whether somebody did.
    bot_may(&mut scene, all_but(&[Permissions::ADD_REACTIONS])).await;
    let message = scene
        .control
        .post_message(scene.general, "alice", "hi", None)
        .unwrap();
    let react = json!({"channel_id": scene.general.to_string(), "message_id": message["id"], "emoji": "🎉"});
    assert_lacks(
        scene.call("discord.add_reaction", react).await,
        "add_reactions",
        "a new reaction",
    );
    let edit = json!({"channel_id": scene.general.to_string(), "message_id": message["id"], "content": "x"});
    let error = scene.call("discord.edit_message", edit).await.unwrap_err();
    assert_eq!(
        (error.code(), error.status()),
        (ErrorCode::DiscordApiError, Some(403)),
        "{error}"
    );
}
