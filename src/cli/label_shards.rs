//! `label --shard` and `label --merge`: many machines side by side, and one table of what they read.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use super::Summary;
use super::event::PathEvent;
use super::exit::Exit;
use super::label::{is_whole, show};
use super::session::{Session, Yes};
use super::validate::counts;
use foundation::wording::counted;
use nova_ft::aws::backend::Backend;
use nova_ft::error::{Error, Result};
use nova_ft::findings::Levels;
use nova_ft::labels::labeler::{
    Existing, MergeOptions, PartStore, PartsPlace, Shard, ShardLabelled, ShardOptions, label_shard, merge,
};
use nova_ft::reader::Threads;

#[derive(Debug, Default, Args)]
pub(super) struct ShardArgs {
    /// Read only shard I of N (from 1) and put what was read into --parts; auto: the one of this child of an AWS Batch array job
    #[arg(long, value_name = "I/N", conflicts_with_all = ["merge", "output_file", "resume"])]
    shard: Option<Choice>,
    /// Make the table of the parts of all shards, which lie in --parts
    #[arg(long)]
    merge: bool,
    /// Where the parts of shards lie: `s3://BUCKET/PREFIX/` or a folder
    #[arg(long, value_name = "PLACE")]
    parts: Option<PartsPlace>,
}

/// Which shard.
#[derive(Debug, Clone, Copy)]
enum Choice {
    One(Shard),
    /// The one that AWS Batch says.
    Auto,
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::One) }
    }
}

/// The options of `label` that these share with the rest of it, settings included.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) input_dir: Option<PathBuf>,
    pub(super) output_file: Option<PathBuf>,
    pub(super) concurrency: usize,
    pub(super) existing: Existing,
    pub(super) levels: Levels,
    pub(super) yes: Yes,
}

impl ShardArgs {
    /// Whether photos are read in shards, or the parts of such merged.
    pub(super) fn are_given(&self) -> bool {
        self.shard.is_some() || self.merge || self.parts.is_some()
    }
}

pub(super) fn execute(args: ShardArgs, shared: Shared, session: &Session<'_>) -> Result<Summary> {
    let own = session.settings.command("label");
    let place = own.required(args.parts, "parts")?;
    match (args.shard, args.merge) {
        (Some(choice), _) => {
            let shard = match choice {
                Choice::One(shard) => shard,
                Choice::Auto => of_array_job(session)?,
            };
            let options = ShardOptions {
                input_dir: own.required_path(shared.input_dir, "input_dir")?,
                shard,
                journal_dir: journal_dir(&place, session),
                concurrency: shared.concurrency,
                levels: shared.levels,
            };
            // Before the bucket is asked for anything: without the models nothing can be read.
            let reader = session.open_invoice_reader(Threads::One)?;
            let opened = Opened::new(&place, Some(shared.yes), session)?;
            let labelled = label_shard(&options, &reader, &opened.parts, session.ui)?;
            Ok(say_shard(&labelled, session))
        }
        (None, true) => {
            let options = MergeOptions {
                output_file: own.required_path(shared.output_file, "output_file")?,
                input_dir: own.path(shared.input_dir, "input_dir")?,
                existing: shared.existing,
                levels: shared.levels,
            };
            let labelled = merge(&options, &Opened::new(&place, None, session)?.parts)?;
            session.ui.step_report(&labelled.report);
            show(&labelled, session.ui);
            let summary = Summary::new(Exit::answer(is_whole(&labelled)))
                .with("photos", labelled.photos)
                .with("rows", labelled.rows)
                .with("kept", labelled.kept)
                .with("sheets", labelled.sheets)
                .with("confirmed", labelled.confirmed);
            Ok(counts(summary, &labelled.report))
        }
        (None, false) => Err(Error::Setting {
            origin: "--parts".to_owned(),
            what: "parts are written by --shard and read by --merge, and neither is given".to_owned(),
            hint: "give --shard I/N to read a shard, or --merge to make the table.".to_owned(),
        }),
    }
}

/// The shard of this process, where AWS Batch runs it as the child of an array job.
fn of_array_job(session: &Session<'_>) -> Result<Shard> {
    let wrong = |what: &str| Error::Setting {
        origin: "--shard auto".to_owned(),
        what: what.to_owned(),
        hint: "give --shard I/N here; AWS Batch sets both variables in the children of an array job.".to_owned(),
    };
    let Some((index, size)) = session.settings.array_job() else {
        return Err(wrong("AWS_BATCH_JOB_ARRAY_INDEX and AWS_BATCH_JOB_ARRAY_SIZE are not both set"));
    };
    // Theirs begins with 0.
    let shard = index.parse::<usize>().ok().zip(size.parse().ok());
    shard.and_then(|(index, size)| Shard::new(index.checked_add(1)?, size)).ok_or_else(|| {
        wrong(&format!("AWS_BATCH_JOB_ARRAY_INDEX is `{index}` and AWS_BATCH_JOB_ARRAY_SIZE `{size}`: no shard"))
    })
}

/// Where a shard remembers what it has read: beside its part, or in the output folder where the part lies in S3.
fn journal_dir(place: &PartsPlace, session: &Session<'_>) -> PathBuf {
    match place {
        PartsPlace::Folder(folder) => folder.clone(),
        PartsPlace::Bucket { bucket, prefix } => {
            // Another prefix is another folder, whatever characters it has.
            let name = nova_ft::images::hash_bytes(format!("{bucket}/{prefix}").as_bytes()).to_string();
            session.output_dir().join("label-parts").join(&name[..16])
        }
    }
}

/// The place of the parts, open.
struct Opened {
    parts: PartStore,
    /// The stand-in ends with it.
    _backend: Option<Backend>,
}

impl Opened {
    /// `yes` is given where something is written there.
    fn new(place: &PartsPlace, yes: Option<Yes>, session: &Session<'_>) -> Result<Self> {
        let (bucket, prefix) = match place {
            PartsPlace::Folder(folder) => return Ok(Self { parts: PartStore::folder(folder), _backend: None }),
            PartsPlace::Bucket { bucket, prefix } => (bucket, prefix),
        };
        let backend = session.open_backend(None)?;
        if let Some(yes) = yes {
            let what = "what was read of the photos (sellers, buyers, taxpayer ids)";
            session.ask_before_photos_leave(&backend, what, yes)?;
            backend.ensure_bucket(bucket)?;
        }
        let parts = PartStore::bucket(backend.object_store(), bucket, prefix);
        Ok(Self { parts, _backend: Some(backend) })
    }
}

fn say_shard(labelled: &ShardLabelled, session: &Session<'_>) -> Summary {
    let ui = session.ui;
    ui.step_report(&labelled.report);
    if labelled.recalled > 0 {
        ui.status(&format!("{} read by an earlier run", counted(labelled.recalled, "photo")));
    }
    let wrote = if labelled.is_unchanged { "left as it is" } else { "wrote" };
    let (part, photos) = (&labelled.part, counted(labelled.photos, "photo"));
    ui.result(&format!("{wrote} {part}: {photos} of {}, shard {}", labelled.all_photos, labelled.shard));
    ui.event(&PathEvent::written("part", Path::new(part)));
    // A photo that cannot be read is in the part, and the merge tells of it: the shard itself is done.
    let summary = Summary::new(Exit::Done)
        .with("shard", labelled.shard.to_string())
        .with("part", part.as_str())
        .with("photos", labelled.photos)
        .with("recalled", labelled.recalled);
    counts(summary, &labelled.report)
}
