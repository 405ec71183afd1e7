//! Rust source as the tokens that matter to imports.

/// A token: literals, comments, lifetimes and attributes are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword or name.
    Word(String),
    /// `::`
    Path,
    /// Any other character.
    Mark(char),
    /// An attribute that makes the next item one of the tests.
    Test,
}

/// The tokens of a file.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
        } else if rest.starts_with("/*") {
            rest = after_comment(rest);
        } else if let Some(behind) = after_string(rest).or_else(|| after_char(rest)) {
            rest = behind;
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|it: char| !it.is_alphanumeric() && it != '_');
            let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
            tokens.push(Token::Word(word.to_owned()));
            rest = behind;
        } else if rest.starts_with("#[") || rest.starts_with("#![") {
            let end = end_of_attribute(rest);
            let attribute = &rest[..end];
            let is_test = attribute.starts_with("#[cfg(") && !attribute.contains("not(test");
            if attribute.starts_with("#[test]") || (is_test && says_test(attribute)) {
                tokens.push(Token::Test);
            }
            rest = &rest[end..];
        } else if let Some(behind) = rest.strip_prefix("::") {
            tokens.push(Token::Path);
            rest = behind;
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Mark(first));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    tokens
}

/// Without the items of tests.
pub(super) fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut rest = tokens.into_iter();
    while let Some(token) = rest.next() {
        if token != Token::Test {
            kept.push(token);
            continue;
        }
        let (mut depth, mut is_use) = (0, false);
        for token in rest.by_ref() {
            match token {
                Token::Word(word) => is_use |= depth == 0 && word == "use",
                Token::Mark('{' | '(' | '[') => depth += 1,
                Token::Mark('}') => {
                    depth -= 1;
                    if depth == 0 && !is_use {
                        break;
                    }
                }
                Token::Mark(')' | ']') => depth -= 1,
                Token::Mark(';' | ',') if depth == 0 => break,
                _ => {}
            }
        }
    }
    kept
}

fn says_test(attribute: &str) -> bool {
    attribute.split(|it: char| !it.is_alphanumeric() && it != '_').any(|word| word == "test")
}

fn after_comment(text: &str) -> &str {
    let (mut depth, mut at) = (0, 0);
    while let Some(rest) = text.get(at..) {
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return &text[at..];
            }
        } else {
            match rest.chars().next() {
                Some(next) => at += next.len_utf8(),
                None => break,
            }
        }
    }
    ""
}

/// What follows a string that begins here; `None` if none does.
fn after_string(text: &str) -> Option<&str> {
    let prefixed = ["b", "c", ""]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix).filter(|rest| rest.starts_with(['"', 'r'])))?;
    if let Some(raw) = prefixed.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        return body.find(&end).map(|at| &body[at + end.len()..]);
    }
    let body = prefixed.strip_prefix('"')?;
    let mut escaped = false;
    for (at, it) in body.char_indices() {
        match it {
            '"' if !escaped => return Some(&body[at + 1..]),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    Some("")
}

/// What follows a character literal or a lifetime that begins here; `None` if none does.
fn after_char(text: &str) -> Option<&str> {
    let body = text.strip_prefix("b'").or_else(|| text.strip_prefix('\''))?;
    let mut chars = body.char_indices();
    let (_, first) = chars.next()?;
    if first == '\\' {
        let (escaped, _) = chars.next()?;
        let behind = &body[escaped + 1..];
        return behind.find('\'').map(|at| &behind[at + 1..]).or(Some(""));
    }
    match chars.next() {
        Some((at, '\'')) => Some(&body[at + 1..]),
        // A lifetime: its name is a word of no meaning here.
        _ => Some(body.trim_start_matches(|it: char| it.is_alphanumeric() || it == '_')),
    }
}

fn end_of_attribute(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(it) = text[at..].chars().next() {
        if let Some(behind) = after_string(&text[at..]).filter(|_| !it.is_alphabetic()) {
            at = text.len() - behind.len();
            continue;
        }
        match it {
            '[' => depth += 1,
            ']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += it.len_utf8();
    }
    text.len()
}
