//! Embeds and components looked at before Discord is asked, where that is cheap: kinds, counts and lengths. The
//! field that is wrong is named by its path, for example `embeds[0].fields[2].value`. What is left, Discord judges.

use std::collections::HashSet;

use homemaid_protocol::RpcError;
use serde_json::Value;

use crate::json::{list, text};

/// Characters of all embeds of a message together.
const EMBED_CHARS: usize = 6_000;
const TITLE_CHARS: usize = 256;
const DESCRIPTION_CHARS: usize = 4_096;
const FOOTER_CHARS: usize = 2_048;
/// Fields of an embed.
const FIELDS: usize = 25;
const FIELD_NAME_CHARS: usize = 256;
const FIELD_VALUE_CHARS: usize = 1_024;
/// Brightest white.
const COLORS: u64 = 0xff_ff_ff;

const CUSTOM_ID_CHARS: usize = 100;
const LABEL_CHARS: usize = 80;
/// Buttons of a row.
const BUTTONS: usize = 5;
/// Choices of a select, and of each the characters.
const CHOICES: usize = 25;
const CHOICE_CHARS: usize = 100;
const PLACEHOLDER_CHARS: usize = 150;
const INPUT_LABEL_CHARS: usize = 45;
const INPUT_PLACEHOLDER_CHARS: usize = 100;
const INPUT_VALUE_CHARS: usize = 4_000;

const ROW: u64 = 1;
const BUTTON: u64 = 2;
const STRING_SELECT: u64 = 3;
const TEXT_INPUT: u64 = 4;
/// String, user, role, mentionable and channel selects.
const SELECTS: [u64; 5] = [STRING_SELECT, 5, 6, 7, 8];
const LINK: u64 = 5;
const PREMIUM: u64 = 6;

type Checked<T = ()> = Result<T, RpcError>;

/// Checks the embeds of a message.
pub(super) fn embeds(embeds: &[Value]) -> Checked {
    let mut chars = 0;
    for (n, embed) in embeds.iter().enumerate() {
        let at = |name: &str| format!("embeds[{n}].{name}");
        chars += up_to(&embed["title"], TITLE_CHARS, || at("title"))?;
        chars += up_to(&embed["description"], DESCRIPTION_CHARS, || at("description"))?;
        chars += up_to(&embed["footer"]["text"], FOOTER_CHARS, || at("footer.text"))?;
        chars += up_to(&embed["author"]["name"], TITLE_CHARS, || at("author.name"))?;
        let fields = embed_fields(&embed["fields"], || at("fields"))?;
        for (f, field) in fields.iter().enumerate() {
            for (name, most) in [("name", FIELD_NAME_CHARS), ("value", FIELD_VALUE_CHARS)] {
                chars += filled(&field[name], most, || at(&format!("fields[{f}].{name}")))?;
            }
        }
        if embed["color"].as_f64().is_some() && embed["color"].as_u64().is_none_or(|color| color > COLORS) {
            return Err(RpcError::validation(
                &at("color"),
                "a whole number from 0 to 16777215",
            ));
        }
        for (outer, inner, files) in [
            ("url", None, false),
            ("author", Some("url"), false),
            ("author", Some("icon_url"), true),
            ("footer", Some("icon_url"), true),
            ("image", Some("url"), true),
            ("thumbnail", Some("url"), true),
        ] {
            let value = inner.map_or(&embed[outer], |inner| &embed[outer][inner]);
            address(value, files, || {
                at(&inner.map_or_else(|| outer.to_owned(), |inner| format!("{outer}.{inner}")))
            })?;
        }
    }
    if chars > EMBED_CHARS {
        return Err(RpcError::validation(
            "embeds",
            "at most 6000 characters of text in all embeds together",
        ));
    }
    Ok(())
}

fn embed_fields(fields: &Value, at: impl Fn() -> String) -> Checked<&[Value]> {
    match fields {
        Value::Null => Ok(&[]),
        Value::Array(fields) if fields.len() <= FIELDS && fields.iter().all(Value::is_object) => Ok(fields),
        _ => Err(RpcError::validation(
            &at(),
            "a list of at most 25 objects with name and value",
        )),
    }
}

