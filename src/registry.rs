//! All rules of all stages in one registry.

use crate::findings::Registry;

/// Every rule, by group and code.
pub fn registry() -> Registry {
    Registry::new(&[
        crate::labels::rules::RULES,
        crate::dataset::rules::RULES,
        crate::validate::rules::RULES,
        crate::training::job::rules::RULES,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{FixKind, Group};
    use std::collections::BTreeSet;

    #[test]
    fn codes_and_names_stand_once_and_belong_to_a_group() {
        let registry = registry();
        let codes: BTreeSet<_> = registry.rules().iter().map(|rule| rule.code).collect();
        let names: BTreeSet<_> = registry.rules().iter().map(|rule| rule.name).collect();
        assert_eq!((codes.len(), names.len()), (registry.rules().len(), registry.rules().len()));
        for rule in registry.rules() {
            let (group, number) = rule.code.split_at(3);
            assert!(Group::ALL.iter().any(|known| known.prefix() == group), "{}", rule.code);
            assert!(number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit()), "{}", rule.code);
            assert!(
                rule.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{}",
                rule.name
            );
        }
    }

    #[test]
    fn every_rule_has_the_five_sections() {
        for rule in registry().rules() {
            for heading in ["## What it does", "## Why is this bad?", "## Example", "## Use instead", "## Fix"] {
                assert!(rule.docs.contains(heading), "{} lacks `{heading}`", rule.code);
            }
            let says_safe = rule.docs.contains("Safe");
            assert_eq!(says_safe, rule.fix == FixKind::Safe, "{}: the section Fix and the kind disagree", rule.code);
        }
    }

    #[test]
    fn the_codes_are_these() {
        let codes: Vec<_> = registry().rules().iter().map(|rule| format!("{} {}", rule.code, rule.name)).collect();
        insta::assert_snapshot!(codes.join("\n"));
    }

    #[test]
    fn a_removed_code_may_still_be_allowed_and_names_no_rule() {
        let registry = registry();
        assert!(registry.knows_prefix("spl009"));
        assert_eq!(registry.find("SPL009"), None);
    }

    #[test]
    fn a_rule_is_found_by_code_in_any_case_and_by_name() {
        let registry = registry();
        assert_eq!(registry.find("img001"), registry.find("image-format-unknown"));
        assert!(registry.find("IMG001").is_some() && registry.find("IMG").is_none());
        assert!(registry.knows_prefix("IMG") && !registry.knows_prefix("XYZ") && !registry.knows_prefix(""));
    }
}
