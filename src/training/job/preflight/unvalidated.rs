//! Records of which nobody says that they are valid, validated as they lie in S3.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::aws::s3::{S3Uri, Sight, Survey};
use crate::error::{IoContext as _, Result};
use crate::findings::{Finding, Levels, Report};
use crate::progress::Silent;
use crate::training::job::facts::RecordsFacts;
use crate::validate::{Model, ValidateOptions, validate};

/// What the validator finds in the files of records, where one of them does not say what `nova-ft upload` writes. Who sent
/// it `--unvalidated`, or allowed its errors, knows what is in it.
pub(super) fn findings_in(
    records: &[RecordsFacts],
    objects: &dyn Survey,
    model: Model,
    levels: &Levels,
) -> Result<Report> {
    let seen = |records: &&RecordsFacts| matches!(records.sight.told(), Some(Sight::There(_)));
    let is_unsaid = |records: &RecordsFacts| match records.sight.told() {
        Some(Sight::There(object)) => object.validation.is_none(),
        _ => false,
    };
    // The training records are read for the validation records too: some rules compare the two.
    let there: Vec<_> = records.iter().take_while(seen).collect();
    if !there.iter().any(|records| is_unsaid(records)) {
        return Ok(Report::default());
    }
    let folder = tempfile::tempdir().at("write", "records to be validated")?;
    let mut copies = Vec::new();
    for (index, records) in there.iter().enumerate() {
        let name = records.uri.key.rsplit('/').next().unwrap_or_default();
        let copy = folder.path().join(index.to_string()).join(name);
        download(&records.uri, objects, &copy)?;
        copies.push((copy, records.uri.to_string()));
    }
    let Some(((train, _), rest)) = copies.split_first() else { return Ok(Report::default()) };
    let options = ValidateOptions {
        file: train.clone(),
        validation: rest.first().map(|(copy, _)| copy.clone()),
        model,
        levels: levels.clone(),
        ..ValidateOptions::default()
    };
    let report = validate(&options, &Silent)?.report;
    // A repair is one of a file.
    Ok(report.beyond_repair(|finding| in_s3(finding, &copies)))
}

/// The finding at the object's place; what it says of the copy, it says of the object.
fn in_s3(mut finding: Finding, copies: &[(PathBuf, String)]) -> Finding {
    for (copy, uri) in copies {
        if finding.place.file.as_deref() == Some(copy) {
            finding.place.file = Some(PathBuf::from(uri));
        }
        finding.message = finding.message.replace(&*copy.to_string_lossy(), uri);
    }
    finding
}

fn download(uri: &S3Uri, objects: &dyn Survey, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent).at("create", parent)?;
    }
    let mut file = BufWriter::new(File::create(to).at("write", to)?);
    let mut written = Ok(());
    objects.read_lines(uri, &mut |line| {
        if written.is_ok() {
            written = file.write_all(line).and_then(|()| file.write_all(b"\n"));
        }
    })?;
    written.and_then(|()| file.flush()).at("write", to)
}
