use std::fmt;

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Note,
    /// Probably a mistake; the data set can still be used.
    Warning,
    /// The data set is refused, or what it teaches is wrong.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// A file as text.
    File,
    /// One record of a JSONL file.
    Record,
    /// The photo of a record.
    Image,
    /// A row of the label table.
    Label,
    /// All records together.
    Dataset,
    /// Objects and buckets.
    S3,
    /// The customization job.
    Job,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::File => "file",
            Self::Record => "record",
            Self::Image => "image",
            Self::Label => "label",
            Self::Dataset => "dataset",
            Self::S3 => "s3",
            Self::Job => "job",
        })
    }
}

/// Whether a rule's findings can be repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FixKind {
    /// By hand only.
    None,
    /// `--fix` repairs it; the meaning of the record stays.
    Safe,
    /// `--fix --unsafe-fixes` repairs it; the meaning may change.
    Unsafe,
}

/// The first three letters of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The file as lines of JSON.
    Jsl,
    /// The conversation inside a record.
    Cnv,
    /// Texts: prompts and answers.
    Txt,
    /// Images.
    Img,
    /// S3 URIs.
    S3u,
    /// The label table.
    Lbl,
    /// The data set as a whole: size and split.
    Spl,
    /// The customization job.
    Job,
}

impl Group {
    /// All groups, in the order of the documentation.
    pub const ALL: [Self; 8] = [Self::Jsl, Self::Cnv, Self::Txt, Self::Img, Self::S3u, Self::Lbl, Self::Spl, Self::Job];

    /// The group of a code.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| code.starts_with(group.prefix()))
    }

    /// The letters that codes of this group begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Jsl => "JSL",
            Self::Cnv => "CNV",
            Self::Txt => "TXT",
            Self::Img => "IMG",
            Self::S3u => "S3U",
            Self::Lbl => "LBL",
            Self::Spl => "SPL",
            Self::Job => "JOB",
        }
    }

    /// What the group is about.
    pub fn title(self) -> &'static str {
        match self {
            Self::Jsl => "The file as lines of JSON",
            Self::Cnv => "The conversation in a record",
            Self::Txt => "Prompts and answers",
            Self::Img => "Images",
            Self::S3u => "S3 locations",
            Self::Lbl => "The label table",
            Self::Spl => "The data set as a whole, and its split",
            Self::Job => "The fine-tuning job",
        }
    }
}

/// A rule: its identity, its documentation, and what a finding of it means. Declared with [`rule!`](crate::rule).
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Three letters of the group and three digits; never used again for another rule.
    pub code: &'static str,
    /// Names the problem, so that it reads after "allow".
    pub name: &'static str,
    /// How bad a finding is, unless `--deny` raises it.
    pub severity: Severity,
    /// What the rule looks at.
    pub scope: Scope,
    /// Whether it can be repaired.
    pub fix: FixKind,
    /// Markdown: What it does, Why is this bad, Example, Use instead, Fix.
    pub docs: &'static str,
}

impl Rule {
    /// The documentation without the space that a doc comment begins its lines with.
    pub fn text(&self) -> String {
        let lines = self.docs.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
        lines.collect::<Vec<_>>().join("\n").trim().to_owned()
    }

    /// The documentation as a page: heading, facts, text.
    pub fn page(&self) -> String {
        let fix = match self.fix {
            FixKind::None => "by hand",
            FixKind::Safe => "`--fix`",
            FixKind::Unsafe => "`--fix --unsafe-fixes`",
        };
        format!(
            "# {}: {}\n\nSeverity: {} · Scope: {} · Repair: {fix}\n\n{}\n",
            self.code,
            self.name,
            self.severity,
            self.scope,
            self.text()
        )
    }
}

/// Declares a rule; its doc comment is its documentation.
///
/// ```ignore
/// rule! {
///     /// ## What it does
///     /// …
///     pub IMAGE_FORMAT_JPG = "IMG001", "image-format-jpg", Error, Record, fix Safe;
/// }
/// ```
#[macro_export]
macro_rules! rule {
    ($(#[doc = $doc:literal])+ $vis:vis $name:ident = $code:literal, $slug:literal, $severity:ident, $scope:ident, fix $fix:ident;) => {
        $(#[doc = $doc])+
        $vis static $name: $crate::findings::Rule = $crate::findings::Rule {
            code: $code,
            name: $slug,
            severity: $crate::findings::Severity::$severity,
            scope: $crate::findings::Scope::$scope,
            fix: $crate::findings::FixKind::$fix,
            docs: concat!($($doc, "\n"),+),
        };
    };
}

/// Codes of rules that were removed. `--allow` and `--deny` still take them, so that settings that name one keep working; a
/// code is never used for another rule.
///
/// SPL009 large-file: the message that it warned of (`Input size exceeded in file … for record starting with …`) is about the
/// characters of one record, and AWS publishes no file size for Nova.
const REMOVED_CODES: [&str; 1] = ["SPL009"];

/// Rules by code.
#[derive(Debug, Clone)]
pub struct Registry {
    rules: Vec<&'static Rule>,
}

impl Registry {
    /// A registry of these rules, in the order of their groups.
    pub fn new(tables: &[&[&'static Rule]]) -> Self {
        let mut rules: Vec<_> = tables.concat();
        rules.sort_by_key(|rule| (Group::of(rule.code), rule.code));
        Self { rules }
    }

    /// All rules, by group and code.
    pub fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// The rule with a code or a name, in any case.
    pub fn find(&self, code: &str) -> Option<&'static Rule> {
        self.rules.iter().copied().find(|rule| rule.code.eq_ignore_ascii_case(code) || rule.name == code)
    }

    /// Whether a code or the beginning of one (`IMG`, `S3U0`) names at least one rule, or one that was removed.
    pub fn knows_prefix(&self, prefix: &str) -> bool {
        let mut codes = self.rules.iter().map(|rule| rule.code).chain(REMOVED_CODES);
        !prefix.is_empty() && codes.any(|code| code.starts_with(&prefix.to_uppercase()))
    }
}
