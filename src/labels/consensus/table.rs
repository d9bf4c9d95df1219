//! A labeler's table, as far as the others are held beside it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::witness::Witness;
use crate::error::{Error, Place, Result};
use crate::exact::exact_form;
use crate::findings::{Finding, Severity};
use crate::labels::name::check_name;
use crate::labels::rules::BUYER_FOR_SELLER;
use crate::labels::table_audit::BUYER_COLUMNS;
use crate::labels::{LabelRow, Labels, rules};
use crate::readings::{CONFIDENT, ReadEvidence};
use crate::wording::is_hidden;

/// A table to hold beside others, and what its labeler is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelerTable {
    /// CSV, as `label` writes it or as people have it.
    pub file: PathBuf,
    /// The labeler's name. Default: what the columns `labeler`, `model` and `prompt` say, else the file's name.
    pub name: Option<String>,
}

/// `FILE` or `NAME=FILE`; what has a `/` before the `=` is a file.
impl FromStr for LabelerTable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split_once('=').filter(|(name, _)| !name.contains(['/', '\\']));
        let (name, file) = match named {
            Some((name, file)) => (Some(name.trim().to_owned()), file),
            None => (None, text),
        };
        match (&name, file) {
            (_, "") => Err("the file is missing: FILE or NAME=FILE".to_owned()),
            (Some(name), _) if name.is_empty() => Err("the name before `=` is missing: FILE or NAME=FILE".to_owned()),
            (Some(name), _) if name.chars().any(is_hidden) => Err("a name holds no hidden characters".to_owned()),
            _ => Ok(Self { file: PathBuf::from(file), name }),
        }
    }
}

/// What a row says, beside its seller.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RowFacts {
    pub(super) witness: Witness,
    /// Why the seller is none: a sentence, the message of a failure, the buyer.
    pub(super) fault: Option<&'static str>,
    pub(super) buyer: Option<String>,
    pub(super) seller_id: Option<String>,
    /// On how many photos of the sheet, or under the taxpayer id, the reader saw this name, where they confirm it.
    pub(super) confirmed_by: Option<usize>,
}

/// A labeler's table, read.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) labels: Labels,
    /// By line.
    pub(super) facts: HashMap<u64, RowFacts>,
    pub(super) findings: Vec<Finding>,
}

/// Columns that hold the seller's taxpayer id.
const ID_COLUMN: &str = "seller_id";
/// What begins the columns that a consensus writes.
pub(super) const BY: &str = "by:";

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// Where it cannot be read, or was made of other tables.
    pub(super) fn read(table: &LabelerTable) -> Result<Self> {
        let read = Labels::read(&table.file)?;
        let labels = read.labels;
        let made_of_others = labels.frame().get_column_names_owned().iter().any(|name| name.starts_with(BY));
        if made_of_others {
            return Err(Error::input(
                table.file.as_path(),
                "this table is a consensus: its labels come from other tables, and are no witness beside them",
                "name the tables that it was made of.",
            ));
        }
        let column = |name: &str| labels.column(name).unwrap_or_else(|| vec![None; labels.row_count()]);
        let [labelers, models, prompts] = ["labeler", "model", "prompt"].map(|name| texts(column(name)));
        let [evidence, sureness, ids] = ["evidence", "confidence", ID_COLUMN].map(|name| texts(column(name)));
        let buyers = BUYER_COLUMNS.iter().find_map(|name| labels.column(name)).map(texts);
        let rows = labels.rows();
        let mut findings = read.findings;
        let given = table.name.as_deref().map(Witness::of_name);
        let mut facts = HashMap::new();
        for (at, row) in rows.iter().enumerate() {
            let cell = |column: &[Option<String>]| column.get(at).cloned().flatten();
            let buyer = buyers.as_deref().and_then(cell);
            let witness = Witness::of_row(&cell(&labelers).unwrap_or_default(), &cell(&models).unwrap_or_default());
            let witness = witness.or_else(|| given.clone()).unwrap_or(Witness::Unknown);
            let (fault, of_name) = faults(&table.file, row, buyer.as_deref());
            findings.extend(of_name);
            let confirmed_by = confirmed_by(cell(&evidence), cell(&sureness)).filter(|_| witness == Witness::Reader);
            facts.insert(row.line, RowFacts { witness, fault, buyer, seller_id: cell(&ids), confirmed_by });
        }
        let name = match &table.name {
            Some(name) => name.clone(),
            None => name_of(&labelers, &models, &prompts).unwrap_or_else(|| stem(&table.file)),
        };
        Ok(Self { name, labels, facts, findings })
    }
}

/// The cells that hold anything.
fn texts(column: Vec<Option<String>>) -> Vec<Option<String>> {
    let text = |cell: Option<String>| cell.map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty());
    column.into_iter().map(text).collect()
}

/// On how many photos the reader saw a name, where two at least and its confidence confirm it.
fn confirmed_by(evidence: Option<String>, confidence: Option<String>) -> Option<usize> {
    let evidence: ReadEvidence = evidence?.parse().ok()?;
    let confidence: f32 = confidence?.parse().ok()?;
    Some(evidence.photos()).filter(|photos| *photos >= 2 && (CONFIDENT..=1.0).contains(&confidence))
}

