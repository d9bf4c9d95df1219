/// A text without the commas that follow a value and have no value after them: before `}` or `]`, or at the end. Commas inside
/// texts stay.
pub(crate) fn without_extra_commas(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut in_text, mut is_escaped, mut last) = (false, false, None);
    for (at, character) in text.char_indices() {
        if in_text {
            in_text = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
        } else if character == ',' && !matches!(last, None | Some('[' | '{' | ',' | ':')) {
            let next = text[at + 1..].trim_ascii_start().chars().next();
            last = Some(character);
            if matches!(next, None | Some('}' | ']')) {
                continue;
            }
        } else if !character.is_ascii_whitespace() {
            in_text = character == '"';
            last = Some(character);
        }
        kept.push(character);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_comma_after_a_value_and_before_a_bracket_or_the_end_is_left_out() {
        for (text, expected) in [
            ("{\"a\":[1,2 , ],},", "{\"a\":[1,2  ]}"),
            ("[\",]\", \"\\\",}\",]", "[\",]\", \"\\\",}\"]"),
            ("[1,,]", "[1,,]"),
            ("[,]", "[,]"),
            ("{\"a\":,}", "{\"a\":,}"),
            (",", ","),
            ("[1,2]", "[1,2]"),
        ] {
            assert_eq!(without_extra_commas(text), expected, "{text}");
        }
    }
}
