use std::collections::BTreeSet;

use clap::Args;

use super::event::DocumentEvent;
use super::spec::{Resolved, SpecArgs};
use crate::cli::Summary;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use nova_ft::aws::backend::BackendKind;
use nova_ft::dataset::{Manifest, ObjectKeys};
use nova_ft::error::Result;
use nova_ft::findings::limits::TUNING_REGION;
use nova_ft::local::ACCOUNT_ID;
use nova_ft::settings::MissingSettings;
use nova_ft::training::job::{Policies, account_of_role, key_arn};

#[derive(Debug, Args)]
pub(in crate::cli) struct PolicyArgs {
    #[command(flatten)]
    spec: SpecArgs,
    /// Account of role and buckets, 12 digits [default: the role's, else the data set's]
    #[arg(long, value_name = "ACCOUNT")]
    account_id: Option<String>,
    /// KMS key that encrypts the buckets by default, its ARN or id; adds the kms: statements for role and caller
    #[arg(long, value_name = "KEY")]
    kms_key_id: Option<String>,
}

pub(super) fn execute(args: PolicyArgs, session: &Session<'_>) -> Result<Summary> {
    session.say_settings();
    let own = session.settings.command("job");
    let account: Option<String> = own.value(args.account_id, "account_id")?;
    let mut missing = MissingSettings::default();
    let resolved = args.spec.resolve_for_policy(account.as_deref(), session, &mut missing)?;
    missing.check()?;
    let of_dataset = resolved.dataset.as_ref().map(|(_, manifest)| manifest.account_id.clone());
    let of_role = account_of_role(&resolved.spec.role_arn).map(str::to_owned);
    let account = match account.or(of_role).or(of_dataset) {
        None if session.backend_kind()? == BackendKind::Local => ACCOUNT_ID.to_owned(),
        account => own.required(account, "account_id")?,
    };
    let region = resolved.region.as_deref().unwrap_or(TUNING_REGION);
    let policies = Policies::build(&resolved.spec.request(), &photo_prefixes(&resolved), &account, region);
    let key: Option<String> = own.value(args.kms_key_id, "kms_key_id")?;
    let has_key = key.is_some();
    let policies = match key {
        Some(key) => policies.with_bucket_key(&key_arn(&key, &account, region)?),
        None => policies,
    };
    let document = policies.to_json();
    session.ui.status("trust: the role's trust policy; role: its permissions; caller: those of whoever runs nova-ft");
    session.ui.status(&format!("for jobs of the account {account} in {region}; --region and --account-id name others"));
    if !has_key {
        session.ui.status(
            "no kms: statements; a bucket that is encrypted with a KMS key of your own needs them: give --kms-key-id \
             (`nova-ft job create` names the key, JOB028)",
        );
    }
    if session.ui.is_json() {
        session.ui.event(&DocumentEvent::policy(&document));
    } else {
        session.ui.print(&serde_json::to_string_pretty(&document).unwrap_or_default());
    }
    Ok(Summary::new(Exit::Done))
}

/// The folders of the photos: the data set's, else all that lies beside the records.
fn photo_prefixes(resolved: &Resolved) -> BTreeSet<String> {
    let prefix = if let Some((_, manifest)) = &resolved.dataset {
        photos_of(manifest)
    } else {
        let training = &resolved.spec.training_data_s3_uri;
        training.rfind('/').map_or(String::new(), |slash| training[..=slash].to_owned())
    };
    BTreeSet::from([prefix])
}

fn photos_of(manifest: &Manifest) -> String {
    format!("s3://{}/{}", manifest.s3_bucket, ObjectKeys::below(&manifest.s3_prefix).photo_folder())
}
