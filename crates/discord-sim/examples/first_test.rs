//! A bot's first test: the simulator in the test's own process, serenity as the bot's client.

use discord_sim::{SimConfig, Simulator};
use serenity::all::{ChannelId, CreateMessage, HttpBuilder};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sim = Simulator::start(SimConfig::default()).await?;
    let control = sim.control();
    let guild = control.first_guild().ok_or("the default seed has a guild")?;
    let general = control.channel_named(guild, "general").ok_or("it has #general")?;

    // The bot: only its address is not Discord's. The limiter knows no other address, so it stays off.
    let base = sim.rest_base().to_string();
    let http = HttpBuilder::new(sim.bot_token())
        .proxy(base.trim_end_matches('/'))
        .ratelimiter_disabled(true)
        .build();
    let channel = ChannelId::new(general.0);
    let sent = channel
        .send_message(&http, CreateMessage::new().content("Tea is ready."))
        .await?;

    // The test: what members see, and what they do.
    let messages = control.messages(general, 10, None, None)?;
    assert_eq!(messages[0]["content"], "Tea is ready.");
    control.add_reaction(general, discord_sim::Snowflake(sent.id.get()), "alice", "🍵")?;
    let seen = channel.message(&http, sent.id).await?;
    assert_eq!(seen.reactions[0].count, 1);
    sim.shutdown().await;
    Ok(())
}
