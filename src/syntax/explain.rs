//! What is wrong where the grammar does not go on: from a place and the rules that were tried there to words.

use super::brackets::closer;
use super::layout::{Chunk, ITEM_WORDS, LATER_WORDS, Layout};
use super::slips;
use super::tokens::{Rule, Token};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use pest::error::{Error, ErrorVariant};

/// The text before `at` on its line is blank and not empty.
pub(super) fn is_indented(text: &str, at: usize) -> bool {
    let line = text[..at].rfind('\n').map_or(0, |n| n + 1);
    at > line
}

/// A block as in Python (`for x in xs:`, `model f():` and indentation) or C.
pub(super) fn foreign_block(text: &str, source: u32, tokens: &[Token]) -> Option<Diagnostic> {
    let code: Vec<&Token> = tokens.iter().filter(|t| t.is_code()).collect();
    let first = code.first()?;
    let word = first.text(text);
    let span = Span::new(source, first.start, first.end);
    let second = code.get(1).map_or("", |t| t.text(text));
    match word {
        "for" | "while" | "class" | "struct" | "try" | "with" | "foreach" | "from"
            if !matches!(second, "=" | ":" | "." | "" | "(") || word == "for" && !second.is_empty() =>
        {
            let d = Diagnostic::error(codes::OTHER_LANGUAGE, span, format!("Ann has no `{word}` block"));
            return Some(match word {
                "for" | "while" | "foreach" => d.help("write a list `[f(x) for x in xs]`, a sum `sum(i in xs: f(i))`, or an axis: `sample NAME over x in xs { ... }`"),
                "class" if code.iter().any(|t| matches!(t.text(text), "Module" | "nn" | "keras" | "Model")) => {
                    d.help("a network is `network NAME(parameters) { ... }`, with one line for each layer: `h = relu(dense(x, 64))`")
                }
                "class" | "struct" => d.help("what is studied is a `model NAME(parameters) { ... }`"),
                "from" => d.help("write `use std.spin`: all its names are then visible"),
                _ => d.help("remove it"),
            });
        }
        "if" => {
            let block = code.iter().map(|t| t.text(text)).find(|t| matches!(*t, "then" | ":" | "{"))?;
            if block != "then" {
                return Some(
                    Diagnostic::error(codes::OTHER_LANGUAGE, span, "Ann has no `if` block")
                        .help("`if` is an expression: `let x = if c then a else b`"),
                );
            }
            return None;
        }
        "network" => {
            let method = code.windows(2).find(|w| match w[0].text(text) {
                "def" | "class" => w[1].kind == Rule::word,
                "self" => w[1].text(text) == ".",
                _ => false,
            });
            if let Some(at) = method.map(|w| w[0]) {
                return Some(
                    Diagnostic::error(
                        codes::OTHER_LANGUAGE,
                        Span::new(source, at.start, at.end),
                        "a network has neither methods nor fields",
                    )
                    .help("write one line for each layer, in the order in which they follow: `h = relu(dense(x, 64))`, `y = dense(h, 10)`; weights belong to their layers"),
                );
            }
        }
        _ => {}
    }
    // `model f():` and a line below it that is indented.
    if !matches!(word, "model" | "network" | "sample" | "anneal" | "train" | "probe" | "plot" | "lattice" | "fn" | "experiment")
        || matches!(second, ":" | "=")
    {
        return None;
    }
    let mut depth = 0;
    for pair in code.windows(2) {
        match pair[0].text(text) {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "{" | "=" if depth == 0 => return None,
            ":" if depth == 0 && text[pair[0].end..pair[1].start].contains('\n') => {
                return Some(
                    Diagnostic::error(
                        codes::OTHER_LANGUAGE,
                        Span::new(source, pair[0].start, pair[0].end),
                        "blocks stand in braces, not in indented lines",
                    )
                    .help(if word == "fn" {
                        "write `fn NAME(...) = expression`"
                    } else {
                        "write `{` here and `}` after the block"
                    }),
                );
            }
            _ => {}
        }
    }
    None
}

/// The innermost bracket that is open at the place.
fn open_bracket<'a>(text: &str, code: &[&'a Token], place: usize) -> Option<(char, &'a Token)> {
    let mut stack = Vec::new();
    for t in code.iter().take_while(|t| t.start < place) {
        match t.text(text) {
            b @ ("(" | "[" | "{" | "⟨") => stack.push((b.chars().next().unwrap_or('('), *t)),
            ")" | "]" | "}" | "⟩" => {
                stack.pop();
            }
            _ => {}
        }
    }
    stack.pop()
}

