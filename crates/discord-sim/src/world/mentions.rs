//! Mentions: what a text names, and whom it may ping.

use super::World;
use super::message::Message;
use crate::form::message::AllowedMentions;
use crate::id::Snowflake;
use crate::permissions::Permissions;

impl World {
    /// Finds what the text mentions, as far as the sender allows and may.
    pub(crate) fn resolve_mentions(
        &self,
        channel: Snowflake,
        message: &mut Message,
        allowed: Option<&AllowedMentions>,
    ) {
        let Ok(channel) = self.channel(channel) else {
            return;
        };
        // A webhook has no permissions to ask for; whoever knows its token may ping.
        let may_all = message.hook.is_some()
            || self
                .permissions_in(channel, message.author)
                .has(Permissions::MENTION_EVERYONE);
        let roles = channel
            .guild
            .and_then(|id| self.guilds.get(&id))
            .map(|guild| &guild.roles);
        message.mentions.clear();
        message.mention_roles.clear();
        for mention in mentions(&message.content) {
            match mention {
                Mention::User(id) => {
                    let pings =
                        allowed.is_none_or(|allowed| allowed.all_users || allowed.users.contains(&id));
                    if pings && self.users.contains_key(&id) && !message.mentions.contains(&id) {
                        message.mentions.push(id);
                    }
                }
                Mention::Role(id) => {
                    let pings =
                        allowed.is_none_or(|allowed| allowed.all_roles || allowed.roles.contains(&id));
                    let role = roles.and_then(|roles| roles.get(&id));
                    let open = role.is_some_and(|role| role.mentionable || may_all);
                    if pings && open && !message.mention_roles.contains(&id) {
                        message.mention_roles.push(id);
                    }
                }
            }
        }
        let all = message.content.contains("@everyone") || message.content.contains("@here");
        message.mention_everyone = all && may_all && allowed.is_none_or(|allowed| allowed.everyone);
    }
}

enum Mention {
    User(Snowflake),
    Role(Snowflake),
}

/// Returns the users and roles a text names as `<@id>`, `<@!id>` or `<@&id>`.
fn mentions(text: &str) -> Vec<Mention> {
    text.split("<@")
        .skip(1)
        .filter_map(|rest| {
            let inner = rest.split_once('>')?.0;
            match inner.strip_prefix('&') {
                Some(role) => role.parse().ok().map(Mention::Role),
                None => inner
                    .strip_prefix('!')
                    .unwrap_or(inner)
                    .parse()
                    .ok()
                    .map(Mention::User),
            }
        })
        .take(200)
        .collect()
}
