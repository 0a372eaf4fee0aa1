//! What Discord says of messages, embeds and components it does not take.

use reqwest::Method;
use serde_json::{Value, json};

use super::{FORM, check, refusal, table};
use crate::bot::Bot;

#[tokio::test]
async fn messages_embeds_and_components_are_validated_as_discord_does() {
    let bot = Bot::powerful().await;
    let send = || (Method::POST, format!("/channels/{}/messages", bot.general));
    let button = |id: &str| json!({"type": 2, "style": 1, "label": "x", "custom_id": id});
    let row = |components: Vec<Value>| json!({"components": [{"type": 1, "components": components}], "content": "x"});
    let option = |value: &str| json!({"label": "x", "value": value});
    let select = |options: Vec<Value>| row(vec![json!({"type": 3, "custom_id": "s", "options": options})]);
    let v2 = |components: Value| json!({"flags": 32_768, "components": components});
    let embed = |embed: Value| json!({"embeds": [embed]});
    let long = |n: usize| "x".repeat(n);
    let table = table![
        // One row a line, which the semicolons keep rustfmt from spreading out.
        refusal("no content", send(), json!({}), (400, 50006), "");
        refusal("not a form", send(), json!([]), FORM, ": MODEL_TYPE_CONVERT");
        refusal("long content", send(), json!({"content": long(2_001)}), FORM, "content: BASE_TYPE_MAX_LENGTH");
        refusal("content of lists", send(), json!({"content": []}), FORM, "content: STRING_TYPE_CONVERT");
        refusal("tts of text", send(), json!({"content": "x", "tts": "y"}), FORM, "tts: BOOLEAN_TYPE_CONVERT");
        refusal("long nonce", send(), json!({"content": "x", "nonce": long(26)}), FORM, "nonce: BASE_TYPE_MAX_LENGTH");
        refusal("flags of text", send(), json!({"content": "x", "flags": "y"}), FORM, "flags: NUMBER_TYPE_COERCE");
        refusal("stickers", send(), json!({"content": "x", "sticker_ids": ["1"]}), FORM, "sticker_ids: DISCORD_SIM_NOT_IMPLEMENTED");
        refusal("poll", send(), json!({"poll": {"question": {"text": "?"}}}), FORM, "poll: DISCORD_SIM_NOT_IMPLEMENTED");
        refusal("reply to nothing", send(), json!({"content": "x", "message_reference": {"message_id": "42"}}), FORM, "message_reference: REPLIES_UNKNOWN_MESSAGE");
        refusal("reply without id", send(), json!({"content": "x", "message_reference": {}}), FORM, "message_reference.message_id: BASE_TYPE_REQUIRED");
        refusal("forward", send(), json!({"message_reference": {"message_id": "42", "type": 1}}), FORM, "message_reference.type: DISCORD_SIM_NOT_IMPLEMENTED");
        refusal("mentions parsed and listed", send(), json!({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}), FORM, "allowed_mentions: MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE");
        refusal("unknown kind of mention", send(), json!({"content": "x", "allowed_mentions": {"parse": ["cats"]}}), FORM, "allowed_mentions.parse.0: BASE_TYPE_CHOICES");
        refusal("mention of no id", send(), json!({"content": "x", "allowed_mentions": {"users": ["bob"]}}), FORM, "allowed_mentions.users.0: NUMBER_TYPE_COERCE");
        // Embeds.
        refusal("eleven embeds", send(), json!({"embeds": vec![json!({"title": "x"}); 11]}), FORM, "embeds: BASE_TYPE_MAX_LENGTH");
        refusal("empty embed", send(), embed(json!({})), FORM, "embeds.0.description: BASE_TYPE_REQUIRED");
        refusal("embed of text", send(), embed(json!("x")), FORM, "embeds.0: MODEL_TYPE_CONVERT");
        refusal("long title", send(), embed(json!({"title": long(257)})), FORM, "embeds.0.title: BASE_TYPE_MAX_LENGTH");
        refusal("long description", send(), embed(json!({"description": long(4_097)})), FORM, "embeds.0.description: BASE_TYPE_MAX_LENGTH");
        refusal("field without a name", send(), embed(json!({"fields": [{"value": "x"}]})), FORM, "embeds.0.fields.0.name: BASE_TYPE_REQUIRED");
        refusal("long field", send(), embed(json!({"fields": [{"name": "x", "value": long(1_025)}]})), FORM, "embeds.0.fields.0.value: BASE_TYPE_MAX_LENGTH");
        refusal("26 fields", send(), embed(json!({"fields": vec![json!({"name": "x", "value": "y"}); 26]})), FORM, "embeds.0.fields: BASE_TYPE_MAX_LENGTH");
        refusal("long footer", send(), embed(json!({"footer": {"text": long(2_049)}})), FORM, "embeds.0.footer.text: BASE_TYPE_MAX_LENGTH");
        refusal("author without a name", send(), embed(json!({"author": {"url": "https://x.org"}})), FORM, "embeds.0.author.name: BASE_TYPE_REQUIRED");
        refusal("scheme", send(), embed(json!({"title": "x", "url": "ftp://x.org"})), FORM, "embeds.0.url: URL_TYPE_INVALID_SCHEME");
        refusal("no address", send(), embed(json!({"title": "x", "image": {"url": "nowhere"}})), FORM, "embeds.0.image.url: URL_TYPE_INVALID_URL");
        refusal("colour", send(), embed(json!({"title": "x", "color": 0x1_00_00_00})), FORM, "embeds.0.color: NUMBER_TYPE_MAX");
        refusal("timestamp", send(), embed(json!({"title": "x", "timestamp": "noon"})), FORM, "embeds.0.timestamp: DATE_TIME_TYPE_PARSE");
        refusal("6001 characters", send(), json!({"embeds": [{"description": long(4_000)}, {"description": long(2_001)}]}), FORM, "embeds: MAX_EMBED_SIZE_EXCEEDED");
        // Components.
        refusal("six rows", send(), json!({"content": "x", "components": vec![json!({"type": 1, "components": [button("a")]}); 6]}), FORM, "components: BASE_TYPE_MAX_LENGTH");
        refusal("button at the top", send(), json!({"content": "x", "components": [button("a")]}), FORM, "components.0.type: UNION_TYPE_CHOICES");
        refusal("row in a row", send(), row(vec![json!({"type": 1, "components": [button("a")]})]), FORM, "components.0.components.0.type: UNION_TYPE_CHOICES");
        refusal("unknown type", send(), json!({"content": "x", "components": [{"type": 99}]}), FORM, "components.0.type: UNION_TYPE_CHOICES");
        refusal("no type", send(), json!({"content": "x", "components": [{}]}), FORM, "components.0.type: BASE_TYPE_REQUIRED");
        refusal("empty row", send(), row(vec![]), FORM, "components.0.components: BASE_TYPE_BAD_LENGTH");
        refusal("six buttons", send(), row((0..6).map(|n| button(&n.to_string())).collect()), FORM, "components.0.components: BASE_TYPE_BAD_LENGTH");
        refusal("custom id twice", send(), row(vec![button("a"), button("a")]), FORM, "components.0.components.1.custom_id: COMPONENT_CUSTOM_ID_DUPLICATED");
        refusal("long custom id", send(), row(vec![button(&long(101))]), FORM, "components.0.components.0.custom_id: BASE_TYPE_BAD_LENGTH");
        refusal("long label", send(), row(vec![json!({"type": 2, "style": 1, "label": long(81), "custom_id": "a"})]), FORM, "components.0.components.0.label: BASE_TYPE_MAX_LENGTH");
        refusal("button without a label", send(), row(vec![json!({"type": 2, "style": 1, "custom_id": "a"})]), FORM, "components.0.components.0.label: BASE_TYPE_REQUIRED");
        refusal("button without a style", send(), row(vec![json!({"type": 2, "label": "x", "custom_id": "a"})]), FORM, "components.0.components.0.style: BASE_TYPE_REQUIRED");
        refusal("button of no style", send(), row(vec![json!({"type": 2, "style": 9, "label": "x", "custom_id": "a"})]), FORM, "components.0.components.0.style: BASE_TYPE_CHOICES");
        refusal("link with an id", send(), row(vec![json!({"type": 2, "style": 5, "label": "x", "url": "https://x.org", "custom_id": "a"})]), FORM, "components.0.components.0.custom_id: BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE");
        refusal("button with no emoji", send(), row(vec![json!({"type": 2, "style": 1, "custom_id": "a", "emoji": {"name": "x"}})]), FORM, "components.0.components.0.emoji.name: BUTTON_COMPONENT_INVALID_EMOJI");
        refusal("button with a strange custom emoji", send(), row(vec![json!({"type": 2, "style": 1, "custom_id": "a", "emoji": {"id": "42", "name": "x"}})]), FORM, "components.0.components.0.emoji.id: BUTTON_COMPONENT_INVALID_EMOJI");
        refusal("select beside a button", send(), row(vec![json!({"type": 5, "custom_id": "u"}), button("a")]), FORM, "components.0.components: COMPONENT_LAYOUT_WIDTH_EXCEEDED");
        refusal("select without options", send(), row(vec![json!({"type": 3, "custom_id": "s"})]), FORM, "components.0.components.0.options: BASE_TYPE_REQUIRED");
        refusal("26 options", send(), select((0..26).map(|n| option(&n.to_string())).collect()), FORM, "components.0.components.0.options: BASE_TYPE_BAD_LENGTH");
        refusal("one value twice", send(), select(vec![option("a"), option("a")]), FORM, "components.0.components.0.options.1.value: SELECT_COMPONENT_OPTION_VALUE_DUPLICATED");
        refusal("more than there are", send(), row(vec![json!({"type": 3, "custom_id": "s", "max_values": 2, "options": [option("a")]})]), FORM, "components.0.components.0.max_values: SELECT_COMPONENT_MAX_VALUES_EXCEED_OPTIONS");
        refusal("least above most", send(), row(vec![json!({"type": 5, "custom_id": "u", "min_values": 3, "max_values": 2})]), FORM, "components.0.components.0.min_values: NUMBER_TYPE_MAX");
        refusal("text input in a message", send(), row(vec![json!({"type": 4, "custom_id": "t", "style": 1, "label": "x"})]), FORM, "components.0.components.0.type: UNION_TYPE_CHOICES");
        // The newer layout.
        refusal("content beside it", send(), json!({"flags": 32_768, "content": "x", "components": [{"type": 10, "content": "x"}]}), FORM, "content: MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2");
        refusal("it without its flag", send(), json!({"components": [{"type": 10, "content": "x"}]}), FORM, "components.0.type: UNION_TYPE_CHOICES");
        refusal("41 components", send(), v2(json!([{"type": 17, "components": vec![json!({"type": 14}); 40]}])), FORM, "components: COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED");
        refusal("container in a container", send(), v2(json!([{"type": 17, "components": [{"type": 17, "components": []}]}])), FORM, "components.0.components.0.type: UNION_TYPE_CHOICES");
        refusal("section without accessory", send(), v2(json!([{"type": 9, "components": [{"type": 10, "content": "x"}]}])), FORM, "components.0.accessory: BASE_TYPE_REQUIRED");
        refusal("4001 characters", send(), v2(json!([{"type": 10, "content": long(2_000)}, {"type": 10, "content": long(2_001)}])), FORM, "components: COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED");
        refusal("empty text", send(), v2(json!([{"type": 10, "content": ""}])), FORM, "components.0.content: BASE_TYPE_REQUIRED");
        refusal("one number twice", send(), v2(json!([{"type": 10, "content": "a", "id": 3}, {"type": 10, "content": "b", "id": 3}])), FORM, "components.1.id: COMPONENT_ID_DUPLICATED");
    ];
    check(&bot, table).await;
}