/// Turns the grammar's failure at `place` into a diagnostic.
pub(super) fn explain(text: &str, source: u32, chunk: &Chunk, layout: &Layout, place: usize, error: &Error<Rule>) -> Diagnostic {
    let (tried, refused): (&[Rule], &[Rule]) = match &error.variant {
        ErrorVariant::ParsingError { positives, negatives } => (positives, negatives),
        ErrorVariant::CustomError { .. } => (&[], &[]),
    };
    let tried: Vec<Rule> = tried.iter().chain(refused.iter().filter(|r| **r == Rule::ending)).copied().collect();
    let tried = tried.as_slice();
    let code: Vec<&Token> = layout.tokens[chunk.first..chunk.last].iter().filter(|t| t.is_code()).collect();
    let at = code.partition_point(|t| t.end <= place);
    let found = code.get(at).copied();
    let before = at.checked_sub(1).map(|i| code[i]);
    // The line ends before the next token: the problem is what is missing there.
    let line_end = found.is_none_or(|f| before.is_some_and(|b| layout.laid[b.end..f.start].contains('\n') && place < f.start));
    let bracket = open_bracket(text, &code, place);
    let previous = before.map_or("", |t| t.text(text));
    let span = match (found, before) {
        (Some(f), _) if !line_end => Span::new(source, f.start, f.end),
        (_, Some(b)) => Span::new(source, b.end, (b.end + 1).min(text.len().max(b.end))),
        (Some(f), None) => Span::new(source, f.start, f.end),
        (None, None) => Span::new(source, chunk.start, chunk.end),
    };
    let word = if line_end { "" } else { found.map_or("", |f| f.text(text)) };
    let expected = expected(tried, bracket.map(|(b, _)| b), &code, text, at);
    let d = if line_end {
        let where_it_ends = if found.is_none() && layout.chunks.last().is_some_and(|c| c.end == chunk.end) {
            "the text ends"
        } else {
            "the line ends"
        };
        let after = if previous.is_empty() { String::new() } else { format!(" after `{}`", shown(previous)) };
        Diagnostic::error(codes::UNEXPECTED, span, format!("{where_it_ends} too early{after}"))
    } else {
        Diagnostic::error(codes::UNEXPECTED, span, format!("unexpected `{}`", shown(word)))
    };
    let d = d.expected(expected);
    hint(d, text, source, &code, at, word, previous, bracket, tried, chunk)
}

fn shown(word: &str) -> String {
    if word.chars().count() <= 40 { word.to_string() } else { word.chars().take(37).chain("...".chars()).collect() }
}

