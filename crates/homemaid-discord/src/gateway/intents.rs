//! Which events we ask Discord for: what the installed plugins take, and no more.
//!
//! Two kinds need a switch on the bot's page (privileged intents). Discord refuses the whole connection for one that
//! is off, so the switches are looked up first; what is off is done without, and the owner is told (events, general
//! rules). A session's intents are fixed when it begins. When the need grows, a new session begins; when it
//! shrinks, the next session asks for less.

use std::collections::BTreeSet;

use homemaid_protocol::EventType;
use serenity::model::gateway::GatewayIntents;

/// The event types somebody takes; `None` is everything the contract has.
pub(crate) type Needs = Option<BTreeSet<EventType>>;

/// What needs a switch on the bot's page.
const PRIVILEGED: GatewayIntents = GatewayIntents::GUILD_MEMBERS.union(GatewayIntents::MESSAGE_CONTENT);
/// The application's flags that say so, for bots in many and in few guilds.
const MEMBERS_FLAGS: u64 = 1 << 14 | 1 << 15;
const CONTENT_FLAGS: u64 = 1 << 18 | 1 << 19;

/// What we ask for.
#[derive(Debug)]
pub(super) struct Intents {
    wanted: GatewayIntents,
    /// Privileged, and switched off.
    off: GatewayIntents,
    /// What the session that runs was begun with.
    asked: Option<GatewayIntents>,
    /// Times Discord refused what the switches seemed to allow.
    refusals: usize,
}

impl Intents {
    /// Returns what to ask for to hear of these events.
    pub(super) fn new(needs: &Needs) -> Self {
        Self {
            wanted: needed(needs),
            off: GatewayIntents::empty(),
            asked: None,
            refusals: 0,
        }
    }

    /// Takes in what is needed now; returns whether the session hears of too little.
    pub(super) fn need(&mut self, needs: &Needs) -> bool {
        self.wanted = needed(needs);
        self.asked.is_some_and(|asked| !asked.contains(self.bits()))
    }

    /// No session runs; the next one is asked for anew.
    pub(super) fn begin(&mut self) {
        self.asked = None;
    }

    /// Takes in the application's flags: which privileged intents are switched on.
    pub(super) fn switches(&mut self, flags: u64) {
        self.off = GatewayIntents::empty();
        if flags & MEMBERS_FLAGS == 0 {
            self.off |= GatewayIntents::GUILD_MEMBERS;
        }
        if flags & CONTENT_FLAGS == 0 {
            self.off |= GatewayIntents::MESSAGE_CONTENT;
        }
        self.leave_out();
    }

    /// Returns the number that goes into the identify message, and remembers that it was asked for.
    pub(super) fn ask(&mut self) -> u64 {
        let bits = self.bits();
        self.asked = Some(bits);
        bits.bits()
    }

    /// Discord refused what we asked for: asks for less the next time; false when there is nothing to leave out.
    pub(super) fn refused(&mut self) -> bool {
        let privileged = self.asked.is_some_and(|asked| asked.intersects(PRIVILEGED));
        self.asked = None;
        self.refusals += 1;
        self.leave_out();
        privileged
    }

    /// Returns whether Discord tells us when members change.
    pub(super) fn hears_of_members(&self) -> bool {
        self.asked
            .is_some_and(|asked| asked.contains(GatewayIntents::GUILD_MEMBERS))
    }

    /// Returns what the owner should know: one sentence for each privileged intent that is needed and off.
    pub(super) fn notices(&self) -> Vec<String> {
        let lacks = |intent| self.wanted.contains(intent) && self.off.contains(intent);
        let notice = |name: &str, effect: &str| {
            format!(
                "{effect}: switch on \"{name}\" on the Bot page of the Discord developer portal, then restart"
            )
        };
        let content = lacks(GatewayIntents::MESSAGE_CONTENT).then(|| {
            notice(
                "Message Content Intent",
                "plugins cannot read the text of messages",
            )
        });
        let members = lacks(GatewayIntents::GUILD_MEMBERS).then(|| {
            notice(
                "Server Members Intent",
                "plugins do not hear of members who join, leave or change",
            )
        });
        content.into_iter().chain(members).collect()
    }

    fn bits(&self) -> GatewayIntents {
        self.wanted - self.off
    }

    /// Leaves out what the switches do not tell and Discord's refusals do: one, the other, both.
    fn leave_out(&mut self) {
        self.off |= match self.refusals {
            0 => GatewayIntents::empty(),
            1 => GatewayIntents::MESSAGE_CONTENT,
            2 => GatewayIntents::GUILD_MEMBERS,
            _ => PRIVILEGED,
        };
        if self.refusals == 2 {
            self.off -= GatewayIntents::MESSAGE_CONTENT;
        }
    }
}

