//! What the owner did not grant, and what the bot itself may not do.

use anyhow::ensure;
use discord_sim::Permissions;
use serde_json::json;

use crate::ledger::Ending::{Capability, Permission};
use crate::ledger::discord_methods;
use crate::stage::{Stage, form};

/// Every method without any grant: refused, and Discord hears nothing.
pub(crate) async fn nothing_granted(stage: &Stage) -> anyhow::Result<()> {
    let since = stage.host.now();
    for method in discord_methods() {
        let spec = homemaid_protocol::method(method).expect("it is one of the table");
        let named = spec.any_of.first().expect("every one of them needs something");
        stage.refused(Capability, method, json!({}), named.name()).await?;
    }
    let asked = stage.control().timeline(since, usize::MAX);
    let asked: Vec<_> = asked.iter().filter(|entry| entry.kind == "rest").collect();
    ensure!(asked.is_empty(), "Discord was asked all the same: {asked:?}");
    Ok(())
}

/// Every call that needs something of the bot, with a bot that may only look on.
pub(crate) async fn weak_bot(stage: &Stage) -> anyhow::Result<()> {
    let general = stage.channel("general").to_string();
    let (bob, carol) = (stage.user("bob").to_string(), stage.user("carol").to_string());
    let own = stage
        .call(
            "discord.send_message",
            json!({"channel_id": general, "content": "mine"}),
        )
        .await?;
    let own = own.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?["message_id"].clone();
    let hook = stage
        .call(
            "discord.create_webhook",
            json!({"channel_id": general, "name": "Parrot"}),
        )
        .await?;
    let hook = hook.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?["id"].clone();
    let thread = stage
        .call(
            "discord.create_thread",
            json!({"channel_id": general, "name": "cakes"}),
        )
        .await?;
    let thread = thread.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?["id"].clone();
    let theirs = stage.host.post("bob", "theirs")?["id"].clone();
    let more = stage.host.post("bob", "more")?["id"].clone();
    let hidden = stage
        .control()
        .create_channel(stage.guild(), &form(json!({"name": "attic"})))?["id"]
        .clone();
    let hidden_id = hidden.as_str().unwrap_or_default().parse()?;
    stage.control().set_overwrite(
        hidden_id,
        stage.guild(),
        Permissions::NONE,
        Permissions::VIEW_CHANNEL,
    )?;
    let everyone = stage.guild();
    let look = Permissions::VIEW_CHANNEL | Permissions::READ_MESSAGE_HISTORY;
    stage.control().edit_role(
        stage.guild(),
        everyone,
        &form(json!({"permissions": look.0.to_string()})),
    )?;
    stage.weaken(look)?;
    let role = stage.world()["roles"][1]["id"].clone();

    let at = |message: &serde_json::Value| json!({"channel_id": general, "message_id": message});
    for (method, params, permission) in [
        (
            "discord.send_message",
            json!({"channel_id": general, "content": "x"}),
            "send_messages",
        ),
        (
            "discord.edit_message",
            json!({"channel_id": hidden, "message_id": own, "content": "x"}),
            "view_channel",
        ),
        ("discord.delete_message", at(&theirs), "manage_messages"),
        (
            "discord.bulk_delete_messages",
            json!({"channel_id": general, "message_ids": [theirs, more]}),
            "manage_messages",
        ),
        (
            "discord.add_reaction",
            json!({"channel_id": general, "message_id": theirs, "emoji": "🎉"}),
            "add_reactions",
        ),
        ("discord.pin_message", at(&theirs), "pin_messages"),
        ("discord.unpin_message", at(&theirs), "pin_messages"),
        (
            "discord.get_messages",
            json!({"channel_id": hidden}),
            "view_channel",
        ),
        ("discord.create_channel", json!({"name": "x"}), "manage_channels"),
        (
            "discord.edit_channel",
            json!({"channel_id": general, "name": "x"}),
            "manage_channels",
        ),
        (
            "discord.delete_channel",
            json!({"channel_id": general}),
            "manage_channels",
        ),
        (
            "discord.set_channel_permissions",
            json!({"channel_id": general, "target_id": bob, "target_type": 1}),
            "manage_roles",
        ),
        (
            "discord.delete_channel_permission",
            json!({"channel_id": general, "target_id": bob}),
            "manage_roles",
        ),
        (
            "discord.create_thread",
            json!({"channel_id": general, "name": "x"}),
            "create_public_threads",
        ),
        (
            "discord.create_thread",
            json!({"channel_id": general, "name": "x", "thread_type": 12}),
            "create_private_threads",
        ),
        (
            "discord.edit_thread",
            json!({"thread_id": thread, "locked": true}),
            "manage_threads",
        ),
        (
            "discord.create_webhook",
            json!({"channel_id": general, "name": "x"}),
            "manage_webhooks",
        ),
        (
            "discord.delete_webhook",
            json!({"webhook_id": hook}),
            "manage_webhooks",
        ),
        (
            "discord.timeout_member",
            json!({"user_id": bob, "duration_seconds": 60}),
            "moderate_members",
        ),
        (
            "discord.set_nickname",
            json!({"user_id": bob, "nickname": "x"}),
            "manage_nicknames",
        ),
        ("discord.kick_member", json!({"user_id": bob}), "kick_members"),
        ("discord.ban_member", json!({"user_id": bob}), "ban_members"),
        ("discord.unban_member", json!({"user_id": carol}), "ban_members"),
        (
            "discord.add_role",
            json!({"user_id": bob, "role_id": role}),
            "manage_roles",
        ),
        (
            "discord.remove_role",
            json!({"user_id": bob, "role_id": role}),
            "manage_roles",
        ),
    ] {
        stage.refused(Permission, method, params, permission).await?;
    }
    // Some of it only Discord could know; it counts what it refuses, and the owner sees the count.
    let refused = stage.host.core().status().discord.refused_requests;
    ensure!(
        (1..100).contains(&refused.refused) && refused.held_back == "nothing",
        "{refused:?}"
    );
    ensure!(
        stage.world()["members"].as_array().map(Vec::len) == Some(4),
        "nobody was hurt"
    );
    Ok(())
}
