//! Message components: rows, buttons, selects and the newer layout components, as Discord validates them.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Form, Object, snowflake};
use crate::emoji;
use crate::id::Snowflake;

/// Component types by Discord's number.
pub(crate) mod kind {
    pub(crate) const ACTION_ROW: i64 = 1;
    pub(crate) const BUTTON: i64 = 2;
    pub(crate) const STRING_SELECT: i64 = 3;
    pub(crate) const TEXT_INPUT: i64 = 4;
    pub(crate) const USER_SELECT: i64 = 5;
    pub(crate) const ROLE_SELECT: i64 = 6;
    pub(crate) const MENTIONABLE_SELECT: i64 = 7;
    pub(crate) const CHANNEL_SELECT: i64 = 8;
    pub(crate) const SECTION: i64 = 9;
    pub(crate) const TEXT_DISPLAY: i64 = 10;
    pub(crate) const THUMBNAIL: i64 = 11;
    pub(crate) const MEDIA_GALLERY: i64 = 12;
    pub(crate) const FILE: i64 = 13;
    pub(crate) const SEPARATOR: i64 = 14;
    pub(crate) const CONTAINER: i64 = 17;
    pub(crate) const LABEL: i64 = 18;
}

/// The message flag that switches the newer layout on (Discord's).
pub(crate) const IS_COMPONENTS_V2: u64 = 1 << 15;
/// Most components of a message of the newer layout, nested ones included (Discord's).
const V2_COMPONENTS: usize = 40;
/// Most characters of all text displays of a message together (Discord's).
const V2_TEXT_CHARS: usize = 4_000;

/// Validates `components` and returns them as Discord answers them, or `None` when the key is absent.
pub(crate) fn read(form: &Form<'_>, v2: bool) -> Option<Vec<Value>> {
    if form.has("components") && form.raw("components").is_none() {
        return Some(Vec::new());
    }
    let top = form.forms("components", 0, if v2 { V2_COMPONENTS } else { 5 })?;
    let mut reader = Reader::default();
    let read: Vec<Value> = top.iter().map(|component| reader.top(component, v2)).collect();
    if v2 && reader.count > V2_COMPONENTS {
        form.wrong(
            "components",
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            "The maximum number of total components is 40",
        );
    }
    if reader.text_chars > V2_TEXT_CHARS {
        form.wrong(
            "components",
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            "The total size of displayable text in components exceeds 4000",
        );
    }
    Some(read)
}

/// Walks the components of one message.
#[derive(Default)]
pub(crate) struct Reader {
    count: usize,
    text_chars: usize,
    next_id: i64,
    given_ids: HashSet<i64>,
    custom_ids: HashSet<String>,
}

impl Reader {
    fn top(&mut self, form: &Form<'_>, v2: bool) -> Value {
        let allowed: &[i64] = if v2 {
            &[
                kind::ACTION_ROW,
                kind::SECTION,
                kind::TEXT_DISPLAY,
                kind::MEDIA_GALLERY,
                kind::FILE,
                kind::SEPARATOR,
                kind::CONTAINER,
            ]
        } else {
            &[kind::ACTION_ROW]
        };
        self.one(form, allowed)
    }

