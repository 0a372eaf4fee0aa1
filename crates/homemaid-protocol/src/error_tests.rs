//! The error objects against the rules by which both reference SDK generations read them (wire §7.1).

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// The exception a reference SDK raises.
#[derive(Debug, Clone, PartialEq)]
enum Raised {
    Capability,
    RateLimit(f64),
    Discord(u64),
    Permission(String),
    KvQuota,
    Validation,
    /// `RuntimeError` in 0.5.x, `RpcError` in 0.10.x.
    Other,
}

/// How 0.5.x reads an error: by the wording of `message` alone, the first match wins.
fn older(error: &Value) -> Raised {
    let message = error["message"]
        .as_str()
        .expect("0.5.x crashes without a message")
        .to_lowercase();
    let has = |word: &str| message.contains(word);
    if has("capability") {
        Raised::Capability
    } else if has("quota exceeded") || has("rate limit") {
        let remaining = message
            .split("remaining=")
            .nth(1)
            .and_then(|rest| rest.split("/min").next());
        Raised::RateLimit(match remaining.and_then(|text| text.parse::<f64>().ok()) {
            None => 5.0,
            Some(remaining) if remaining <= 0.0 => 60.0,
            Some(remaining) => (60.0 / remaining.max(1.0)).trunc().max(1.0),
        })
    } else if has("discord api error") {
        let digits = |word: &&str| word.chars().all(|c| c.is_ascii_digit());
        Raised::Discord(
            message
                .split_whitespace()
                .find(digits)
                .map_or(0, |word| word.parse().unwrap()),
        )
    } else if has("bot lacks") || has("missing permission") || has("lacks permission") {
        Raised::Permission(String::new())
    } else if has("kv quota") {
        Raised::KvQuota
    } else if has("required") && (has("must be") || has("invalid")) {
        Raised::Validation
    } else {
        Raised::Other
    }
}

/// How 0.10.x reads an error: by `code` where it knows it, else by the wording in another order.
fn later(error: &Value) -> Raised {
    let text = error["message"].as_str().unwrap_or_default().to_lowercase();
    let has = |word: &str| text.contains(word);
    let number_after = |word: &str| {
        let rest = text.split(word).nth(1)?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse::<f64>().ok()
    };
    let retry = || {
        error["retry_after"]
            .as_f64()
            .or_else(|| number_after("retry in "))
            .unwrap_or(5.0)
    };
    let status = || number_after("error ").map_or(0, |status| format!("{status}").parse().unwrap());
    let permission = || error["permission"].as_str().unwrap_or_default().to_owned();
    match error["code"].as_str() {
        Some("RATE_LIMITED" | "QUOTA_EXCEEDED") => return Raised::RateLimit(retry()),
        Some("CAPABILITY_DENIED") => return Raised::Capability,
        Some("KV_QUOTA_EXCEEDED") => return Raised::KvQuota,
        Some("DISCORD_API_ERROR") => return Raised::Discord(status()),
        Some("BOT_MISSING_PERMISSION") => return Raised::Permission(permission()),
        Some("VALIDATION_ERROR") => return Raised::Validation,
        _ => {}
    }
    if has("capability") {
        Raised::Capability
    } else if has("kv quota") {
        Raised::KvQuota
    } else if has("quota exceeded") || has("rate limit") || number_after("retry in ").is_some() {
        Raised::RateLimit(retry())
    } else if has("discord api error") {
        Raised::Discord(status())
    } else if has("bot lacks") || has("missing permission") || (has("lacks ") && has(" permission")) {
        Raised::Permission(permission())
    } else if has("required") && (has("must be") || has("invalid")) {
        Raised::Validation
    } else {
        Raised::Other
    }
}

fn wire(error: &RpcError) -> Value {
    serde_json::to_value(error).unwrap()
}

#[track_caller]
fn raises(error: &RpcError, old: &Raised, new: &Raised) {
    let object = wire(error);
    assert_eq!(older(&object), *old, "0.5.x reads {object}");
    assert_eq!(later(&object), *new, "0.10.x reads {object}");
    let message = error.message();
    assert!(!message.is_empty() && message.chars().count() <= ERROR_MESSAGE_CHARS);
    assert_eq!(
        object["code"],
        json!(error.code()),
        "the code is the same in both spellings"
    );
}

#[test]
fn each_class_raises_the_documented_exception_in_both_generations() {
    let both = |error: &RpcError, raised: Raised| raises(error, &raised, &raised);
    both(
        &RpcError::capability_denied(Capability::BanMembers, false),
        Raised::Capability,
    );
    both(
        &RpcError::capability_denied(Capability::BanMembers, true),
        Raised::Capability,
    );
    both(&RpcError::kv_keys(10_000), Raised::KvQuota);
    both(&RpcError::kv_value(70_000, 65_536), Raised::KvQuota);
    both(
        &RpcError::discord(404, 10_003, "Unknown Channel"),
        Raised::Discord(404),
    );
    both(
        &RpcError::validation("channel_id", "a Discord snowflake string"),
        Raised::Validation,
    );
    both(
        &RpcError::sql("SQL execution failed: relation \"scores\" does not exist"),
        Raised::Other,
    );
    both(
        &RpcError::proxy("could not connect to api.example.com"),
        Raised::Other,
    );
    both(&RpcError::timeout("upstream", 20), Raised::Other);
    both(&RpcError::method_not_found("foo.bar"), Raised::Other);
    both(&RpcError::internal(), Raised::Other);
    raises(
        &RpcError::bot_missing_permission("manage_channels"),
        &Raised::Permission(String::new()),
        &Raised::Permission("manage_channels".to_owned()),
    );
    raises(
        &RpcError::quota_exceeded("sql storage 100 MB", 60),
        &Raised::RateLimit(60.0),
        &Raised::RateLimit(60.0),
    );
    raises(
        &RpcError::window_exceeded("DDL", "100/hour", 3540),
        &Raised::RateLimit(60.0),
        &Raised::RateLimit(3540.0),
    );
}

