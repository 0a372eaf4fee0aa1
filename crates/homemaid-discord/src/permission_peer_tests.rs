//! The same random questions to this module and to the simulator, which compares itself with other libraries
//! (`tests/peers/permissions`). Every seed gives the same guilds.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::{in_channel, in_guild};
use crate::cache::Cache;

const GUILD: u64 = 1;
const OWNER: u64 = 7;
const BOT: u64 = 9;
const STRANGER: u64 = 8;
const CHANNEL: u64 = 42;
const THREAD: u64 = 43;
/// Text, voice, category, announcement, stage, forum.
const KINDS: [u64; 6] = [0, 2, 4, 5, 13, 15];
/// What most rules are about: administrator aside, seeing, sending, connecting, sending in threads.
const POINTED: [u32; 4] = [10, 11, 20, 38];
const ADMINISTRATOR: u64 = 1 << 3;

struct Dice(StdRng);

impl Dice {
    fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability)
    }

    fn bits(&mut self, density: f64) -> u64 {
        let mut bits = 0;
        for bit in 0..53 {
            bits |= u64::from(self.chance(density)) << bit;
        }
        for bit in POINTED {
            bits ^= u64::from(self.chance(0.3)) << bit;
        }
        bits & discord_sim::Permissions::ALL.0 & !ADMINISTRATOR
    }

    fn overwrite(&mut self, target: u64, kind: u8) -> Value {
        let allow = self.bits(0.1);
        let deny = self.bits(0.1) & !allow;
        json!({"id": target.to_string(), "type": kind, "allow": allow.to_string(), "deny": deny.to_string()})
    }

    /// Returns one question in the simulator's words.
    fn case(&mut self) -> Value {
        let density = if self.chance(0.5) { 0.7 } else { 0.2 };
        let mut roles = vec![json!({"id": GUILD.to_string(), "permissions": self.bits(density).to_string()})];
        let mut own = Vec::new();
        for id in 50..50 + self.0.random_range(0..6u64) {
            let administrator = if self.chance(0.03) { ADMINISTRATOR } else { 0 };
            let permissions = self.bits(0.05) | administrator;
            roles.push(json!({"id": id.to_string(), "permissions": permissions.to_string()}));
            if self.chance(0.5) {
                own.push(id.to_string());
            }
        }
        let mut overwrites = Vec::new();
        for (target, kind) in [
            (GUILD, 0),
            (50, 0),
            (51, 0),
            (52, 0),
            (99, 0),
            (BOT, 1),
            (STRANGER, 1),
        ] {
            if self.chance(0.5) {
                overwrites.push(self.overwrite(target, kind));
            }
        }
        let kind = KINDS[self.0.random_range(0..KINDS.len())];
        let owner = if self.chance(0.05) { BOT } else { OWNER };
        json!({
            "guild_id": GUILD.to_string(),
            "owner_id": owner.to_string(),
            "roles": roles,
            "member": {"id": BOT.to_string(), "roles": own, "timed_out": self.chance(0.15)},
            "channel": {
                "type": kind,
                "thread": matches!(kind, 0 | 5 | 15) && self.chance(0.4),
                "permission_overwrites": overwrites,
            },
        })
    }
}

/// Returns what this module says to a question: in the guild, and in the channel or thread.
fn ours(case: &Value) -> (u64, u64) {
    let (member, channel) = (&case["member"], &case["channel"]);
    let cache = Cache::default();
    cache.set_me(BOT);
    cache.put_guild(&json!({
        "id": case["guild_id"],
        "name": "G",
        "owner_id": case["owner_id"],
        "roles": case["roles"],
        "channels": [{
            "id": CHANNEL.to_string(),
            "type": channel["type"],
            "permission_overwrites": channel["permission_overwrites"],
        }],
        "threads": [{"id": THREAD.to_string(), "type": 11, "parent_id": CHANNEL.to_string()}],
        "members": [{"user": {"id": BOT.to_string(), "username": "maid", "bot": true}, "roles": member["roles"]}],
    }));
    let place = if channel["thread"] == true {
        THREAD
    } else {
        CHANNEL
    };
    let timed_out = member["timed_out"] == true;
    cache
        .guild(GUILD, |guild| {
            let me = guild.me.clone().expect("the bot is a member");
            let everywhere = in_guild(guild, GUILD, &me, timed_out);
            let here = in_channel(guild, GUILD, &me, &guild.channels[&place], timed_out);
            (everywhere.0.bits(), here.0.bits())
        })
        .expect("the guild is known")
}

#[test]
fn random_guilds_are_judged_as_the_simulator_judges_them() {
    let all = discord_sim::Permissions::ALL.0;
    let mut dice = Dice(StdRng::seed_from_u64(1));
    let (mut seen, mut hidden, mut threads) = (0, 0, 0);
    for number in 0..3_000 {
        let case = dice.case();
        let question: discord_sim::PermissionCase = serde_json::from_value(case.clone()).unwrap();
        let answer = question.answer();
        let (guild, channel) = ours(&case);
        let expected = answer.channel.expect("every case has a channel").0;
        assert_eq!(guild & all, answer.guild.0, "case {number}, in the guild: {case}");
        assert_eq!(channel & all, expected, "case {number}, in the channel: {case}");
        seen += u32::from(expected != 0);
        hidden += u32::from(expected == 0);
        threads += u32::from(case["channel"]["thread"] == true);
    }
    assert!(
        seen > 500 && hidden > 300 && threads > 300,
        "{seen} {hidden} {threads}: the cases are of every sort"
    );
}
