//! Required settings that nothing sets, collected so that one error names all of them.

use crate::error::{Error, MissingSetting, Result};

/// Collects [`Error::Missing`] of several settings into one.
#[derive(Debug, Default)]
pub struct MissingSettings {
    settings: Vec<MissingSetting>,
    advice: Vec<String>,
}

impl MissingSettings {
    /// Returns a required value, or `None` where it is missing, which [`Self::check`] then reports.
    ///
    /// # Errors
    /// Every other error of the value.
    pub fn take<T>(&mut self, value: Result<T>) -> Result<Option<T>> {
        match value {
            Ok(value) => Ok(Some(value)),
            Err(Error::Missing { settings, advice }) => {
                for setting in settings {
                    if !self.settings.contains(&setting) {
                        self.settings.push(setting);
                    }
                }
                self.advice.push(advice);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Fails where a setting was missing.
    ///
    /// # Errors
    /// [`Error::Missing`] with all of them.
    pub fn check(self) -> Result<()> {
        if self.settings.is_empty() {
            return Ok(());
        }
        let advice: Vec<_> = self.advice.into_iter().filter(|advice| !advice.is_empty()).collect();
        Err(Error::Missing { settings: self.settings, advice: advice.join(" ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(name: &str) -> Result<u8> {
        let setting =
            MissingSetting { name: name.to_owned(), variable: name.to_uppercase(), line: format!("`{name} = …`") };
        Err(Error::Missing { settings: vec![setting], advice: String::new() })
    }

    #[test]
    fn names_every_missing_setting_once() {
        let mut settings = MissingSettings::default();
        assert_eq!(settings.take(Ok(7_u8)).ok(), Some(Some(7)));
        for name in ["labels", "role_arn", "labels"] {
            assert_eq!(settings.take(missing(name)).ok(), Some(None));
        }
        let error = settings.check().unwrap_err();
        assert_eq!(error.to_string(), "missing required settings `labels`, `role_arn`");
        assert_eq!(
            error.hint().unwrap(),
            "set LABELS, ROLE_ARN, or write `labels = …`, `role_arn = …` in nova-ft.toml."
        );
        assert!(MissingSettings::default().check().is_ok());
    }

    #[test]
    fn returns_any_other_error_at_once() {
        let mut settings = MissingSettings::default();
        assert!(matches!(settings.take::<u8>(Err(Error::InsideAsync)), Err(Error::InsideAsync)));
    }
}