/// Checks the rows of components of a message.
pub(super) fn rows(rows: &[Value]) -> Checked {
    let mut ids = HashSet::new();
    for (n, row) in rows.iter().enumerate() {
        let at = format!("components[{n}]");
        if row["type"] != ROW {
            return Err(RpcError::validation(&format!("{at}.type"), "1, an action row"));
        }
        let children = list(row, "components");
        let buttons = children.iter().all(|child| child["type"] == BUTTON);
        let one_select = matches!(children, [only] if SELECTS.iter().any(|kind| only["type"] == *kind));
        if !(one_select || buttons && (1..=BUTTONS).contains(&children.len())) {
            return Err(RpcError::validation(
                &format!("{at}.components"),
                "1 to 5 buttons, or one select",
            ));
        }
        for (c, child) in children.iter().enumerate() {
            let at = format!("{at}.components[{c}]");
            if buttons {
                button(child, &at, &mut ids)?;
            } else {
                select(child, &at, &mut ids)?;
            }
        }
    }
    Ok(())
}

fn button<'a>(button: &'a Value, at: &str, ids: &mut HashSet<&'a str>) -> Checked {
    let style = button["style"]
        .as_u64()
        .filter(|style| (1..=PREMIUM).contains(style));
    let style = style.ok_or_else(|| RpcError::validation(&format!("{at}.style"), "a number from 1 to 6"))?;
    up_to(&button["label"], LABEL_CHARS, || format!("{at}.label"))?;
    match style {
        LINK if text(button, "url").is_none_or(str::is_empty) => Err(RpcError::validation(
            &format!("{at}.url"),
            "an address, for a button of style 5",
        )),
        LINK | PREMIUM => Ok(()),
        _ => {
            custom_id(button, at, ids)?;
            let blank = text(button, "label").is_none_or(str::is_empty) && button["emoji"].is_null();
            if blank {
                return Err(RpcError::validation(
                    &format!("{at}.label"),
                    "a non-empty string unless there is an emoji",
                ));
            }
            Ok(())
        }
    }
}

fn select<'a>(select: &'a Value, at: &str, ids: &mut HashSet<&'a str>) -> Checked {
    custom_id(select, at, ids)?;
    up_to(&select["placeholder"], PLACEHOLDER_CHARS, || {
        format!("{at}.placeholder")
    })?;
    if select["type"] == STRING_SELECT {
        let choices = list(select, "options");
        if !(1..=CHOICES).contains(&choices.len()) {
            return Err(RpcError::validation(
                &format!("{at}.options"),
                "a list of 1 to 25 choices",
            ));
        }
        let mut values = HashSet::new();
        for (c, choice) in choices.iter().enumerate() {
            let at = |name: &str| format!("{at}.options[{c}].{name}");
            filled(&choice["label"], CHOICE_CHARS, || at("label"))?;
            filled(&choice["value"], CHOICE_CHARS, || at("value"))?;
            up_to(&choice["description"], CHOICE_CHARS, || at("description"))?;
            if !values.insert(choice["value"].to_string()) {
                return Err(RpcError::validation(
                    &at("value"),
                    "different from those of the other choices",
                ));
            }
        }
    }
    let (least, most) = (select["min_values"].as_u64(), select["max_values"].as_u64());
    if least.unwrap_or(0) > most.unwrap_or(1).max(1) || most == Some(0) || most.unwrap_or(1) > CHOICES as u64
    {
        return Err(RpcError::validation(
            &format!("{at}.max_values"),
            "a number from 1 to 25, not below min_values",
        ));
    }
    Ok(())
}

/// Checks the text inputs of a modal's rows.
pub(super) fn inputs(rows: &[Value]) -> Checked {
    let mut ids = HashSet::new();
    for (n, row) in rows.iter().enumerate() {
        let (input, at) = match list(row, "components") {
            [input] => (input, format!("components[{n}].components[0]")),
            _ => (&row["component"], format!("components[{n}].component")),
        };
        if input["type"] != TEXT_INPUT {
            continue;
        }
        custom_id(input, &at, &mut ids)?;
        // A label around the input carries the words itself.
        if row["type"] == ROW {
            filled(&input["label"], INPUT_LABEL_CHARS, || format!("{at}.label"))?;
        }
        up_to(&input["placeholder"], INPUT_PLACEHOLDER_CHARS, || {
            format!("{at}.placeholder")
        })?;
        up_to(&input["value"], INPUT_VALUE_CHARS, || format!("{at}.value"))?;
        if !input["style"]
            .as_u64()
            .is_some_and(|style| matches!(style, 1 | 2))
        {
            return Err(RpcError::validation(
                &format!("{at}.style"),
                "1 for a line or 2 for a paragraph",
            ));
        }
    }
    Ok(())
}

