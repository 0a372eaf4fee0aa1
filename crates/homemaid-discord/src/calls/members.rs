//! Reading members.

use homemaid_protocol::RpcError;
use serde_json::{Value, json};
use serenity::http::Route;

use super::params::Params;
use super::site::Site;
use crate::json::{self, display_name, id_texts};
use crate::rest::Request;

/// Members of one page that Discord gives at most.
const PAGE: usize = 1_000;
/// Pages read at most to find the members of a role.
const PAGES: usize = 10;

/// `discord.get_member`.
pub(crate) struct GetMember(u64);

impl GetMember {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        params.id("user_id").map(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let route = Route::GuildMember {
            guild_id: site.guild_id(),
            user_id: self.0.into(),
        };
        let found = site.ask(Request::get(route)).await?;
        site.house.cache.put_member(site.guild(), &found, &found["user"]);
        site.notes.member(self.0);
        Ok(json!({"member": member(&found)}))
    }
}

/// `discord.list_members`.
pub(crate) struct ListMembers {
    limit: usize,
    role: Option<u64>,
    after: Option<u64>,
}

impl ListMembers {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self {
            limit: usize::try_from(params.number("limit", 100, 1, 100)?).unwrap_or(100),
            role: params.id_or_none("role_id")?,
            after: params.id_or_none("after")?,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        if let Some(role) = self.role {
            site.role(role).await?;
        }
        let mut members: Vec<Value> = Vec::new();
        let mut after = self.after.unwrap_or(0);
        // Discord cannot list the members of a role; without one, the first page is the answer.
        let (page_size, pages) = if self.role.is_some() {
            (PAGE, PAGES)
        } else {
            (self.limit, 1)
        };
        for _ in 0..pages {
            let request = Request::get(Route::GuildMembers {
                guild_id: site.guild_id(),
            })
            .query("limit", page_size)
            .query("after", after);
            let page = site.ask(request).await?;
            let page = page.as_array().map_or(&[][..], Vec::as_slice);
            let fits = |data: &&Value| {
                self.role
                    .is_none_or(|role| json::ids(data, "roles").contains(&role))
            };
            members.extend(page.iter().filter(fits).map(member));
            let last = page.iter().filter_map(|data| json::id(&data["user"], "id")).max();
            match last {
                Some(last) if last > after && page.len() == page_size && members.len() < self.limit => {
                    after = last;
                }
                _ => break,
            }
        }
        members.sort_by_key(|data| json::id(data, "user_id"));
        members.truncate(self.limit);
        Ok(json!({"members": members}))
    }
}

/// `discord.search_members`.
pub(crate) struct SearchMembers {
    query: String,
    limit: i64,
}

impl SearchMembers {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self {
            query: params.text("query", 100)?,
            limit: params.number("limit", 25, 1, 25)?,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let request = Request::get(Route::GuildMembersSearch {
            guild_id: site.guild_id(),
        })
        .query("query", &self.query)
        .query("limit", self.limit);
        let found = site.ask(request).await?;
        let members: Vec<_> = found
            .as_array()
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .map(member)
            .collect();
        Ok(json!({"members": members}))
    }
}

/// Returns a member as plugins read it.
fn member(data: &Value) -> Value {
    let user = &data["user"];
    json!({
        "user_id": user["id"],
        "username": user["username"],
        "display_name": display_name(data, user),
        "nick": data["nick"],
        "avatar": if data["avatar"].is_null() { &user["avatar"] } else { &data["avatar"] },
        "roles": id_texts(&json::ids(data, "roles")),
        "joined_at": data["joined_at"],
        "bot": json::flag(user, "bot"),
    })
}
