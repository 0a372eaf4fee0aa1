//! Seeds, exports, recordings: the same world again.

use std::time::Duration;

use discord_sim::{
    Act, Clock, Control, MemberFile, Recording, Seed, SimConfig, Simulator, Status, VoiceChange,
};
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot};

#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
fn form(value: Value) -> serde_json::Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn id(object: &Value) -> discord_sim::Snowflake {
    object["id"].as_str().unwrap().parse().unwrap()
}

/// Does something of everything.
fn live(control: &Control) {
    let guild = control.first_guild().unwrap();
    let general = control.channel_named(guild, "general").unwrap();
    let file = MemberFile {
        filename: "note.txt".to_owned(),
        content_type: Some("text/plain".to_owned()),
        data: "aGVsbG8=".to_owned(),
    };
    let posted = control
        .post_files(general, "alice", "look <@1042000000000000012>", None, vec![file])
        .unwrap();
    control
        .post_message(general, "bob", "I see", Some(id(&posted)))
        .unwrap();
    control.add_reaction(general, id(&posted), "bob", "🎉").unwrap();
    control.pin_message(general, id(&posted), "alice", true).unwrap();
    control
        .start_thread(
            general,
            Some(id(&posted)),
            "alice",
            &form(json!({"name": "about it"})),
        )
        .unwrap();
    control.set_clock(None, Duration::from_secs(3_600));
    let forum = json!({"name": "ideas", "type": 15, "available_tags": [{"name": "new"}]});
    let forum = control.create_channel(guild, &form(forum)).unwrap();
    let post = json!({"name": "An idea", "message": {"content": "more tea"}});
    let post = control
        .start_thread(id(&forum), None, "alice", &form(post))
        .unwrap();
    control.follow_thread(id(&post), "bob", true).unwrap();
    let role = control
        .create_role(
            guild,
            &form(json!({"name": "Guest", "permissions": "8", "color": 1})),
        )
        .unwrap();
    control.add_member(guild, "dora", Some("Dora"), false).unwrap();
    control
        .edit_member(guild, "dora", &form(json!({"nick": "D", "roles": [role["id"]]})))
        .unwrap();
    control.add_member(guild, "eve", None, false).unwrap();
    control.ban(guild, "eve").unwrap();
    control.kick(guild, "carol", "alice").unwrap();
    let lounge = control.channel_named(guild, "Lounge").unwrap();
    let voice = VoiceChange {
        channel_id: Some(lounge),
        self_mute: true,
        ..VoiceChange::default()
    };
    control.set_voice(guild, "bob", voice).unwrap();
    control.set_presence("dora", Status::Dnd).unwrap();
    let second = control
        .create_guild("Second", "bob", Some(discord_sim::Permissions::ALL))
        .unwrap();
    control
        .edit_guild(second, &form(json!({"name": "Second home"})))
        .unwrap();
    control
        .set_overwrite(
            general,
            id(&role),
            discord_sim::Permissions::SEND_MESSAGES,
            discord_sim::Permissions::NONE,
        )
        .unwrap();
    control.set_clock(None, Duration::from_secs(86_400));
}

async fn start(seed: Option<Seed>, clock: Clock) -> Simulator {
    let config = SimConfig {
        seed,
        clock,
        identify_limit: false,
        ..SimConfig::default()
    };
    Simulator::start(config).await.unwrap()
}

#[tokio::test]
async fn what_is_exported_is_the_same_world_wherever_it_is_loaded() {
    let bot = Bot::start().await;
    bot.register(&json!([{"name": "tea", "description": "d", "options": [{"type": 3, "name": "kind", "description": "d"}]}])).await;
    bot.post(
        &format!("/channels/{}/webhooks", bot.general),
        &json!({"name": "herald"}),
    )
    .await
    .ok();
    bot.post(&format!("/channels/{}/invites", bot.general), &json!({}))
        .await;
    live(&bot.control);
    let exported = bot.control.export().to_json().unwrap();
    for part in [
        "about it",
        "An idea",
        "more tea",
        "aGVsbG8=",
        "herald",
        "eve",
        "Second home",
        "\"dnd\"",
        "🎉",
    ] {
        assert!(exported.contains(part), "the export has {part}");
    }
    assert!(
        !exported.contains(bot.sim.bot_token().as_str()),
        "the token stays here"
    );

    let other = start(Some(Seed::parse(&exported).unwrap()), Clock::default()).await;
    assert_eq!(other.control().export().to_json().unwrap(), exported);
    let general = bot.general;
    let strip =
        |messages: Vec<Value>, base: &str| serde_json::to_string(&messages).unwrap().replace(base, "");
    let base = |sim: &Simulator| sim.rest_base().as_str().trim_end_matches('/').to_owned();
    assert_eq!(
        strip(
            other.control().messages(general, 100, None, None).unwrap(),
            &base(&other)
        ),
        strip(
            bot.control.messages(general, 100, None, None).unwrap(),
            &base(&bot.sim)
        ),
        "what members see is the same too"
    );
    let url = other.control().messages(general, 100, None, None).unwrap()[0]["attachments"][0]["url"].clone();
    let file = reqwest::get(url.as_str().unwrap())
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(file, "hello");
}

