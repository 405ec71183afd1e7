//! Names of topics and groups, checked before anything is asked of brokers.

/// What brokers allow.
const MAX_TOPIC_CHARACTERS: usize = 249;

/// A topic's name. Patterns are not taken: a topic that is created later, such as the one for records,
/// could match.
pub(crate) fn topic(text: &str) -> Result<String, String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if text.is_empty() {
        return Err("a topic has a name".to_owned());
    }
    if text.starts_with('^') {
        return Err("patterns are not supported: name each topic, with commas between".to_owned());
    }
    if !text.bytes().all(is_allowed) || matches!(text, "." | "..") {
        return Err("names of topics have letters, digits, '.', '_' and '-'".to_owned());
    }
    if text.len() > MAX_TOPIC_CHARACTERS {
        return Err(format!("names of topics have {MAX_TOPIC_CHARACTERS} characters at most"));
    }
    Ok(text.to_owned())
}

/// A consumer group's name.
pub(crate) fn group(text: &str) -> Result<String, &'static str> {
    if text.is_empty() { Err("a group has a name") } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_brokers_allow() {
        for name in ["a", "packets.v1", "_internal", "A-b_c.9", &"a".repeat(249), "..."] {
            assert_eq!(topic(name), Ok(name.to_owned()));
        }
        for name in ["", ".", "..", "a b", "a/b", "\u{fc}", "a,b", "^packets-.*", &"a".repeat(250)]
        {
            assert!(topic(name).is_err(), "{name}");
        }
        assert!(group("").is_err());
        assert_eq!(group("any thing"), Ok("any thing".to_owned()));
    }
}
