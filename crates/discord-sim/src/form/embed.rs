//! Embeds: Discord's limits, and how Discord gives them back.

use serde_json::{Value, json};

use super::{Form, Object};
use crate::clock::iso;

/// Most embeds of a message (Discord's).
pub(crate) const EMBEDS: usize = 10;
/// Most characters of all embeds of a message together (Discord's).
const TOTAL_CHARS: usize = 6_000;

/// Validates `embeds` and returns them as Discord answers them, or `None` when the key is absent.
pub(crate) fn read(form: &Form<'_>) -> Option<Vec<Value>> {
    if form.has("embeds") && form.raw("embeds").is_none() {
        return Some(Vec::new());
    }
    let embeds = form.forms("embeds", 0, EMBEDS)?;
    let mut chars = 0;
    let read = embeds.iter().map(|embed| one(embed, &mut chars)).collect();
    if chars > TOTAL_CHARS {
        form.wrong(
            "embeds",
            "MAX_EMBED_SIZE_EXCEEDED",
            "Embed size exceeds maximum size of 6000",
        );
    }
    Some(read)
}

/// Reads one embed and adds its characters to `chars`.
fn one(form: &Form<'_>, chars: &mut usize) -> Value {
    let mut embed = Object::new();
    embed.insert("type".to_owned(), json!("rich"));
    let mut text = |embed: &mut Object, form: &Form<'_>, key: &str, max: usize| {
        if let Some(text) = form.text(key, max).filter(|text| !text.is_empty()) {
            *chars += text.chars().count();
            embed.insert(key.to_owned(), text.into());
        }
    };
    text(&mut embed, form, "title", 256);
    text(&mut embed, form, "description", 4_096);
    if let Some(url) = form.url("url", false) {
        embed.insert("url".to_owned(), url.into());
    }
    if let Some(color) = form.integer("color", 0, 0xFF_FF_FF) {
        embed.insert("color".to_owned(), color.into());
    }
    if let Some(at) = form.time("timestamp") {
        embed.insert("timestamp".to_owned(), iso(at).into());
    }
    if let Some(author) = form.form("author") {
        let mut read = Object::new();
        if author.raw("name").is_none() {
            author.missing("name");
        }
        text(&mut read, &author, "name", 256);
        links(&mut read, &author, &[("url", false), ("icon_url", true)]);
        embed.insert("author".to_owned(), read.into());
    }
    if let Some(footer) = form.form("footer") {
        let mut read = Object::new();
        if footer.raw("text").is_none() {
            footer.missing("text");
        }
        text(&mut read, &footer, "text", 2_048);
        links(&mut read, &footer, &[("icon_url", true)]);
        embed.insert("footer".to_owned(), read.into());
    }
    for key in ["image", "thumbnail"] {
        if let Some(image) = form.form(key) {
            let mut read = Object::new();
            if image.raw("url").is_none() {
                image.missing("url");
            }
            links(&mut read, &image, &[("url", true)]);
            if let Some(url) = read.get("url").cloned() {
                read.insert("proxy_url".to_owned(), url);
                read.insert("width".to_owned(), 0.into());
                read.insert("height".to_owned(), 0.into());
            }
            embed.insert(key.to_owned(), read.into());
        }
    }
    if let Some(fields) = form.forms("fields", 0, 25) {
        let mut read = Vec::with_capacity(fields.len());
        for field in &fields {
            let mut one = Object::new();
            for key in ["name", "value"] {
                if field.raw(key).and_then(Value::as_str).is_none_or(str::is_empty)
                    && !field.raw(key).is_some_and(Value::is_number)
                {
                    field.missing(key);
                }
            }
            text(&mut one, field, "name", 256);
            text(&mut one, field, "value", 1_024);
            one.insert(
                "inline".to_owned(),
                field.boolean("inline").unwrap_or(false).into(),
            );
            read.push(Value::Object(one));
        }
        if !read.is_empty() {
            embed.insert("fields".to_owned(), read.into());
        }
    }
    let shows = [
        "title",
        "description",
        "author",
        "footer",
        "image",
        "thumbnail",
        "fields",
        "url",
        "timestamp",
    ];
    if !shows.iter().any(|key| embed.contains_key(*key)) {
        form.missing("description");
    }
    embed.into()
}

/// Copies addresses that are well formed.
fn links(read: &mut Object, form: &Form<'_>, keys: &[(&str, bool)]) {
    for (key, attachments) in keys {
        if let Some(url) = form.url(key, *attachments) {
            read.insert((*key).to_owned(), url.into());
        }
    }
}
