//! The other fifteen events, each caused by somebody else and each with every key of the contract.

use anyhow::{Context as _, ensure};
use discord_sim::{Snowflake, VoiceChange};
use homemaid_protocol::EventType as E;
use serde_json::{Value, json};

use crate::stage::{Stage, form};

pub(crate) async fn run(stage: &Stage) -> anyhow::Result<()> {
    messages(stage).await?;
    members(stage).await?;
    voice(stage).await?;
    channels(stage).await?;
    roles(stage).await
}

fn id_of(value: &Value) -> anyhow::Result<Snowflake> {
    Ok(value["id"].as_str().context("it has an id")?.parse()?)
}

async fn messages(stage: &Stage) -> anyhow::Result<()> {
    let (general, control) = (stage.channel("general"), stage.control());
    let first = stage.host.post("bob", "first")?;
    let reply = control.post_message(general, "carol", "an answer", Some(id_of(&first)?))?;
    let event = stage
        .event(
            E::MessageCreate,
            |event| event["message_id"] == reply["id"],
            &[
                "channel_id",
                "author_id",
                "author_username",
                "author_name",
                "author_display_name",
                "author_bot",
                "content",
                "timestamp",
                "created_at",
                "channel_name",
                "embed_count",
                "attachment_count",
                "mention_count",
                "reference_message_id",
                "mentions",
                "mention_roles",
                "attachments",
                "member_roles",
                "message_type",
            ],
        )
        .await?;
    ensure!(
        event["reference_message_id"] == first["id"]
            && event["author_display_name"] == "Carol"
            && event["message_type"] == 19
            && event["channel_name"] == "general",
        "{event}"
    );
    control.edit_message(general, id_of(&first)?, "bob", "second")?;
    let event = stage
        .event(
            E::MessageEdit,
            |event| event["message_id"] == first["id"],
            &[
                "channel_id",
                "content",
                "author_id",
                "author_bot",
                "embed_count",
                "attachment_count",
                "mention_count",
                "edited_timestamp",
                "before_content",
            ],
        )
        .await?;
    ensure!(
        event["content"] == "second" && event["before_content"] == "first",
        "{event}"
    );

    control.add_reaction(general, id_of(&first)?, "carol", "🎂")?;
    let keys = [
        "channel_id",
        "user_id",
        "emoji",
        "emoji_id",
        "emoji_name",
        "user_bot",
    ];
    let is_cake = |event: &Value| event["message_id"] == first["id"] && event["emoji"] == "🎂";
    stage.event(E::ReactionAdd, is_cake, &keys).await?;
    control.remove_reaction(general, id_of(&first)?, "carol", "🎂")?;
    stage.event(E::ReactionRemove, is_cake, &keys).await?;

    control.delete_message(general, id_of(&first)?, "bob")?;
    let event = stage
        .event(
            E::MessageDelete,
            |event| event["message_id"] == first["id"],
            &["channel_id", "author_id", "content", "bulk"],
        )
        .await?;
    ensure!(event["content"] == "second" && event["bulk"] == false, "{event}");
    Ok(())
}

async fn members(stage: &Stage) -> anyhow::Result<()> {
    let (guild, control) = (stage.guild(), stage.control());
    control.add_member(guild, "hilda", Some("Hilda"), false)?;
    let hilda = stage.user("hilda").to_string();
    let is_hilda = |event: &Value| event["user_id"] == hilda;
    let event = stage
        .event(
            E::MemberJoin,
            is_hilda,
            &[
                "username",
                "display_name",
                "bot",
                "joined_at",
                "roles",
                "nick",
                "guild_name",
                "member_count",
                "avatar",
            ],
        )
        .await?;
    ensure!(
        event["display_name"] == "Hilda" && event["member_count"] == 5,
        "{event}"
    );
    let role = stage.world()["roles"][1]["id"].clone();
    control.edit_member(guild, "hilda", &form(json!({"nick": "Hildi", "roles": [role]})))?;
    let event = stage
        .event(
            E::MemberUpdate,
            |event| is_hilda(event) && event["nick"] == "Hildi",
            &[
                "roles",
                "username",
                "display_name",
                "bot",
                "before_roles",
                "nick",
                "before_nick",
                "timeout_until",
                "pending",
            ],
        )
        .await?;
    ensure!(
        event["before_roles"] == json!([])
            && event["roles"] == json!([role])
            && event["before_nick"].is_null(),
        "{event}"
    );
    control.remove_member(guild, "hilda")?;
    let event = stage
        .event(
            E::MemberLeave,
            is_hilda,
            &[
                "username",
                "display_name",
                "bot",
                "joined_at",
                "roles",
                "nick",
                "member_count",
            ],
        )
        .await?;
    ensure!(
        event["nick"] == "Hildi" && event["roles"] == json!([role]) && event["member_count"] == 4,
        "{event}"
    );
    Ok(())
}