#[tokio::test]
async fn a_seed_in_short_has_messages_bans_voice_webhooks_and_commands() {
    let text = r"
bot: {username: homebot}
users: [{username: alice}, {username: bob}, {username: eve}]
commands: [{name: everywhere, description: d}]
guilds:
  - name: Home
    owner: alice
    bot: [ADMINISTRATOR]
    bans: [eve]
    members: [{user: bob, voice: Lounge}]
    commands: [{name: here, description: d}]
    channels:
      - {name: Lounge, type: voice}
      - name: general
        messages: [{author: alice, content: hello, pinned: true}, {author: bob, content: hi}]
        webhooks: [{name: herald, token: secret-token}]
";
    let sim = start(Some(Seed::parse(text).unwrap()), Clock::default()).await;
    let (control, state) = (sim.control(), sim.control().state());
    let guild = control.first_guild().unwrap();
    let general = control.channel_named(guild, "general").unwrap();
    let messages = control.messages(general, 10, None, None).unwrap();
    assert_eq!(
        (&messages[0]["content"], &messages[0]["pinned"]),
        (&json!("hello"), &json!(true))
    );
    assert_eq!(messages[1]["author"]["username"], "bob");
    assert_eq!(state["guilds"][0]["bans"][0]["username"], "eve");
    assert_eq!(state["guilds"][0]["voice_states"].as_array().unwrap().len(), 1);
    let names: Vec<Value> = control
        .commands(guild)
        .unwrap()
        .into_iter()
        .map(|command| command["name"].clone())
        .collect();
    assert_eq!(names, ["here", "everywhere"]);
    for wrong in [
        "guilds: [{name: x, owner: nobody}]",
        "{\"exact\": {}}",
        "{\"exact\": {\"app\": 1}, \"guilds\": []}",
        "users: [{username: alice}]\ncommands: [{name: UPPER CASE, description: d}]",
    ] {
        let built = match Seed::parse(wrong) {
            Ok(seed) => Simulator::start(SimConfig {
                seed: Some(seed),
                ..SimConfig::default()
            })
            .await
            .map(drop),
            Err(_) => continue,
        };
        assert!(built.is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_recording_gives_the_same_world_again() {
    let clock = Clock::default();
    let sim = start(None, clock).await;
    let control = sim.control();
    control.set_clock(Some(true), Duration::ZERO);
    control.start_recording();
    live(&control);
    control
        .act(Act::SetIntents {
            intents: discord_sim::PrivilegedIntents {
                members: false,
                ..Default::default()
            },
        })
        .unwrap();
    let recording = control.stop_recording().unwrap();
    assert!(control.recording().is_none());
    assert_eq!(recording.acts.len(), 22);
    let text = serde_json::to_string(&recording).unwrap();
    let again: Recording = serde_json::from_str(&text).unwrap();
    assert_eq!(again, recording);

    let other = start(
        Some(Seed::parse("users: [{username: stranger}]").unwrap()),
        Clock::default(),
    )
    .await;
    let replayed = other.control().replay(&again).unwrap();
    assert_eq!((replayed.done, &replayed.refused[..]), (22, &[][..]));
    assert_eq!(other.control().export().to_json(), control.export().to_json());
    assert_eq!(other.control().clock().now(), control.clock().now());
}

#[tokio::test]
async fn what_members_make_has_its_ids_though_the_bot_is_not_there() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    gateway.event("GUILD_CREATE").await;
    bot.control.start_recording();
    bot.control
        .post_message(bot.general, "alice", "one", None)
        .unwrap();
    let answer: discord_sim::Snowflake = bot.say("the bot's own").await.parse().unwrap();
    bot.control
        .add_reaction(bot.general, answer, "alice", "🎉")
        .unwrap();
    bot.control
        .post_message(bot.general, "alice", "two", None)
        .unwrap();
    let recording = bot.control.stop_recording().unwrap();
    let own: Vec<Value> = bot.control.messages(bot.general, 10, None, None).unwrap();

    let replayed = bot.control.replay(&recording).unwrap();
    assert_eq!(
        (replayed.done, replayed.refused[0].index),
        (2, 1),
        "nobody answers a replay by itself"
    );
    let again: Vec<Value> = bot.control.messages(bot.general, 10, None, None).unwrap();
    assert_eq!(again, [own[0].clone(), own[2].clone()]);
    let invalid = loop {
        let payload = gateway.next().await;
        if payload["op"] == 9 {
            break payload;
        }
    };
    assert_eq!(invalid["d"], false, "the world is another one: identify again");
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    assert_eq!(gateway.event("GUILD_CREATE").await["name"], "Maid Café");
}

#[tokio::test]
async fn time_that_jumps_lets_things_happen_at_their_own_time() {
    let bot = Bot::start().await;
    bot.control.set_clock(Some(true), Duration::ZERO);
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    bot.register(&json!([{"name": "tea", "description": "d"}])).await;
    bot.control.run_command(bot.general, "alice", "tea", &[]).unwrap();
    gateway.event("INTERACTION_CREATE").await;
    let before = bot.control.clock().now();
    bot.control.set_clock(None, Duration::from_secs(3_600));
    let told = bot.control.timeline(0, 500);
    let failed = told
        .iter()
        .find(|entry| entry.kind == "interaction_failed")
        .unwrap();
    let at: jiff::Timestamp = failed.at.parse().unwrap();
    // The timeline rounds to microseconds.
    let late = at.duration_since(before) - jiff::SignedDuration::from_secs(3);
    assert!(
        late.abs() < jiff::SignedDuration::from_millis(1),
        "not an hour later: {late}"
    );
}