/// Returns the intents that bring these events, and what they remember of before.
fn needed(needs: &Needs) -> GatewayIntents {
    let is_needed = |kind: &&EventType| needs.as_ref().is_none_or(|needs| needs.contains(kind));
    let kinds = EventType::ALL.iter().filter(is_needed);
    kinds.fold(GatewayIntents::GUILDS, |intents, kind| intents | of(*kind))
}

/// Returns what one event type needs.
fn of(kind: EventType) -> GatewayIntents {
    match kind {
        EventType::MessageCreate | EventType::MessageEdit | EventType::MessageDelete => {
            GatewayIntents::GUILD_MESSAGES | GatewayIntents::MESSAGE_CONTENT
        }
        EventType::MemberJoin | EventType::MemberLeave | EventType::MemberUpdate => {
            GatewayIntents::GUILD_MEMBERS
        }
        EventType::ReactionAdd | EventType::ReactionRemove => GatewayIntents::GUILD_MESSAGE_REACTIONS,
        EventType::VoiceStateUpdate => GatewayIntents::GUILD_VOICE_STATES,
        EventType::InteractionCreate
        | EventType::ChannelCreate
        | EventType::ChannelDelete
        | EventType::ChannelUpdate
        | EventType::RoleCreate
        | EventType::RoleDelete
        | EventType::RoleUpdate
        | EventType::Cron => GatewayIntents::GUILDS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL_ON: u64 = 1 << 15 | 1 << 19;
    const GUILDS: u64 = 1;
    const MEMBERS: u64 = 1 << 1;
    const MESSAGES: u64 = 1 << 9;
    const REACTIONS: u64 = 1 << 10;
    const VOICE: u64 = 1 << 7;
    const CONTENT: u64 = 1 << 15;

    #[expect(clippy::unnecessary_wraps, reason = "what is asked for")]
    fn needs(kinds: &[EventType]) -> Needs {
        Some(kinds.iter().copied().collect())
    }

    #[test]
    fn each_event_brings_its_intents_and_not_knowing_brings_all() {
        let all = GUILDS | MEMBERS | MESSAGES | REACTIONS | VOICE | CONTENT;
        for (needs, bits) in [
            (None, all),
            (needs(EventType::ALL), all),
            (needs(&[]), GUILDS),
            (
                needs(&[EventType::InteractionCreate, EventType::RoleUpdate]),
                GUILDS,
            ),
            (needs(&[EventType::MessageDelete]), GUILDS | MESSAGES | CONTENT),
            (needs(&[EventType::MemberJoin]), GUILDS | MEMBERS),
            (needs(&[EventType::ReactionAdd]), GUILDS | REACTIONS),
            (needs(&[EventType::VoiceStateUpdate]), GUILDS | VOICE),
        ] {
            assert_eq!(Intents::new(&needs).ask(), bits, "{needs:?}");
        }
    }

    #[test]
    fn only_a_growing_need_begins_a_new_session() {
        let mut intents = Intents::new(&needs(&[EventType::ReactionAdd]));
        assert!(!intents.need(&None), "no session runs that could be too small");
        intents.need(&needs(&[EventType::ReactionAdd]));
        intents.ask();
        assert!(!intents.need(&needs(&[])));
        assert!(!intents.need(&needs(&[EventType::ReactionAdd, EventType::ChannelCreate])));
        assert!(intents.need(&needs(&[EventType::MemberJoin])));
        intents.begin();
        assert!(
            !intents.need(&needs(&[EventType::MemberJoin])),
            "the next session asks for it"
        );
        intents.ask();
        intents.need(&needs(&[EventType::ReactionAdd]));
        intents.ask();
        intents.switches(CONTENT_FLAGS);
        assert!(
            !intents.need(&needs(&[EventType::MemberJoin])),
            "what is switched off is not worth a new session"
        );
    }

    #[test]
    fn what_is_switched_off_is_not_asked_for_and_told_when_it_is_needed() {
        let mut intents = Intents::new(&None);
        intents.switches(ALL_ON);
        assert_eq!(intents.notices(), Vec::<String>::new());
        intents.switches(1 << 14);
        assert_eq!(intents.ask() & (CONTENT | MEMBERS), MEMBERS);
        assert!(intents.hears_of_members());
        assert!(matches!(&intents.notices()[..], [only] if only.contains("Message Content Intent")));
        intents.switches(0);
        assert_eq!(intents.ask() & (CONTENT | MEMBERS), 0);
        assert!(!intents.hears_of_members());
        assert_eq!(intents.notices().len(), 2);
        intents.need(&needs(&[EventType::InteractionCreate]));
        assert_eq!(intents.notices(), Vec::<String>::new(), "nobody misses them");
    }

    #[test]
    fn refusals_leave_out_one_then_the_other_then_both() {
        let mut intents = Intents::new(&None);
        let mut seen = vec![];
        loop {
            intents.switches(ALL_ON);
            seen.push(intents.ask() & (CONTENT | MEMBERS));
            if !intents.refused() {
                break;
            }
        }
        assert_eq!(seen, [CONTENT | MEMBERS, MEMBERS, CONTENT, 0]);
    }
}