/// Why a row's seller is none, and what else is odd about it.
fn faults(file: &Path, row: &LabelRow, buyer: Option<&str>) -> (Option<&'static str>, Vec<Finding>) {
    let place = || Place::line(file, row.line).member("seller");
    let mut findings: Vec<Finding> = check_name(&row.seller)
        .into_iter()
        .filter(|fault| fault.severity == Severity::Error)
        .map(|fault| Finding::new(fault.rule, place(), fault.message))
        .collect();
    if buyer.is_some_and(|buyer| exact_form(buyer) == exact_form(&row.seller)) {
        findings.push(rules::buyer_for_seller::found(place(), &row.seller));
    }
    (findings.first().map(|finding| finding.rule.code), findings)
}

/// The code of a label that is the buyer of its photo.
pub(super) fn buyer_code() -> &'static str {
    BUYER_FOR_SELLER.code
}

/// What all rows of a table say of their labeler together: `reader`, `amazon.nova-lite-v1:0@p1`.
fn name_of(labelers: &[Option<String>], models: &[Option<String>], prompts: &[Option<String>]) -> Option<String> {
    let all: BTreeSet<_> = labelers.iter().zip(models).zip(prompts).collect();
    let mut all = all.into_iter();
    let (((labeler, model), prompt), None) = (all.next()?, all.next()) else { return None };
    match (labeler, model, prompt) {
        (_, Some(model), Some(prompt)) => Some(format!("{model}@{prompt}")),
        (_, Some(model), None) => Some(model.clone()),
        (labeler, None, _) => labeler.clone(),
    }
}

fn stem(file: &Path) -> String {
    file.file_stem().map_or_else(|| "labels".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Refuses two labelers of one name: their columns could not be told apart.
pub(super) fn check_names(tables: &[(&LabelerTable, &Table)]) -> Result<()> {
    let mut seen: BTreeMap<String, &Path> = BTreeMap::new();
    for (given, table) in tables {
        if let Some(other) = seen.insert(table.name.to_lowercase(), &given.file) {
            return Err(Error::input(
                given.file.as_path(),
                format!("this table's labeler is called {}, and so is that of {}", table.name, other.display()),
                "name one of them by hand: `labels = NAME=FILE`.",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: &str, name: Option<&str>) -> Result<Table> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine.csv");
        std::fs::write(&file, table).unwrap();
        Table::read(&LabelerTable { file, name: name.map(str::to_owned) })
    }

    #[test]
    fn a_table_is_named_by_its_rows_else_by_its_file() {
        let name = |table: &str| read(table, None).unwrap().name;
        assert_eq!(name("image,seller,labeler,version\n1.jpg,甲公司,reader,v1\n2.jpg,乙公司,reader,v1\n"), "reader");
        let model = "image,seller,labeler,model,prompt\n1.jpg,甲公司,converse,amazon.nova-lite-v1:0,p1\n";
        assert_eq!(name(model), "amazon.nova-lite-v1:0@p1");
        assert_eq!(name("image,seller,labeler\n1.jpg,甲公司,reader\n2.jpg,乙公司,\n"), "mine");
        assert_eq!(name("image,seller\n1.jpg,甲公司\n"), "mine");
        assert_eq!(read(model, Some("lite")).unwrap().name, "lite");
    }

    #[test]
    fn a_name_given_by_hand_makes_a_witness_only_of_rows_that_do_not_say() {
        let table = "image,seller,model\n1.jpg,甲公司,amazon.nova-lite-v1:0\n2.jpg,乙公司,\n";
        let table = read(table, Some("somebody")).unwrap();
        assert_eq!(table.facts[&2].witness, Witness::Family("amazon.nova".to_owned()));
        assert_eq!(table.facts[&3].witness, Witness::Named("somebody".to_owned()));
        assert_eq!(read("image,seller\n1.jpg,甲公司\n", None).unwrap().facts[&2].witness, Witness::Unknown);
    }

    #[test]
    fn sentences_failures_and_buyers_are_no_sellers_and_are_findings() {
        let table = "image,seller,buyer\n1.jpg,提取失败: timeout,\n2.jpg,乙公司,乙公司\n3.jpg,丙公司,乙公司\n4.jpg,丙(京)公司,\n";
        let table = read(table, None).unwrap();
        let faults: Vec<_> = (2..6).map(|line| table.facts[&line].fault).collect();
        assert_eq!(faults, [Some("LBL017"), Some("LBL023"), None, None]);
        assert_eq!(table.findings.len(), 2);
    }

    #[test]
    fn a_consensus_is_no_witness() {
        let error = read("image,seller,by:reader\n1.jpg,甲公司,甲公司\n", None).unwrap_err();
        assert!(error.to_string().contains("is a consensus"), "{error}");
    }

    #[test]
    fn an_option_is_a_file_or_a_name_and_a_file() {
        let parse = |text: &str| text.parse::<LabelerTable>().map(|table| (table.name, table.file));
        assert_eq!(parse("a.csv"), Ok((None, "a.csv".into())));
        assert_eq!(parse("王=a=b.csv"), Ok((Some("王".to_owned()), "a=b.csv".into())));
        assert_eq!(parse("./a=b.csv"), Ok((None, "./a=b.csv".into())));
        assert!(
            parse("=a.csv").is_err() && parse("a=").is_err() && parse("").is_err() && parse("a\u{202e}=b").is_err()
        );
    }
}
