//! What a statement may be before anybody parses it (sql §2), and its placeholders (sql §3).

use crate::lex::{self, Kind, Statement};
use crate::limits::{PARAMS, RUN, STATEMENTS, TEXT_BYTES};

/// Words in a row that are refused outside quotes. A last word that ends in `*` is a prefix.
const BLOCKED: &[&str] = &[
    "CREATE FUNCTION",
    "CREATE TRIGGER",
    "CREATE EXTENSION",
    "CREATE ROLE",
    "CREATE USER",
    "COPY",
    "pg_dump",
    "pg_restore",
    "GRANT",
    "REVOKE",
    "ALTER ROLE",
    "ALTER SYSTEM",
    "SET ROLE",
    "SET SESSION",
    "RESET ROLE",
    "LISTEN",
    "NOTIFY",
    "PREPARE",
    "LOAD",
    "lo_import",
    "lo_export",
    "pg_catalog",
    "pg_stat*",
    "information_schema",
    "set_config",
    "current_setting",
    "pg_read_file",
    "pg_read_binary_file",
    "pg_ls_dir",
    "pg_logdir_ls",
    "pg_stat_file",
    "dblink",
    "lo_get",
    "lo_put",
    "lo_from_bytea",
    "DROP SCHEMA",
    "TRUNCATE",
    "SECURITY DEFINER",
    // SQLite's own dangers.
    "load_extension",
    "readfile",
    "writefile",
    "fts3_tokenizer",
    "sqlite_*",
];

/// How a statement may begin; `WITH` is looked at again when it is parsed.
const ALLOWED: &[&str] = &[
    "ALTER TABLE",
    "CREATE INDEX",
    "CREATE TABLE",
    "DELETE",
    "DROP INDEX",
    "DROP TABLE",
    "INSERT",
    "SELECT",
    "UPDATE",
];

/// Checks a text as the host will before it runs it, for whoever judges plugins without running them.
///
/// Returns the contract's rejection text. `several` tells whether statements may be strung together.
pub fn check(sql: &str, several: bool) -> Result<(), String> {
    statements(sql, several, None).map(drop)
}

/// Cuts a text into statements that may be parsed. `schema` is the installation's own schema name.
pub(crate) fn statements(sql: &str, several: bool, schema: Option<&str>) -> Result<Vec<Statement>, String> {
    if sql.len() > TEXT_BYTES {
        return Err(format!("SQL text is longer than {TEXT_BYTES} bytes"));
    }
    let statements = lex::split(sql).map_err(|lex::Unterminated(near)| {
        format!("SQL execution failed: unterminated quoted string at or near \"{near}\"")
    })?;
    if statements.is_empty() {
        return Err("Empty SQL statement".to_owned());
    }
    if statements.len() > 1 && !several {
        return Err("Only one SQL statement is allowed per call; split the text at its semicolons and make one call each \
                    (sql.execute without params takes several)"
            .to_owned());
    }
    if statements.len() > STATEMENTS {
        return Err(format!("Only {STATEMENTS} SQL statements are allowed per call"));
    }
    let mut checked = Vec::with_capacity(statements.len());
    for statement in statements {
        let statement = own_schema(statement, schema)?;
        blocked(&statement)?;
        leading(&statement)?;
        complexity(&statement)?;
        checked.push(statement);
    }
    Ok(checked)
}

/// Strips the own schema's name and refuses others'.
fn own_schema(statement: Statement, schema: Option<&str>) -> Result<Statement, String> {
    let name = |at: usize| -> Option<String> {
        let token = statement.tokens.get(at)?;
        let name = match token.kind {
            Kind::Word => statement.at(token).to_lowercase(),
            Kind::Quoted => statement.at(token).trim_matches('"').to_owned(),
            _ => return None,
        };
        let number = name.strip_prefix("plugin_")?.rsplit_once('_')?.1;
        let is_schema = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        (is_schema && statement.is_symbol(at + 1, ".")).then_some(name)
    };
    let mut own = Vec::new();
    for at in 0..statement.tokens.len() {
        if let Some(name) = name(at) {
            if schema.is_some_and(|schema| schema == name) {
                own.push(statement.tokens[at].range.start..statement.tokens[at + 1].range.end);
            } else {
                return Err(format!("Cross-schema reference not allowed: {name}"));
            }
        }
    }
    if own.is_empty() {
        return Ok(statement);
    }
    let mut text = statement.text;
    for range in own.into_iter().rev() {
        text.replace_range(range, "");
    }
    // It was cut into this one statement before, and taking names out of it opens no quote.
    Ok(lex::split(&text)
        .ok()
        .and_then(|mut all| all.pop())
        .unwrap_or_default())
}

fn blocked(statement: &Statement) -> Result<(), String> {
    let words: Vec<String> = (0..statement.tokens.len()).map(|at| statement.word(at)).collect();
    let refuse = |pattern: &str| Err(format!("Blocked SQL pattern: {}", pattern.trim_end_matches('*')));
    for (at, word) in words.iter().enumerate().filter(|(_, word)| !word.is_empty()) {
        for pattern in BLOCKED {
            let mut parts = pattern.split(' ').enumerate();
            let fits = parts.all(|(offset, part)| {
                let part = part.to_uppercase();
                words
                    .get(at + offset)
                    .is_some_and(|word| match part.strip_suffix('*') {
                        Some(prefix) => word.starts_with(prefix),
                        None => *word == part,
                    })
            });
            if fits {
                return refuse(pattern);
            }
        }
        if word == "DO"
            && statement
                .tokens
                .get(at + 1)
                .is_some_and(|token| token.kind == Kind::Dollar)
        {
            return refuse("DO $$");
        }
        if matches!(word.as_str(), "MAIN" | "TEMP") && statement.is_symbol(at + 1, ".") {
            return refuse(&format!("{}.", word.to_lowercase()));
        }
        if word == "EDIT" && statement.is_symbol(at + 1, "(") {
            return refuse("edit(");
        }
    }
    Ok(())
}