fn custom_id<'a>(component: &'a Value, at: &str, ids: &mut HashSet<&'a str>) -> Checked {
    let at = || format!("{at}.custom_id");
    filled(&component["custom_id"], CUSTOM_ID_CHARS, at)?;
    match text(component, "custom_id") {
        Some(id) if !ids.insert(id) => Err(RpcError::validation(
            &at(),
            "different from those of the other components",
        )),
        _ => Ok(()),
    }
}

/// Returns the characters of a text that may be absent.
fn up_to(value: &Value, most: usize, at: impl Fn() -> String) -> Checked<usize> {
    let chars = match value {
        Value::Null => Some(0),
        Value::String(text) => Some(text.chars().count()),
        // Discord reads them as text.
        Value::Number(_) | Value::Bool(_) => Some(value.to_string().len()),
        Value::Array(_) | Value::Object(_) => None,
    };
    chars
        .filter(|chars| *chars <= most)
        .ok_or_else(|| RpcError::validation(&at(), &format!("a string of at most {most} characters")))
}

/// Returns the characters of a text that must be there.
fn filled(value: &Value, most: usize, at: impl Fn() -> String) -> Checked<usize> {
    up_to(value, most, &at)
        .ok()
        .filter(|chars| *chars > 0)
        .ok_or_else(|| RpcError::validation(&at(), &format!("a string of 1 to {most} characters")))
}