    /// Reads one component that must be of an `allowed` type.
    pub(crate) fn one(&mut self, form: &Form<'_>, allowed: &[i64]) -> Value {
        self.count += 1;
        self.next_id += 1;
        let mut read = Object::new();
        if form.raw("type").is_none() {
            form.missing("type");
            return read.into();
        }
        let Some(kind) = form.integer("type", i64::MIN, i64::MAX) else {
            return read.into();
        };
        if !allowed.contains(&kind) {
            let names: Vec<String> = allowed.iter().map(|kind| format!("'{kind}'")).collect();
            let message = format!("Value of field \"type\" must be one of ({}).", names.join(", "));
            form.wrong("type", "UNION_TYPE_CHOICES", message);
            return read.into();
        }
        read.insert("type".to_owned(), kind.into());
        let given = form.integer("id", 0, i64::from(i32::MAX)).filter(|id| *id > 0);
        if let Some(id) = given
            && !self.given_ids.insert(id)
        {
            form.wrong(
                "id",
                "COMPONENT_ID_DUPLICATED",
                "Component id cannot be duplicated",
            );
        }
        let id = given.unwrap_or(self.next_id);
        read.insert("id".to_owned(), id.into());
        match kind {
            kind::ACTION_ROW => self.row(form, &mut read),
            kind::BUTTON => self.button(form, &mut read),
            kind::STRING_SELECT
            | kind::USER_SELECT
            | kind::ROLE_SELECT
            | kind::MENTIONABLE_SELECT
            | kind::CHANNEL_SELECT => self.select(form, kind, &mut read),
            kind::SECTION => self.section(form, &mut read),
            kind::TEXT_DISPLAY => self.text_display(form, &mut read),
            kind::THUMBNAIL => media(form, "media", &mut read),
            kind::MEDIA_GALLERY => gallery(form, &mut read),
            kind::FILE => media(form, "file", &mut read),
            kind::SEPARATOR => {
                read.insert(
                    "divider".to_owned(),
                    form.boolean("divider").unwrap_or(true).into(),
                );
                read.insert(
                    "spacing".to_owned(),
                    form.integer("spacing", 1, 2).unwrap_or(1).into(),
                );
            }
            kind::CONTAINER => self.container(form, &mut read),
            _ => {}
        }
        read.into()
    }

    fn row(&mut self, form: &Form<'_>, read: &mut Object) {
        if form.raw("components").is_none() {
            form.missing("components");
            return;
        }
        let Some(children) = form.forms("components", 1, 5) else {
            return;
        };
        let allowed = [
            kind::BUTTON,
            kind::STRING_SELECT,
            kind::USER_SELECT,
            kind::ROLE_SELECT,
            kind::MENTIONABLE_SELECT,
            kind::CHANNEL_SELECT,
        ];
        let components: Vec<Value> = children.iter().map(|child| self.one(child, &allowed)).collect();
        let selects = components
            .iter()
            .filter(|child| child["type"] != kind::BUTTON)
            .count();
        if selects > 0 && components.len() > 1 {
            form.wrong(
                "components",
                "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
                "The specified component exceeds the maximum width",
            );
        }
        read.insert("components".to_owned(), components.into());
    }

    fn button(&mut self, form: &Form<'_>, read: &mut Object) {
        if form.raw("style").is_none() {
            form.missing("style");
            return;
        }
        let Some(style) = form.integer("style", i64::MIN, i64::MAX) else {
            return;
        };
        if !(1..=6).contains(&style) {
            form.wrong(
                "style",
                "BASE_TYPE_CHOICES",
                "Value must be one of {1, 2, 3, 4, 5, 6}.",
            );
            return;
        }
        read.insert("style".to_owned(), style.into());
        let label = form.text("label", 80).filter(|label| !label.is_empty());
        let emoji = read_emoji(form);
        match style {
            5 => {
                if form.raw("url").is_none() {
                    form.wrong("url", "BASE_TYPE_REQUIRED", "This field is required");
                } else if let Some(url) = form.url("url", false) {
                    read.insert("url".to_owned(), url.into());
                }
                if form.raw("custom_id").is_some() {
                    let text = "A custom id and url cannot both be specified";
                    form.wrong(
                        "custom_id",
                        "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                        text,
                    );
                }
            }
            6 => match form.snowflake("sku_id") {
                Some(sku) => drop(read.insert("sku_id".to_owned(), json!(sku))),
                None => form.missing("sku_id"),
            },
            _ => {
                if form.raw("url").is_some() {
                    let text = "A custom id and url cannot both be specified";
                    form.wrong(
                        "custom_id",
                        "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                        text,
                    );
                }
                self.custom_id(form, read);
            }
        }
        if label.is_none() && emoji.is_none() && style != 6 {
            form.wrong("label", "BASE_TYPE_REQUIRED", "This field is required");
        }
        if let Some(label) = label {
            read.insert("label".to_owned(), label.into());
        }
        if let Some(emoji) = emoji {
            read.insert("emoji".to_owned(), emoji);
        }
        if let Some(disabled) = form.boolean("disabled") {
            read.insert("disabled".to_owned(), disabled.into());
        }
    }

