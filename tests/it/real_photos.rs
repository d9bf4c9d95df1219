//! The 50 real photos, where they are at hand: `make test` runs these with `--ignored` when the folder exists.

use std::path::{Path, PathBuf};

use crate::harness::{Project, Said};

pub(crate) fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("NOVA_FT_REAL_PHOTOS").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/real"));
    if folder.join("vat_train").is_dir() {
        return folder.canonicalize().ok();
    }
    eprintln!("skipped: there are no real photos in {}", folder.display());
    None
}

fn run(project: &Project, folder: &Path, args: &[&str]) -> Said {
    let labels = folder.join("vat_train_sellers.csv").display().to_string();
    let photos = folder.join("vat_train").display().to_string();
    project.run(&[args, &["--labels", &labels, "--input-dir", &photos]].concat())
}

/// The sheets that `vat_train_notes.csv` tells of: sets of photos of the same paper.
pub(crate) fn sheets(folder: &Path) -> Vec<std::collections::BTreeSet<String>> {
    let notes = std::fs::read_to_string(folder.join("vat_train_notes.csv")).unwrap();
    let mut sheets = std::collections::BTreeSet::new();
    for line in notes.lines().skip(1) {
        let Some((image, rest)) = line.split_once(',') else { continue };
        // A photo without this note is the only one of its sheet.
        let others = rest.split("same physical invoice as ").nth(1).unwrap_or_default();
        let others = others.split([' ', '"', ';']).filter(|part| part.len() == 4);
        let others = others.map(|number| format!("vat_{number}.jpg"));
        sheets.insert(others.chain([image.to_owned()]).collect::<std::collections::BTreeSet<_>>());
    }
    sheets.into_iter().collect()
}

#[test]
#[ignore = "needs the real photos"]
fn prepare_validate_upload_upload() {
    let Some(folder) = folder() else { return };
    let project = Project::empty();
    let _ = run(&project, &folder, &["prepare"]).exits(0);
    let validate = ["validate", "output/dataset/train.jsonl", "--validation", "output/dataset/validation.jsonl"];
    let said = project.run(&validate).exits(0);
    assert!(said.stdout.contains("0 errors, 0 warnings"), "{}", said.all());
    assert!(said.stdout.contains("checked 50 records and 50 photos"), "{}", said.all());
    let first = project.run(&["upload"]).exits(0);
    assert_eq!(first.lines("put").len(), 52, "{}", first.all());
    let second = project.run(&["upload"]).exits(0);
    assert_eq!((second.lines("put").len(), second.lines("skip").len()), (0, 52), "{}", second.all());
}

#[test]
#[ignore = "needs the real photos"]
fn no_sheet_stands_on_both_sides_with_any_seed() {
    let Some(folder) = folder() else { return };
    let sheets = sheets(&folder);
    // Two photos have no line in the notes; each is the only one of its sheet.
    assert_eq!(sheets.len() + 2, 19, "{sheets:?}");
    let project = Project::empty();
    let mut held_out = 0;
    for seed in ["1", "2", "3", "7"] {
        let _ = run(&project, &folder, &["prepare", "--seed", seed]).exits(0);
        let manifest: serde_json::Value = serde_json::from_str(&project.read("output/dataset/manifest.json")).unwrap();
        let photos = manifest["photos"].as_array().unwrap();
        assert_eq!(photos.len(), 50);
        let side = |name: &str| photos.iter().find(|photo| photo["image"] == name).unwrap()["side"].clone();
        for sheet in &sheets {
            let sides: std::collections::BTreeSet<_> = sheet.iter().map(|name| side(name).to_string()).collect();
            assert_eq!(sides.len(), 1, "seed {seed}: {sheet:?}");
        }
        held_out += photos.iter().filter(|photo| photo["side"] == "validation").count();
    }
    assert!(held_out > 0);
}
