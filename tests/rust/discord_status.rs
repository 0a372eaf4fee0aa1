//! What the owner reads about the connection to Discord.

use anyhow::ensure;
use discord_sim::PrivilegedIntents;
use homemaid_testkit::TestHost;

#[tokio::test(flavor = "multi_thread")]
async fn a_privileged_intent_that_is_off_is_told_with_the_place_of_its_switch() -> anyhow::Result<()> {
    let host = TestHost::start().await?;
    let told = || host.core().status().discord;
    ensure!(told().notices.is_empty(), "all is well: {:?}", told());
    host.discord().set_privileged_intents(PrivilegedIntents {
        message_content: false,
        ..PrivilegedIntents::default()
    });
    host.discord().gateway_invalidate(false);
    host.news(|core| {
        let discord = core.status().discord;
        discord.state == "connected" && !discord.notices.is_empty()
    })
    .await?;
    let notices = told().notices;
    ensure!(
        notices.len() == 1
            && notices[0].contains("Message Content Intent")
            && notices[0].contains("Bot page of the Discord developer portal"),
        "{notices:?}"
    );
    let refused = told().refused_requests;
    ensure!(
        refused.refused == 0 && refused.limit == 10_000 && refused.held_back == "nothing",
        "looking the switches up costs no refusal: {refused:?}"
    );
    host.stop().await
}