    fn select(&mut self, form: &Form<'_>, kind: i64, read: &mut Object) {
        self.custom_id(form, read);
        if let Some(placeholder) = form.text("placeholder", 150) {
            read.insert("placeholder".to_owned(), placeholder.into());
        }
        let min = form.integer("min_values", 0, 25).unwrap_or(1);
        let max = form.integer("max_values", 1, 25).unwrap_or(1);
        if min > max {
            form.wrong(
                "min_values",
                "NUMBER_TYPE_MAX",
                format!("int value should be less than or equal to {max}."),
            );
        }
        read.insert("min_values".to_owned(), min.into());
        read.insert("max_values".to_owned(), max.into());
        if let Some(disabled) = form.boolean("disabled") {
            read.insert("disabled".to_owned(), disabled.into());
        }
        if let Some(required) = form.boolean("required") {
            read.insert("required".to_owned(), required.into());
        }
        if kind == kind::STRING_SELECT {
            if form.raw("options").is_none() {
                form.missing("options");
            } else if let Some(options) = form.forms("options", 1, 25) {
                let read_options = select_options(&options);
                let defaults = read_options
                    .iter()
                    .filter(|option| option["default"] == true)
                    .count();
                if i64::try_from(defaults).unwrap_or(i64::MAX) > max {
                    let text = "The number of default options exceeds max_values";
                    form.wrong("options", "SELECT_COMPONENT_DEFAULT_VALUES_EXCEED_MAX", text);
                }
                if i64::try_from(read_options.len()).unwrap_or(0) < max {
                    let text = "max_values cannot exceed the number of options";
                    form.wrong("max_values", "SELECT_COMPONENT_MAX_VALUES_EXCEED_OPTIONS", text);
                }
                read.insert("options".to_owned(), read_options.into());
            }
            return;
        }
        if kind == kind::CHANNEL_SELECT
            && let Some(types) = form.list("channel_types", 0, 25)
        {
            read.insert("channel_types".to_owned(), types.clone().into());
        }
        if let Some(defaults) = form.forms("default_values", 0, 25) {
            let values: Vec<Value> = defaults
                .iter()
                .filter_map(|value| {
                    Some(json!({"id": value.snowflake("id")?, "type": value.required_text("type", 1, 20)?}))
                })
                .collect();
            read.insert("default_values".to_owned(), values.into());
        }
    }

    fn section(&mut self, form: &Form<'_>, read: &mut Object) {
        let Some(texts) = form.forms("components", 1, 3) else {
            form.missing("components");
            return;
        };
        let texts: Vec<Value> = texts
            .iter()
            .map(|text| self.one(text, &[kind::TEXT_DISPLAY]))
            .collect();
        read.insert("components".to_owned(), texts.into());
        match form.form("accessory") {
            Some(accessory) => {
                let accessory = self.one(&accessory, &[kind::BUTTON, kind::THUMBNAIL]);
                read.insert("accessory".to_owned(), accessory);
            }
            None => form.missing("accessory"),
        }
    }

    fn text_display(&mut self, form: &Form<'_>, read: &mut Object) {
        if let Some(text) = form.required_text("content", 1, V2_TEXT_CHARS) {
            self.text_chars += text.chars().count();
            read.insert("content".to_owned(), text.into());
        }
    }

    fn container(&mut self, form: &Form<'_>, read: &mut Object) {
        let Some(children) = form.forms("components", 1, V2_COMPONENTS) else {
            form.missing("components");
            return;
        };
        let allowed = [
            kind::ACTION_ROW,
            kind::TEXT_DISPLAY,
            kind::SECTION,
            kind::MEDIA_GALLERY,
            kind::SEPARATOR,
            kind::FILE,
        ];
        let children: Vec<Value> = children.iter().map(|child| self.one(child, &allowed)).collect();
        read.insert("components".to_owned(), children.into());
        let color = form.integer("accent_color", 0, 0xFF_FF_FF);
        read.insert("accent_color".to_owned(), json!(color));
        read.insert(
            "spoiler".to_owned(),
            form.boolean("spoiler").unwrap_or(false).into(),
        );
    }

    /// Reads the custom id, which must be there and unique in the message.
    pub(crate) fn custom_id(&mut self, form: &Form<'_>, read: &mut Object) {
        if form.raw("custom_id").is_none() {
            form.wrong("custom_id", "BASE_TYPE_REQUIRED", "This field is required");
            return;
        }
        let Some(custom_id) = form.text_between("custom_id", 1, 100) else {
            return;
        };
        if !self.custom_ids.insert(custom_id.clone()) {
            form.wrong(
                "custom_id",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            );
        }
        read.insert("custom_id".to_owned(), custom_id.into());
    }
}

