//! Modals: what an app may open, in both of Discord's layouts.

use serde_json::{Value, json};

use super::component::{Reader, kind};
use super::{Form, Issues, Object};
use crate::error::ApiError;

/// Validates the `data` of a modal callback and returns it as it is opened.
pub(crate) fn read(data: &Object) -> Result<Value, ApiError> {
    let issues = Issues::default();
    let form = Form::at(data, &issues, &["data"]);
    let custom_id = form.required_text("custom_id", 1, 100);
    let title = form.required_text("title", 1, 45);
    let mut reader = Reader::default();
    let rows = form.forms("components", 1, 5);
    if form.raw("components").is_none() {
        form.missing("components");
    }
    let rows = rows.unwrap_or_default();
    let components: Vec<Value> = rows.iter().map(|row| row_or_label(row, &mut reader)).collect();
    issues.finish()?;
    Ok(json!({"custom_id": custom_id, "title": title, "components": components}))
}

fn row_or_label(form: &Form<'_>, reader: &mut Reader) -> Value {
    let mut read = Object::new();
    match form.integer("type", i64::MIN, i64::MAX) {
        Some(kind::ACTION_ROW) => {
            read.insert("type".to_owned(), kind::ACTION_ROW.into());
            match form.forms("components", 1, 1) {
                Some(inputs) => {
                    let inputs: Vec<Value> = inputs
                        .iter()
                        .map(|input| text_input(input, reader, true))
                        .collect();
                    read.insert("components".to_owned(), inputs.into());
                }
                None if form.raw("components").is_none() => form.missing("components"),
                None => {}
            }
        }
        Some(kind::LABEL) => {
            read.insert("type".to_owned(), kind::LABEL.into());
            let label = form.required_text("label", 1, 45);
            read.insert("label".to_owned(), json!(label));
            if let Some(description) = form.text("description", 100) {
                read.insert("description".to_owned(), description.into());
            }
            match form.form("component") {
                Some(inner) if inner.raw("type") == Some(&json!(kind::TEXT_INPUT)) => {
                    read.insert("component".to_owned(), text_input(&inner, reader, false));
                }
                Some(inner) => {
                    let allowed = [
                        kind::STRING_SELECT,
                        kind::USER_SELECT,
                        kind::ROLE_SELECT,
                        kind::MENTIONABLE_SELECT,
                        kind::CHANNEL_SELECT,
                    ];
                    read.insert("component".to_owned(), reader.one(&inner, &allowed));
                }
                None => form.missing("component"),
            }
        }
        Some(kind::TEXT_DISPLAY) => return reader.one(form, &[kind::TEXT_DISPLAY]),
        Some(_) => form.wrong(
            "type",
            "UNION_TYPE_CHOICES",
            "Value of field \"type\" must be one of ('1', '10', '18').",
        ),
        None => form.missing("type"),
    }
    read.into()
}

fn text_input(form: &Form<'_>, reader: &mut Reader, needs_label: bool) -> Value {
    let mut read = Object::new();
    if form.raw("type") != Some(&json!(kind::TEXT_INPUT)) {
        form.wrong(
            "type",
            "UNION_TYPE_CHOICES",
            "Value of field \"type\" must be one of ('4',).",
        );
        return read.into();
    }
    read.insert("type".to_owned(), kind::TEXT_INPUT.into());
    reader.custom_id(form, &mut read);
    match form.integer("style", 1, 2) {
        Some(style) => drop(read.insert("style".to_owned(), style.into())),
        None if form.raw("style").is_none() => form.missing("style"),
        None => {}
    }
    if needs_label {
        read.insert("label".to_owned(), json!(form.required_text("label", 1, 45)));
    }
    let min = form.integer("min_length", 0, 4_000);
    let max = form.integer("max_length", 1, 4_000);
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        form.wrong(
            "min_length",
            "NUMBER_TYPE_MAX",
            format!("int value should be less than or equal to {max}."),
        );
    }
    let required = form.boolean("required").unwrap_or(true);
    read.insert("required".to_owned(), required.into());
    for (key, value) in [("min_length", min), ("max_length", max)] {
        if let Some(value) = value {
            read.insert(key.to_owned(), value.into());
        }
    }
    for (key, limit) in [("value", 4_000), ("placeholder", 100)] {
        if let Some(text) = form.text(key, limit) {
            read.insert(key.to_owned(), text.into());
        }
    }
    read.into()
}

/// Returns the inputs of an opened modal, whatever holds them.
pub(crate) fn inputs(components: &[Value]) -> Vec<&Value> {
    components
        .iter()
        .filter_map(|row| row["components"].get(0).or_else(|| row.get("component")))
        .collect()
}