/// Checks an address; pictures may also be files of the same message.
fn address(value: &Value, files: bool, at: impl Fn() -> String) -> Checked {
    let legal = |url: &str| {
        let lower = url.get(..13).unwrap_or(url).to_ascii_lowercase();
        lower.starts_with("https://")
            || lower.starts_with("http://")
            || files && lower.starts_with("attachment://")
    };
    match value {
        Value::Null => Ok(()),
        Value::String(url) if url.is_empty() || legal(url) => Ok(()),
        _ => Err(RpcError::validation(
            &at(),
            if files {
                "an http, https or attachment address"
            } else {
                "an http or https address"
            },
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn names(checked: Checked, field: &str) {
        let error = checked.expect_err(field);
        assert!(
            error.message().starts_with(&format!("{field} is required")),
            "{error} names {field}"
        );
    }

    fn embed(value: Value) -> Checked {
        embeds(&[json!({"title": "first"}), value])
    }

    #[test]
    fn the_field_of_an_embed_that_is_wrong_is_named() {
        for (value, field) in [
            (json!({"title": "x".repeat(257)}), "embeds[1].title"),
            (json!({"title": ["x"]}), "embeds[1].title"),
            (json!({"description": "x".repeat(4097)}), "embeds[1].description"),
            (
                json!({"footer": {"text": "x".repeat(2049)}}),
                "embeds[1].footer.text",
            ),
            (
                json!({"author": {"name": "x".repeat(257)}}),
                "embeds[1].author.name",
            ),
            (json!({"fields": {}}), "embeds[1].fields"),
            (
                json!({"fields": vec![json!({"name": "n", "value": "v"}); 26]}),
                "embeds[1].fields",
            ),
            (
                json!({"fields": [{"name": "n", "value": ""}]}),
                "embeds[1].fields[0].value",
            ),
            (json!({"fields": [{"value": "v"}]}), "embeds[1].fields[0].name"),
            (
                json!({"fields": [{"name": "n", "value": "x".repeat(1025)}]}),
                "embeds[1].fields[0].value",
            ),
            (json!({"color": 16_777_216}), "embeds[1].color"),
            (json!({"color": -1}), "embeds[1].color"),
            (json!({"url": "javascript:alert(1)"}), "embeds[1].url"),
            (json!({"url": "attachment://a.png"}), "embeds[1].url"),
            (json!({"image": {"url": "ftp://x"}}), "embeds[1].image.url"),
        ] {
            names(embed(value), field);
        }
        let long = json!({"description": "x".repeat(4000)});
        names(embeds(&[long.clone(), long]), "embeds");
    }

    #[test]
    fn what_discord_takes_passes() {
        let full = json!({"title": 5, "description": "ü".repeat(2000), "color": 0xff_ff_ff, "url": "HTTPS://example.org",
            "image": {"url": "attachment://a.png"}, "footer": {"text": "f", "icon_url": "https://example.org/i.png"},
            "fields": vec![json!({"name": "n", "value": "v", "inline": true}); 25], "timestamp": null});
        assert_eq!(embed(full), Ok(()));
        let buttons = json!({"type": 1, "components": [{"type": 2, "style": 1, "custom_id": "a", "label": "A"},
            {"type": 2, "style": 5, "url": "https://example.org", "label": "Link"},
            {"type": 2, "style": 2, "custom_id": "b", "emoji": {"name": "🎉"}}]});
        let choices: Vec<_> = (0..25)
            .map(|n| json!({"label": "x", "value": n.to_string()}))
            .collect();
        let select = json!({"type": 1, "components": [{"type": 3, "custom_id": "c", "options": choices, "max_values": 25}]});
        let users = json!({"type": 1, "components": [{"type": 5, "custom_id": "d"}]});
        assert_eq!(rows(&[buttons, select, users]), Ok(()));
    }

    #[test]
    fn the_component_that_is_wrong_is_named() {
        let in_row = |child: Value| rows(&[json!({"type": 1, "components": [child]})]);
        let choice = json!({"label": "x", "value": "y"});
        names(rows(&[json!({"type": 2})]), "components[0].type");
        names(
            rows(&[json!({"type": 1, "components": []})]),
            "components[0].components",
        );
        names(
            in_row(json!({"type": 4, "custom_id": "x"})),
            "components[0].components",
        );
        for (child, field) in [
            (json!({"type": 2, "custom_id": "x", "label": "x"}), "style"),
            (json!({"type": 2, "style": 1, "label": "x"}), "custom_id"),
            (
                json!({"type": 2, "style": 1, "label": "x", "custom_id": "x".repeat(101)}),
                "custom_id",
            ),
            (json!({"type": 2, "style": 1, "custom_id": "x"}), "label"),
            (
                json!({"type": 2, "style": 1, "custom_id": "x", "label": "x".repeat(81)}),
                "label",
            ),
            (json!({"type": 2, "style": 5, "label": "x"}), "url"),
            (json!({"type": 3, "custom_id": "x", "options": []}), "options"),
            (
                json!({"type": 3, "custom_id": "x", "options": vec![choice.clone(); 26]}),
                "options",
            ),
            (
                json!({"type": 3, "custom_id": "x", "options": [choice.clone(), choice.clone()]}),
                "options[1].value",
            ),
            (
                json!({"type": 3, "custom_id": "x", "options": [{"value": "y"}]}),
                "options[0].label",
            ),
            (
                json!({"type": 3, "custom_id": "x", "options": [choice], "max_values": 26}),
                "max_values",
            ),
            (
                json!({"type": 6, "custom_id": "x", "placeholder": "x".repeat(151)}),
                "placeholder",
            ),
        ] {
            names(in_row(child), &format!("components[0].components[0].{field}"));
        }
        let twice = json!({"type": 2, "style": 1, "custom_id": "x", "label": "x"});
        names(
            rows(&[json!({"type": 1, "components": [twice, twice]})]),
            "components[0].components[1].custom_id",
        );
    }

    #[test]
    fn text_inputs_have_what_discord_wants() {
        let row = |input: Value| inputs(&[json!({"type": 1, "components": [input]})]);
        assert_eq!(
            row(json!({"type": 4, "custom_id": "a", "label": "A", "style": 1})),
            Ok(())
        );
        for (input, field) in [
            (json!({"type": 4, "custom_id": "a", "style": 1}), "label"),
            (
                json!({"type": 4, "custom_id": "a", "label": "x".repeat(46), "style": 1}),
                "label",
            ),
            (json!({"type": 4, "custom_id": "a", "label": "A"}), "style"),
            (
                json!({"type": 4, "custom_id": "a", "label": "A", "style": 1, "value": "x".repeat(4001)}),
                "value",
            ),
        ] {
            names(row(input), &format!("components[0].components[0].{field}"));
        }
        let labelled =
            json!({"type": 18, "label": "A", "component": {"type": 4, "custom_id": "a", "style": 2}});
        assert_eq!(inputs(&[labelled]), Ok(()));
    }
}