fn leading(statement: &Statement) -> Result<(), String> {
    let mut text = statement.word(0);
    if matches!(text.as_str(), "CREATE" | "ALTER" | "DROP") {
        let unique = usize::from(text == "CREATE" && statement.word(1) == "UNIQUE");
        text = format!("{text} {}", statement.word(1 + unique));
        if unique == 1 && text != "CREATE INDEX" {
            text.clear();
        }
    }
    if text == "WITH" || ALLOWED.contains(&text.as_str()) {
        return Ok(());
    }
    Err(format!(
        "SQL statement type not allowed. Permitted: {}",
        ALLOWED.join(", ")
    ))
}

/// Refuses what would nest too deep in the syntax tree: the parser bounds parentheses, not `1 + 1 + 1 ...`.
fn complexity(statement: &Statement) -> Result<(), String> {
    const NESTING: [&str; 18] = [
        "AND",
        "OR",
        "NOT",
        "IS",
        "IN",
        "LIKE",
        "ILIKE",
        "SIMILAR",
        "BETWEEN",
        "UNION",
        "INTERSECT",
        "EXCEPT",
        "AT",
        "COLLATE",
        "ISNULL",
        "NOTNULL",
        "ESCAPE",
        "OPERATOR",
    ];
    let mut runs = vec![0_usize];
    for (at, token) in statement.tokens.iter().enumerate() {
        let text = statement.at(token);
        let run = runs.last_mut().expect("one run is always there");
        match (token.kind, text) {
            (Kind::Symbol, "(") => runs.push(0),
            (Kind::Symbol, ")") => {
                runs.pop();
                if runs.is_empty() {
                    runs.push(0);
                }
            }
            (Kind::Symbol, ",") => *run = 0,
            (Kind::Symbol, _) => *run += 1,
            (Kind::Word, _) if NESTING.contains(&statement.word(at).as_str()) => *run += 1,
            (Kind::Number, _) => {
                let next = statement.tokens.get(at + 1);
                let glued =
                    next.is_some_and(|next| next.kind == Kind::Word && next.range.start == token.range.end);
                if glued {
                    return Err(format!(
                        "SQL execution failed: trailing junk after numeric literal at or near \"{text}\""
                    ));
                }
            }
            _ => {}
        }
        if runs.last().is_some_and(|run| *run > RUN) || runs.len() > 500 {
            return Err("SQL execution failed: statement too complex".to_owned());
        }
    }
    Ok(())
}

/// Brings a statement's placeholders into the form `$n` (sql §3).
pub(crate) fn placeholders(statement: &Statement, params: usize) -> Result<String, String> {
    if params > PARAMS {
        return Err(format!(
            "too many parameters: {params}, at most {PARAMS} are allowed"
        ));
    }
    let numbered: Vec<usize> = statement
        .tokens
        .iter()
        .filter(|token| token.kind == Kind::Param)
        .map(|token| statement.at(token)[1..].parse().unwrap_or(usize::MAX))
        .collect();
    let percent = |at: usize| {
        statement.is_symbol(at, "%")
            && statement.tokens.get(at + 1).is_some_and(|next| {
                next.range.start == statement.tokens[at].range.end
                    && next.kind == Kind::Word
                    && matches!(statement.at(next), "s" | "b" | "t")
            })
    };
    let positional = if params == 0 {
        0
    } else {
        (0..statement.tokens.len()).filter(|at| percent(*at)).count()
    };
    if positional > 0 && !numbered.is_empty() {
        return Err("placeholders $n and %s cannot be mixed in one statement".to_owned());
    }
    if let Some(highest) = numbered.iter().max() {
        if numbered.contains(&0) || *highest > params {
            return Err(format!(
                "there is no parameter ${highest}: {params} parameters were given"
            ));
        }
        if *highest < params {
            return Err(format!(
                "the statement has {highest} placeholders but {params} parameters were given"
            ));
        }
        return Ok(statement.text.clone());
    }
    if positional != params {
        return Err(format!(
            "the statement has {positional} placeholders but {params} parameters were given"
        ));
    }
    if params == 0 {
        return Ok(statement.text.clone());
    }
    let mut out = String::with_capacity(statement.text.len() + params * 2);
    let (mut copied, mut count, mut at) = (0, 0, 0);
    while at < statement.tokens.len() {
        let token = &statement.tokens[at];
        out.push_str(&statement.text[copied..token.range.start]);
        copied = token.range.end;
        if percent(at) {
            count += 1;
            out.push_str(&format!("${count}"));
            copied = statement.tokens[at + 1].range.end;
            at += 1;
        } else if statement.is_symbol(at, "%") && statement.is_symbol(at + 1, "%") {
            out.push('%');
            copied = statement.tokens[at + 1].range.end;
            at += 1;
        } else {
            out.push_str(&statement.at(token).replace("%%", "%"));
        }
        at += 1;
    }
    out.push_str(&statement.text[copied..]);
    Ok(out)
}

#[cfg(test)]
#[path = "validate_tests.rs"]
mod tests;