fn select_options(options: &[Form<'_>]) -> Vec<Value> {
    let mut values = HashSet::new();
    let mut read = Vec::with_capacity(options.len());
    for option in options {
        let mut one = Object::new();
        if let Some(label) = option.required_text("label", 1, 100) {
            one.insert("label".to_owned(), label.into());
        }
        if let Some(value) = option.required_text("value", 1, 100) {
            if !values.insert(value.clone()) {
                let text = "The specified option value is already used";
                option.wrong("value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text);
            }
            one.insert("value".to_owned(), value.into());
        }
        if let Some(description) = option.text("description", 100) {
            one.insert("description".to_owned(), description.into());
        }
        if let Some(emoji) = read_emoji(option) {
            one.insert("emoji".to_owned(), emoji);
        }
        if let Some(default) = option.boolean("default") {
            one.insert("default".to_owned(), default.into());
        }
        read.push(Value::Object(one));
    }
    read
}

/// Reads the emoji of a button or an option.
fn read_emoji(form: &Form<'_>) -> Option<Value> {
    let emoji = form.form("emoji")?;
    let name = emoji.text("name", 100);
    if let Some(id) = emoji.snowflake("id") {
        let animated = emoji.boolean("animated").unwrap_or(false);
        return Some(json!({"id": id, "name": name, "animated": animated}));
    }
    if let Some(name) = name.as_deref().and_then(emoji::unicode) {
        Some(json!({"name": name}))
    } else {
        emoji.wrong("name", "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji");
        None
    }
}

fn media(form: &Form<'_>, key: &str, read: &mut Object) {
    match form.form(key) {
        Some(item) => match item.url("url", true) {
            Some(url) => drop(read.insert(key.to_owned(), json!({"url": url, "proxy_url": url}))),
            None if item.raw("url").is_none() => item.missing("url"),
            None => {}
        },
        None => form.missing(key),
    }
    read.insert("description".to_owned(), json!(form.text("description", 1_024)));
    read.insert(
        "spoiler".to_owned(),
        form.boolean("spoiler").unwrap_or(false).into(),
    );
}

fn gallery(form: &Form<'_>, read: &mut Object) {
    let Some(items) = form.forms("items", 1, 10) else {
        form.missing("items");
        return;
    };
    let items: Vec<Value> = items
        .iter()
        .map(|item| {
            let mut one = Object::new();
            media(item, "media", &mut one);
            Value::Object(one)
        })
        .collect();
    read.insert("items".to_owned(), items.into());
}

/// Tells whether somebody could use it, or one inside it, in a way the app hears of.
pub(crate) fn interactive(component: &Value) -> bool {
    let children = component["components"].as_array().map_or(&[][..], Vec::as_slice);
    component.get("custom_id").is_some()
        || component.get("accessory").is_some_and(interactive)
        || children.iter().any(interactive)
}

/// Returns the custom emojis of components, each with the path where it stands.
pub(crate) fn custom_emojis(value: &Value, path: &str, found: &mut Vec<(String, Snowflake)>) {
    match value {
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                custom_emojis(inner, &format!("{path}.{index}"), found);
            }
        }
        Value::Object(object) => {
            for (key, inner) in object {
                let deeper = format!("{path}.{key}");
                match inner.get("id").filter(|_| key == "emoji").and_then(snowflake) {
                    Some(id) => found.push((format!("{deeper}.id"), id)),
                    None => custom_emojis(inner, &deeper, found),
                }
            }
        }
        _ => {}
    }
}

/// Finds the component with `custom_id`, however deep.
pub(crate) fn find<'a>(components: &'a [Value], custom_id: &str) -> Option<&'a Value> {
    components.iter().find_map(|component| {
        if component["custom_id"] == custom_id {
            return Some(component);
        }
        let children = component["components"].as_array().map_or(&[][..], Vec::as_slice);
        let inner = component.get("accessory").or_else(|| component.get("component"));
        find(children, custom_id)
            .or_else(|| inner.and_then(|inner| find(std::slice::from_ref(inner), custom_id)))
    })
}
