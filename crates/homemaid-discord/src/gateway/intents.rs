//! Which events we ask Discord for. Two kinds need a switch on the bot's page (privileged intents); when one is
//! off, Discord refuses the whole connection, so we ask for less and tell the owner (events, general rules).

use serenity::model::gateway::GatewayIntents;

/// What every connection asks for.
const BASIC: GatewayIntents = GatewayIntents::GUILDS
    .union(GatewayIntents::GUILD_MESSAGES)
    .union(GatewayIntents::GUILD_MESSAGE_REACTIONS)
    .union(GatewayIntents::GUILD_VOICE_STATES);

/// What is asked for beside that, most first.
const PRIVILEGED: [GatewayIntents; 4] = [
    GatewayIntents::GUILD_MEMBERS.union(GatewayIntents::MESSAGE_CONTENT),
    GatewayIntents::GUILD_MEMBERS,
    GatewayIntents::MESSAGE_CONTENT,
    GatewayIntents::empty(),
];

/// What we ask for now.
#[derive(Debug, Default)]
pub(super) struct Intents(usize);

impl Intents {
    /// Returns the number that goes into the identify message.
    pub(super) fn bits(&self) -> u64 {
        BASIC.union(self.privileged()).bits()
    }

    /// Asks for less the next time; false when there is nothing left to leave out.
    pub(super) fn ask_for_less(&mut self) -> bool {
        let less = self.0 + 1 < PRIVILEGED.len();
        self.0 += usize::from(less);
        less
    }

    /// Returns what the owner should know: one sentence for each privileged intent that is off.
    pub(super) fn notices(&self) -> Vec<String> {
        let off = |intent, name: &str, effect: &str| {
            (!self.privileged().contains(intent)).then(|| {
                format!(
                    "{effect}: switch on \"{name}\" on the Bot page of the Discord developer portal, then restart"
                )
            })
        };
        let content = off(
            GatewayIntents::MESSAGE_CONTENT,
            "Message Content Intent",
            "plugins cannot read the text of messages",
        );
        let members = off(
            GatewayIntents::GUILD_MEMBERS,
            "Server Members Intent",
            "plugins do not hear of members who join, leave or change",
        );
        content.into_iter().chain(members).collect()
    }

    /// Returns whether we ask to be told when members change.
    pub(super) fn hears_of_members(&self) -> bool {
        self.privileged().contains(GatewayIntents::GUILD_MEMBERS)
    }

    fn privileged(&self) -> GatewayIntents {
        PRIVILEGED[self.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_asks_for_less_and_says_so() {
        let mut intents = Intents::default();
        assert_eq!(intents.bits(), 1 | 1 << 1 | 1 << 7 | 1 << 9 | 1 << 10 | 1 << 15);
        assert_eq!(intents.notices(), Vec::<String>::new());
        assert!(intents.ask_for_less());
        assert_eq!(intents.notices().len(), 1);
        assert!(intents.notices()[0].contains("Message Content Intent"));
        assert!(intents.ask_for_less());
        assert!(intents.notices()[0].contains("Server Members Intent"));
        assert!(intents.ask_for_less());
        assert_eq!(
            (intents.notices().len(), intents.bits()),
            (2, 1 | 1 << 7 | 1 << 9 | 1 << 10)
        );
        assert!(!intents.ask_for_less());
    }
}