async fn voice(stage: &Stage) -> anyhow::Result<()> {
    let (lounge, bob) = (stage.channel("Lounge"), stage.user("bob").to_string());
    let keys = [
        "channel_id",
        "self_mute",
        "self_deaf",
        "username",
        "bot",
        "member_bot",
        "before_channel_id",
        "before_channel_name",
        "after_channel_id",
        "after_channel_name",
        "before_self_stream",
        "after_self_stream",
        "self_stream",
        "self_video",
        "server_mute",
        "server_deaf",
        "suppress",
    ];
    let joined = VoiceChange {
        channel_id: Some(lounge),
        self_mute: true,
        ..VoiceChange::default()
    };
    stage.control().set_voice(stage.guild(), "bob", joined)?;
    let event = stage
        .event(
            E::VoiceStateUpdate,
            |event| event["user_id"] == bob && event["channel_id"] == lounge.to_string(),
            &keys,
        )
        .await?;
    ensure!(
        event["after_channel_name"] == "Lounge"
            && event["before_channel_id"].is_null()
            && event["self_mute"] == true,
        "{event}"
    );
    stage
        .control()
        .set_voice(stage.guild(), "bob", VoiceChange::default())?;
    let event = stage
        .event(
            E::VoiceStateUpdate,
            |event| event["user_id"] == bob && event["channel_id"].is_null(),
            &keys,
        )
        .await?;
    ensure!(
        event["before_channel_name"] == "Lounge" && event["after_channel_id"].is_null(),
        "{event}"
    );
    Ok(())
}

async fn channels(stage: &Stage) -> anyhow::Result<()> {
    let control = stage.control();
    let made = control.create_channel(stage.guild(), &form(json!({"name": "attic", "topic": "Dust"})))?;
    let is_it = |event: &Value| event["id"] == made["id"];
    let keys = [
        "channel_id",
        "name",
        "type",
        "category_id",
        "parent_id",
        "position",
        "topic",
        "nsfw",
    ];
    stage.event(E::ChannelCreate, is_it, &keys).await?;
    control.edit_channel(id_of(&made)?, &form(json!({"name": "loft"})))?;
    let event = stage.event(E::ChannelUpdate, is_it, &keys).await?;
    ensure!(
        event["name"] == "loft" && event["before_name"] == "attic" && event["before_topic"] == "Dust",
        "{event}"
    );
    control.delete_channel(id_of(&made)?)?;
    let event = stage.event(E::ChannelDelete, is_it, &keys).await?;
    ensure!(
        event["name"] == "loft" && event["channel_id"] == event["id"],
        "{event}"
    );
    Ok(())
}

async fn roles(stage: &Stage) -> anyhow::Result<()> {
    let (guild, control) = (stage.guild(), stage.control());
    let made = control.create_role(guild, &form(json!({"name": "Guest", "color": 255})))?;
    let is_it = |event: &Value| event["id"] == made["id"];
    let keys = [
        "role_id",
        "name",
        "color",
        "position",
        "permissions",
        "managed",
        "mentionable",
    ];
    let event = stage.event(E::RoleCreate, is_it, &keys).await?;
    ensure!(
        event["permissions"].is_string() && event["color"] == 255,
        "{event}"
    );
    control.edit_role(guild, id_of(&made)?, &form(json!({"name": "Regular"})))?;
    let event = stage.event(E::RoleUpdate, is_it, &keys).await?;
    ensure!(
        event["name"] == "Regular" && event["before_name"] == "Guest",
        "{event}"
    );
    control.delete_role(guild, id_of(&made)?)?;
    let event = stage.event(E::RoleDelete, is_it, &keys).await?;
    ensure!(event["name"] == "Regular", "the name is remembered: {event}");
    Ok(())
}
