//! sqlparser with PostgreSQL's grammar, bounded, and its errors in PostgreSQL's words.

use sqlparser::ast::{Expr, Statement};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};

use crate::error::{Pg, PgError, pg};
use crate::limits::PARSER_DEPTH;

/// Parses exactly one statement.
pub(crate) fn statement(sql: &str) -> Pg<Statement> {
    let mut parser = parser(sql)?;
    let statement = parser.parse_statement().map_err(told)?;
    match parser.peek_token().token {
        sqlparser::tokenizer::Token::EOF => Ok(statement),
        token => Err(pg("42601", format!("syntax error at or near \"{token}\""))),
    }
}

/// Parses an expression of the catalog.
pub(crate) fn expression(sql: &str) -> Pg<Expr> {
    parser(sql)?.parse_expr().map_err(told)
}

fn parser(sql: &str) -> Pg<Parser<'static>> {
    Parser::new(&PostgreSqlDialect {})
        .with_recursion_limit(PARSER_DEPTH)
        .try_with_sql(sql)
        .map_err(told)
}

fn told(error: ParserError) -> PgError {
    match error {
        ParserError::RecursionLimitExceeded => pg("54001", "statement nests too deep"),
        ParserError::TokenizerError(text) => pg("42601", format!("syntax error: {text}")),
        ParserError::ParserError(text) => {
            let found = text.rsplit_once("found: ").map(|(_, found)| found);
            let found = found.map(|found| found.rsplit_once(" at Line").map_or(found, |(token, _)| token));
            match found {
                Some("EOF") => pg("42601", "syntax error at end of input"),
                Some(token) => pg("42601", format!("syntax error at or near \"{token}\"")),
                None => pg("42601", format!("syntax error: {text}")),
            }
        }
    }
}
