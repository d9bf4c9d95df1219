//! Repairs of a request.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::request::{Request, read_bytes};
use super::{DataFacts, findings_of};
use crate::error::Result;
use crate::findings::{Edit, FixKind, Levels};
use crate::json_file;
use crate::validate::{Fixed, RepairedCopy};

/// What [`fix_request`] needs to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FixRequestOptions {
    /// The file of the request; it is never changed.
    pub file: PathBuf,
    /// The repaired copy; nothing else may be there.
    pub out: PathBuf,
    /// Findings that are not reported are not repaired either.
    pub levels: Levels,
}

/// Writes a copy of a request with every finding repaired that can be. Where nothing can be, it has the same bytes.
///
/// # Errors
/// Where the file cannot be read, the copy cannot be written, or its name is taken.
pub fn fix_request(options: &FixRequestOptions) -> Result<Fixed> {
    let bytes = read_bytes(&options.file)?;
    let (after, fixes) = repaired(&options.file, &bytes, &options.levels)?;
    let mut out = RepairedCopy::create(&options.file, &options.out)?;
    out.push(&bytes, &after)?;
    out.commit()?;
    Ok(Fixed { out: options.out.clone(), changed: fixes, fixes })
}

/// The bytes of a request after repair, and how many repairs were made.
fn repaired(file: &Path, bytes: &[u8], levels: &Levels) -> Result<(Vec<u8>, usize)> {
    let Ok(mut request) = Request::parse(file, bytes) else { return Ok((bytes.to_vec(), 0)) };
    let findings = findings_of(&request, &DataFacts::default());
    let reported = findings.iter().filter(|finding| levels.apply(finding.rule, finding.severity).is_some());
    let safe = reported.filter_map(|finding| finding.fix.as_ref()).filter(|fix| fix.kind == FixKind::Safe);
    let edits: Vec<_> = safe.flat_map(|fix| &fix.edits).collect();
    let made = edits.iter().filter(|edit| apply(edit, &mut request.value)).count();
    if made == 0 {
        return Ok((bytes.to_vec(), 0));
    }
    Ok((json_file::bytes_of(&request.value, file)?, made))
}

/// Puts a value where an edit's pointer points and says whether that changed anything.
fn apply(edit: &Edit, request: &mut Value) -> bool {
    let Edit::Set { pointer, value } = edit else { return false };
    let Some(place) = request.pointer_mut(pointer).filter(|place| *place != value) else { return false };
    place.clone_from(value);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str, levels: &Levels) -> (String, usize) {
        let (bytes, fixes) = repaired(Path::new("job.json"), text.as_bytes(), levels).unwrap();
        (String::from_utf8(bytes).unwrap(), fixes)
    }

    #[test]
    fn numbers_become_texts_and_members_keep_their_order() {
        let text = "{\"z\":1,\"hyperParameters\":{\"learningRate\":1e-5,\"epochCount\":2,\"a/b\":0.5}}";
        let (copy, fixes) = fixed(text, &Levels::default());
        assert_eq!(fixes, 3);
        assert_eq!(
            copy.split_whitespace().collect::<String>(),
            "{\"z\":1,\"hyperParameters\":{\"learningRate\":\"0.00001\",\"epochCount\":\"2\",\"a/b\":\"0.5\"}}"
        );
        assert_eq!(fixed(&copy, &Levels::default()), (copy.clone(), 0), "a repaired request keeps its bytes");
    }

    #[test]
    fn what_cannot_be_or_need_not_be_repaired_keeps_its_bytes() {
        let allowed = Levels { allow: vec!["JOB004".to_owned()], ..Levels::default() };
        let numbers = "{ \"hyperParameters\": {\"epochCount\":2} }";
        assert_eq!(fixed(numbers, &allowed), (numbers.to_owned(), 0));
        for text in ["{ not json", "[]", "{ \"hyperParameters\": {\"epochCount\":null} }"] {
            assert_eq!(fixed(text, &Levels::default()), (text.to_owned(), 0));
        }
    }
}
