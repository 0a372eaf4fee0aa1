//! sqlparser with PostgreSQL's grammar, bounded, and its errors in PostgreSQL's words.

use sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectNamePart, Statement};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use crate::error::{Pg, PgError, pg};
use crate::limits::PARSER_DEPTH;

/// Parses exactly one statement.
pub(crate) fn statement(sql: &str) -> Pg<Statement> {
    let mut parser = parser(sql)?;
    let statement = parser.parse_statement().map_err(told)?;
    match parser.peek_token().token {
        Token::EOF => Ok(statement),
        token => Err(pg("42601", format!("syntax error at or near \"{token}\""))),
    }
}

/// Parses an expression of the catalog.
pub(crate) fn expression(sql: &str) -> Pg<Expr> {
    parser(sql)?.parse_expr().map_err(told)
}

fn parser(sql: &str) -> Pg<Parser<'static>> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql)
        .tokenize_with_location()
        .map_err(|error| told(error.into()))?;
    Ok(Parser::new(&PostgreSqlDialect {})
        .with_recursion_limit(PARSER_DEPTH)
        .with_tokens_with_locations(mark_symmetric(tokens)))
}

/// What stands for `BETWEEN SYMMETRIC low AND`, which the parser does not know: `BETWEEN "between symmetric"(low) AND`.
const SYMMETRIC: &str = "between symmetric";

/// Returns the lower end of `BETWEEN SYMMETRIC`, when `low` is one.
pub(crate) fn symmetric(low: &Expr) -> Option<&Expr> {
    let Expr::Function(function) = low else {
        return None;
    };
    let [ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else {
        return None;
    };
    match &function.args {
        FunctionArguments::List(list) if name.value == SYMMETRIC => match list.args.as_slice() {
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(low))] => Some(low),
            _ => None,
        },
        _ => None,
    }
}

fn mark_symmetric(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let is = |token: &Token, keyword: Keyword| matches!(token, Token::Word(word) if word.keyword == keyword && word.quote_style.is_none());
    let mut at = 0;
    while at < tokens.len() {
        let next = (at + 1..tokens.len()).find(|next| !matches!(tokens[*next].token, Token::Whitespace(_)));
        let Some(next) = next else { break };
        let word = |keyword| is(&tokens[at].token, Keyword::BETWEEN) && is(&tokens[next].token, keyword);
        if word(Keyword::ASYMMETRIC) {
            tokens.remove(next);
        } else if word(Keyword::SYMMETRIC) {
            // The lower end reaches to the AND of its own level.
            let mut depth = 0_i32;
            let end = (next + 1..tokens.len()).find(|end| {
                let token = &tokens[*end].token;
                if matches!(token, Token::LParen | Token::LBracket) || is(token, Keyword::CASE) {
                    depth += 1;
                } else if matches!(token, Token::RParen | Token::RBracket) || is(token, Keyword::END) {
                    depth -= 1;
                }
                depth == 0 && is(token, Keyword::AND)
            });
            let Some(end) = end else { break };
            tokens.insert(end, TokenWithSpan::wrap(Token::RParen));
            tokens[next].token = Token::make_word(SYMMETRIC, Some('"'));
            tokens.insert(next + 1, TokenWithSpan::wrap(Token::LParen));
        }
        at += 1;
    }
    tokens
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