#[test]
fn both_generations_wait_as_long_as_the_host_says() {
    for seconds in 1..=59 {
        let exact = Raised::RateLimit(f64::from(u32::try_from(seconds).unwrap()));
        raises(&RpcError::rate_limited("discord", 60, seconds), &exact, &exact);
    }
    // Beyond a minute the older one knows only "a minute".
    raises(
        &RpcError::rate_limited("discord", 60, 90),
        &Raised::RateLimit(60.0),
        &Raised::RateLimit(90.0),
    );
    raises(
        &RpcError::rate_limited("discord", 60, 0),
        &Raised::RateLimit(1.0),
        &Raised::RateLimit(1.0),
    );
}

#[test]
fn the_objects_are_the_contracts() {
    for (error, expected) in [
        (
            RpcError::capability_denied(Capability::BanMembers, false),
            json!({"code": "CAPABILITY_DENIED", "message": "capability discord:ban_members is not granted to this \
                plugin (declare it in capabilities_required in manifest.json)", "capability": "discord:ban_members"}),
        ),
        (
            RpcError::rate_limited("discord", 60, 12),
            json!({"code": "RATE_LIMITED", "message": "rate limit exceeded: discord 60/min, remaining=4.8000/min \
                (retry in 12s)", "retry_after": 12}),
        ),
        (
            RpcError::kv_value(70_000, 65_536),
            json!({"code": "KV_QUOTA_EXCEEDED", "message": "kv quota: value is 70000 bytes, limit is 65536 bytes"}),
        ),
        (
            RpcError::discord(404, 10_003, "Unknown Channel"),
            json!({"code": "DISCORD_API_ERROR", "message": "Discord API error 404 (code 10003): Unknown Channel",
                "status_code": 404}),
        ),
        (
            RpcError::bot_missing_permission("manage_channels"),
            json!({"code": "BOT_MISSING_PERMISSION", "message": "bot lacks manage_channels permission",
                "permission": "manage_channels"}),
        ),
        (
            RpcError::validation("channel_id", "a Discord snowflake string"),
            json!({"code": "VALIDATION_ERROR", "message": "channel_id is required and must be a Discord snowflake \
                string", "field": "channel_id"}),
        ),
    ] {
        assert_eq!(wire(&error), expected);
    }
}

#[test]
fn text_that_is_not_ours_cannot_change_the_class() {
    for trap in [
        "capability",
        "CAPABILITY",
        "quota exceeded",
        "You are being rate limited.",
        "kv quota",
        "Discord API error 403",
        "the bot lacks send_messages permission",
        "the bot lac\u{212a}s it",
        "missing permission: x",
        "lacks permission",
        "it is required and invalid",
        "retry in 5s",
        "",
    ] {
        raises(&RpcError::sql(trap), &Raised::Other, &Raised::Other);
        raises(&RpcError::proxy(trap), &Raised::Other, &Raised::Other);
        raises(&RpcError::timeout(trap, 20), &Raised::Other, &Raised::Other);
        raises(&RpcError::method_not_found(trap), &Raised::Other, &Raised::Other);
        raises(
            &RpcError::discord(404, 0, trap),
            &Raised::Discord(404),
            &Raised::Discord(404),
        );
        raises(
            &RpcError::validation(trap, trap),
            &Raised::Validation,
            &Raised::Validation,
        );
    }
}

#[test]
fn extra_fields_are_short_too() {
    let error = RpcError::validation(&"x".repeat(100_000), "y");
    assert!(wire(&error).to_string().len() < 1000);
    let error = RpcError::bot_missing_permission(&"x".repeat(100_000));
    assert!(wire(&error).to_string().len() < 1000);
}

proptest! {
    #[test]
    fn no_text_changes_a_class(
        pieces in proptest::collection::vec(prop_oneof![
            Just("capability"), Just("rate limit"), Just("Quota Exceeded"), Just("kv quota"), Just("lacks "),
            Just("permission"), Just("retry in 3s"), Just("discord api error 500"), Just("missing permission"),
            Just("bot lacks "), Just("required"), Just("invalid"), Just("must be"), Just("c"), Just("\u{200c}"),
            Just("apability"), Just(" "), Just("é"), Just("404"),
        ], 0..60),
    ) {
        let text: String = pieces.concat();
        raises(&RpcError::sql(&text), &Raised::Other, &Raised::Other);
        raises(&RpcError::discord(503, 7, &text), &Raised::Discord(503), &Raised::Discord(503));
        raises(&RpcError::validation(&text, &text), &Raised::Validation, &Raised::Validation);
    }
}