fn expected(tried: &[Rule], bracket: Option<char>, code: &[&Token], text: &str, at: usize) -> String {
    let has = |r: Rule| tried.contains(&r);
    let operand = [Rule::expr, Rule::paren, Rule::list, Rule::number, Rule::if_expr, Rule::call].iter().any(|&r| has(r))
        && (has(Rule::expr) || has(Rule::number) || has(Rule::paren));
    let infix = [Rule::ending, Rule::add, Rule::multiply, Rule::arrow, Rule::k_and, Rule::power].iter().any(|&r| has(r));
    let mut words: Vec<String> = Vec::new();
    if operand && !infix {
        words.push("an expression".to_string());
        if at > 0 && code[at - 1].text(text) == "(" {
            words.push("`)`".to_string());
        }
    } else {
        for &rule in tried {
            if let Some(w) = rule_words(rule) {
                let w = w.to_string();
                if !words.contains(&w) {
                    words.push(w);
                }
            }
        }
        if infix {
            words.push("an operator".to_string());
        }
        match bracket {
            _ if has(Rule::k_else) || has(Rule::k_then) => {}
            Some('{') if infix || words.is_empty() => words.push("a newline or `,` before the next entry".to_string()),
            Some(b @ ('(' | '[')) if infix || words.is_empty() => {
                words.push("`,`".to_string());
                words.push(format!("`{}`", closer(b)));
            }
            Some(b) if infix => words.push(format!("`{}`", closer(b))),
            None if infix || words.is_empty() => words.push("the end of the line".to_string()),
            _ => {}
        }
    }
    if words.len() > 6 {
        words.truncate(6);
    }
    match words.split_last() {
        None => "something else".to_string(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// What a rule is called in a message; none for those that say nothing to a reader.
fn rule_words(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::name | Rule::word | Rule::parameter => "a name",
        Rule::parameters => "`(`",
        Rule::binder | Rule::each | Rule::ordered => "`NAME in SET`",
        Rule::bond => "`<i, j> in GRAPH`",
        Rule::binding | Rule::is | Rule::draw => "`= value` or `~ distribution`",
        Rule::equals => "`=`",
        Rule::colon => "`:`",
        Rule::settings => "`{` and settings",
        Rule::setting => "a setting `name: value`",
        Rule::entry => "a quantity `name = expression`",
        Rule::block => "a block such as `observe { ... }`",
        Rule::axes => "`over`",
        Rule::axis => "an axis `NAME in VALUES`",
        Rule::of => "`of`",
        Rule::variable => "a variable such as `spins s on grid in {-1, +1}`",
        Rule::variable_on => "`on`",
        Rule::variable_in => "`in`",
        Rule::variable_start => "`~`",
        Rule::variable_is => "`=`",
        Rule::energy => "`energy = ...`",
        Rule::local_field => "`field = ...`",
        Rule::text => "text in `\"`",
        Rule::module => "a module such as `std.spin`",
        Rule::requires => "`requires`",
        Rule::at_end => "`at end`",
        Rule::at_times => "`at`",
        Rule::input | Rule::k_input => "`input NAME: SHAPE`",
        Rule::input_part => "`NAME: SHAPE`",
        Rule::metric | Rule::k_metric => "`metric NAME = ...`",
        Rule::loss | Rule::k_loss => "`loss = ...`",
        Rule::bind | Rule::quantity_entry => "`NAME = expression`",
        Rule::every => "`every`",
        Rule::expr => "an expression",
        Rule::k_then => "`then`",
        Rule::k_else => "`else`",
        Rule::k_in => "`in`",
        Rule::k_on => "`on`",
        Rule::k_end => "`end`",
        Rule::k_as => "`as`",
        Rule::k_by => "`by`",
        Rule::generator => "`for`",
        Rule::filter => "`if`",
        _ => return None,
    })
}

#[allow(clippy::too_many_arguments)]
fn hint(
    d: Diagnostic,
    text: &str,
    source: u32,
    code: &[&Token],
    at: usize,
    word: &str,
    previous: &str,
    bracket: Option<(char, &Token)>,
    tried: &[Rule],
    chunk: &Chunk,
) -> Diagnostic {
    let first = code.first().map_or("", |t| t.text(text));
    let kind = code.get(at).map(|t| t.kind);
    let next = code.get(at + 1).map_or("", |t| t.text(text));
    let inside = bracket.map(|(b, _)| b);
    let reserved = matches!(word, "if" | "then" | "else" | "and" | "or" | "not" | "true" | "false" | "let" | "for" | "in" | "fn");
    if reserved && (tried.contains(&Rule::name) || tried.contains(&Rule::parameter)) && !tried.contains(&Rule::number) {
        return Diagnostic {
            code: codes::RESERVED,
            message: format!("`{word}` is a word of the language and cannot be a name"),
            ..d
        };
    }
    // The item's first word is not one of ours.
    if at <= 1 && chunk.start == code.first().map_or(0, |t| t.start) && !ITEM_WORDS.contains(&first) && inside.is_none() {
        if let Some(near) = nearest(first, ITEM_WORDS.iter().chain(LATER_WORDS).copied()) {
            let span = code.first().map_or(d.span.unwrap_or_default(), |t| Span::new(source, t.start, t.end));
            return Diagnostic { span: Some(span), message: format!("`{first}` does not begin an item"), ..d }
                .expected("an item: `param`, `let`, `model`, `sample`, `show`, ...")
                .help(format!("did you mean `{near}`?"));
        }
        return d.help("an item begins with `param`, `let`, `fn`, `model`, `sample`, `show` or another word of `ann doc`");
    }
    match word {
        "=" if first == "fn" || previous == ")" && first == "let" => {
            d.help("a function is written `fn NAME(arguments) = expression`")
        }
        "=" => d.help("`==` compares; a definition stands on a line of its own"),
        "=>" => d.help("write `->`"),
        "(" if first == "let" && at == 2 => d.help("a function is written `fn NAME(arguments) = expression`"),
        ":" if first == "let" && at == 2 => d.help("a `let` has no type: write `let NAME = value`"),
        ":" if inside == Some('[') => d.help("a range is written `a..b`"),
        ":" if inside == Some('(') => d.help("a sum is written `sum(i in SET: ...)`, a named argument `f(name: value)`"),
        "{" if next == "}" || first == "fn" => d,
        _ if slips::UNITS.contains(&word) && code.iter().take(at).rev().take(2).any(|t| t.text(text) == "every") => {
            d.help("a unit follows a number, as in `every 5 epochs`; behind a name, write `every n`")
        }
        "?" => d.help("write `if c then a else b`"),
        _ if kind == Some(Rule::word) && next == "=" && matches!(previous, "observe" | "record" | "keep") => {
            d.help(format!("what has a name stands in a block: `{previous} {{ {word} = ... }}`"))
        }
        _ if reserved && word == "for" => d.help("a list is written `[f(x) for x in xs]`, a sum `sum(i in xs: f(i))`"),
        _ if matches!(kind, Some(Rule::word | Rule::number | Rule::text))
            && matches!(inside, Some('(' | '['))
            && !matches!(previous, "(" | "[" | ",") =>
        {
            d.help("is a comma missing?")
        }
        _ if kind == Some(Rule::word) && next == ":" && inside == Some('{') => {
            d.help("every setting has its own line, or a comma before it")
        }
        _ if kind == Some(Rule::number) && !previous.is_empty() && !tried.contains(&Rule::number) => {
            d.help("is an operator or a comma missing?")
        }
        _ => d,
    }
}
