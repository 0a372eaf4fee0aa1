//! The guild itself and its roles.

use homemaid_protocol::RpcError;
use serde_json::{Value, json};
use serenity::http::Route;

use super::params::Params;
use super::site::Site;
use crate::json::{self, list, pick, set};
use crate::rest::Request;

/// `discord.get_guild`.
pub(crate) struct GetGuild;

impl GetGuild {
    #[expect(clippy::unnecessary_wraps, reason = "the same face as every request")]
    pub(super) fn parse(_: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let request = Request::get(Route::Guild {
            guild_id: site.guild_id(),
        })
        .query("with_counts", true);
        let guild = site.ask(request).await?;
        let mut out = pick(
            &guild,
            &[
                "id",
                "name",
                "icon",
                "premium_tier",
                "features",
                "owner_id",
                "description",
            ],
        );
        // Whoever hears of every member counts exactly; the answer's number is an estimate.
        let counted = site
            .house
            .cache
            .guild(site.guild(), |guild| guild.member_count)
            .filter(|count| *count > 0 && site.house.hears_of_members());
        let estimate = guild["approximate_member_count"].as_u64();
        set(&mut out, "member_count", counted.or(estimate).unwrap_or(0));
        set(
            &mut out,
            "premium_tier",
            guild["premium_tier"].as_u64().unwrap_or(0),
        );
        set(&mut out, "features", list(&guild, "features").to_vec());
        Ok(json!({"guild": out}))
    }
}

/// `discord.list_roles`.
pub(crate) struct ListRoles;

impl ListRoles {
    #[expect(clippy::unnecessary_wraps, reason = "the same face as every request")]
    pub(super) fn parse(_: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let roles = site
            .ask(Request::get(Route::GuildRoles {
                guild_id: site.guild_id(),
            }))
            .await?;
        let roles: Vec<_> = roles
            .as_array()
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .map(role)
            .collect();
        Ok(json!({"roles": roles}))
    }
}

/// Returns a role as plugins read it; the permissions are always there, admin checks depend on them.
fn role(data: &Value) -> Value {
    json!({
        "id": data["id"],
        "name": json::text(data, "name").unwrap_or_default(),
        "color": data["color"].as_u64().unwrap_or(0),
        "position": data["position"].as_i64().unwrap_or(0),
        "managed": json::flag(data, "managed"),
        "mentionable": json::flag(data, "mentionable"),
        "permissions": json::text(data, "permissions").unwrap_or("0"),
    })
}
