//! The IAM documents that a job needs: exactly for its buckets and prefixes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::base_model::base_inference_id;
use crate::aws::bedrock::CreateJob;
use crate::error::{Error, Result};

/// The documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policies {
    /// Who may take the role on: its trust policy.
    pub trust: Value,
    /// What the role may do.
    pub role: Value,
    /// What those may do who create the job, watch it, and use the model.
    pub caller: Value,
}

impl Policies {
    /// For a request of this account in this Region, whose records name photos below these prefixes (`s3://bucket/prefix/`).
    pub fn build(request: &CreateJob, photo_prefixes: &BTreeSet<String>, account_id: &str, region: &str) -> Self {
        let records = [Some(&request.training_data_s3_uri), request.validation_data_s3_uri.as_ref()];
        let mut read = Grants::default();
        records.into_iter().flatten().for_each(|uri| read.add(uri));
        for prefix in photo_prefixes {
            read.add_below(prefix);
        }
        let mut write = Grants::default();
        write.add_below(&request.output_data_s3_uri);
        Self {
            trust: trust(account_id, region),
            role: document(&[
                statement("ReadRecordsAndPhotos", &["s3:GetObject"], &read.objects),
                statement("WriteMetrics", &["s3:GetObject", "s3:PutObject"], &write.objects),
                list_statement(&read, &write, account_id),
            ]),
            caller: caller(request, &read, &write, account_id, region),
        }
    }

    /// Adds what role and caller need for buckets that are encrypted with a KMS key of your own, by the key's ARN.
    ///
    /// Uploads need `kms:GenerateDataKey`, downloads and multipart uploads `kms:Decrypt` (Amazon S3 user guide, page "Using
    /// server-side encryption with AWS KMS keys"); the role needs `kms:Decrypt` (Bedrock user guide, page "Troubleshooting model
    /// customization issues"), and `kms:DescribeKey` is among what Bedrock's page "Encryption of custom models" lists for
    /// it. Copies of October 2026. The key's own policy must allow the same, or leave it to the IAM policies of its account.
    #[must_use]
    pub fn with_bucket_key(mut self, key_arn: &str) -> Self {
        let resource = [key_arn];
        let of_role = statement("UseBucketKey", &["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"], &resource);
        let of_caller = statement("UseBucketKey", &["kms:Decrypt", "kms:GenerateDataKey"], &resource);
        for (document, statement) in [(&mut self.role, of_role), (&mut self.caller, of_caller)] {
            if let Some(statements) = document["Statement"].as_array_mut() {
                statements.push(statement);
            }
        }
        self
    }

    /// All of them in one object.
    pub fn to_json(&self) -> Value {
        json!({"trust": self.trust, "role": self.role, "caller": self.caller})
    }
}

/// Returns the ARN of a KMS key that is named by its ARN or its id, as IAM policies need it.
///
/// # Errors
/// Where it is an alias, which IAM policies do not take, or no key at all.
pub fn key_arn(key: &str, account_id: &str, region: &str) -> Result<String> {
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match key.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", _, "kms", _, _, resource] if resource.strip_prefix("key/").is_some_and(is_id) => Ok(key.to_owned()),
        [id] if is_id(id) => Ok(format!("arn:aws:kms:{region}:{account_id}:key/{id}")),
        _ => Err(Error::Setting {
            origin: "kms_key_id".to_owned(),
            what: format!("`{key}` is not the ARN or id of a KMS key; IAM policies take no alias"),
            hint: "`aws kms describe-key --key-id KEY --query KeyMetadata.Arn` prints the ARN of an alias.".to_owned(),
        }),
    }
}

/// Objects by ARN, and what of each bucket is listed.
#[derive(Debug, Default)]
struct Grants {
    objects: BTreeSet<String>,
    listed: BTreeMap<String, BTreeSet<String>>,
}

impl Grants {
    /// One object.
    fn add(&mut self, uri: &str) {
        let Some((bucket, key)) = parts(uri) else { return };
        self.objects.insert(format!("arn:aws:s3:::{bucket}/{key}"));
        self.listed.entry(bucket.to_owned()).or_default().insert(key.to_owned());
    }

    /// All objects below a prefix.
    fn add_below(&mut self, uri: &str) {
        let Some((bucket, prefix)) = parts(uri) else { return };
        let prefix = prefix.trim_end_matches('/');
        let below = if prefix.is_empty() { "*".to_owned() } else { format!("{prefix}/*") };
        self.objects.insert(format!("arn:aws:s3:::{bucket}/{below}"));
        let listed = self.listed.entry(bucket.to_owned()).or_default();
        if !prefix.is_empty() {
            listed.insert(prefix.to_owned());
        }
        listed.insert(below);
    }
}

/// Bucket and key; the key may be empty.
fn parts(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("s3://")?;
    Some(rest.split_once('/').unwrap_or((rest, "")))
}

fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn statement(sid: &str, actions: &[&str], resources: &impl Serialize) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources})
}

fn trust(account_id: &str, region: &str) -> Value {
    document(&[json!({
        "Effect": "Allow",
        "Principal": {"Service": "bedrock.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account_id},
            "ArnEquals": {"aws:SourceArn": format!("arn:aws:bedrock:{region}:{account_id}:model-customization-job/*")},
        },
    })])
}

/// Listing, narrowed to what is read and written.
fn list_statement(read: &Grants, write: &Grants, account_id: &str) -> Value {
    let buckets: BTreeSet<_> =
        read.listed.keys().chain(write.listed.keys()).map(|bucket| format!("arn:aws:s3:::{bucket}")).collect();
    let prefixes: BTreeSet<_> = read.listed.values().chain(write.listed.values()).flatten().collect();
    let mut listing = statement("ListThem", &["s3:ListBucket"], &buckets);
    listing["Condition"] =
        json!({"StringLike": {"s3:prefix": prefixes}, "StringEquals": {"aws:ResourceAccount": account_id}});
    listing
}

fn caller(request: &CreateJob, read: &Grants, write: &Grants, account_id: &str, region: &str) -> Value {
    let own = |kind: &str| format!("arn:aws:bedrock:{region}:{account_id}:{kind}/*");
    let mut pass = statement("PassTheRole", &["iam:PassRole"], &[&request.role_arn]);
    pass["Condition"] = json!({"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}});
    let id = &request.base_model_identifier;
    let base =
        if id.starts_with("arn:") { id.clone() } else { format!("arn:aws:bedrock:{region}::foundation-model/{id}") };
    // What `upload` puts, and what tells whether the prefix can be written.
    let objects: BTreeSet<_> = read.objects.union(&write.objects).collect();
    let buckets: BTreeSet<_> =
        read.listed.keys().chain(write.listed.keys()).map(|bucket| format!("arn:aws:s3:::{bucket}")).collect();
    // `evaluate` asks the base model too: by its id, or by an inference profile, which routes to other Regions.
    let invoke_base = base_inference_id(id).map(|id| {
        let resources = [
            format!("arn:aws:bedrock:*::foundation-model/{id}"),
            format!("arn:aws:bedrock:{region}:{account_id}:inference-profile/*.{id}"),
        ];
        statement("InvokeBaseModel", &["bedrock:InvokeModel"], &resources)
    });
    let statements = [
        pass,
        statement("LookAtTheRole", &["iam:GetRole"], &[&request.role_arn]),
        statement(
            "TuneAModel",
            &[
                "bedrock:CreateModelCustomizationJob",
                "bedrock:GetModelCustomizationJob",
                "bedrock:StopModelCustomizationJob",
                "bedrock:TagResource",
            ],
            &[base, own("model-customization-job"), own("custom-model")],
        ),
        statement(
            "UseTheModel",
            &[
                "bedrock:GetCustomModel",
                "bedrock:DeleteCustomModel",
                "bedrock:CreateCustomModelDeployment",
                "bedrock:GetCustomModelDeployment",
                "bedrock:DeleteCustomModelDeployment",
                "bedrock:InvokeModel",
            ],
            &[own("custom-model"), own("custom-model-deployment")],
        ),
        // These know no resource.
        statement(
            "SeeWhatThereIs",
            &[
                "bedrock:ListFoundationModels",
                "bedrock:ListModelCustomizationJobs",
                "bedrock:ListCustomModels",
                "bedrock:ListCustomModelDeployments",
                "sts:GetCallerIdentity",
            ],
            &"*",
        ),
        // Parts of an upload that was cut off cost money until it is given up.
        statement("Objects", &["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], &objects),
        statement(
            "Buckets",
            &[
                "s3:ListBucket",
                "s3:ListBucketMultipartUploads",
                "s3:GetBucketLocation",
                "s3:GetEncryptionConfiguration",
            ],
            &buckets,
        ),
    ];
    document(&statements.into_iter().chain(invoke_base).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::iam::TrustPolicy;

    fn policies() -> Policies {
        let request = CreateJob {
            role_arn: "arn:aws:iam::123456789012:role/tune".to_owned(),
            base_model_identifier: "amazon.nova-lite-v1:0:300k".to_owned(),
            training_data_s3_uri: "s3://data/p/train.jsonl".to_owned(),
            validation_data_s3_uri: Some("s3://data/p/validation.jsonl".to_owned()),
            output_data_s3_uri: "s3://metrics".to_owned(),
            ..CreateJob::default()
        };
        let photos = BTreeSet::from(["s3://data/p/images/".to_owned()]);
        Policies::build(&request, &photos, "123456789012", "us-east-1")
    }

    #[test]
    fn the_documents_name_exactly_these_buckets_and_prefixes() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&policies().to_json()).unwrap());
    }

    #[test]
    fn a_bucket_key_is_in_the_documents_of_role_and_caller_with_what_each_needs() {
        let key = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-123456789abc";
        assert!(!policies().to_json().to_string().contains("kms:"));
        let policies = policies().with_bucket_key(key);
        let of_key = |document: &Value| {
            let statements = document["Statement"].as_array().unwrap();
            let found: Vec<_> =
                statements.iter().filter(|statement| statement["Sid"] == "UseBucketKey").cloned().collect();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0]["Resource"], json!([key]));
            found[0]["Action"].clone()
        };
        assert_eq!(of_key(&policies.role), json!(["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"]));
        assert_eq!(of_key(&policies.caller), json!(["kms:Decrypt", "kms:GenerateDataKey"]));
        assert!(!policies.trust.to_string().contains("kms:"));
    }

    #[test]
    fn a_key_is_named_by_arn_or_id_and_never_by_alias() {
        let arn = |key: &str| key_arn(key, "123456789012", "us-east-1").ok();
        let whole = "arn:aws:kms:eu-west-1:999999999999:key/mrk-0a1b2c3d";
        assert_eq!(arn(whole).as_deref(), Some(whole));
        assert_eq!(arn("0a1b-2c3d").as_deref(), Some("arn:aws:kms:us-east-1:123456789012:key/0a1b-2c3d"));
        for no_key in [
            "",
            "alias/invoices",
            "arn:aws:kms:us-east-1:123456789012:alias/invoices",
            "arn:aws:s3:::bucket",
            "arn:aws:kms:us-east-1:123456789012:key/",
            "arn:aws:kms:us-east-1:123456789012:key/*",
        ] {
            assert_eq!(arn(no_key), None, "{no_key}");
        }
    }

    #[test]
    fn the_trust_policy_passes_our_own_check_and_no_other_accounts() {
        let trust = TrustPolicy::parse(&policies().trust.to_string()).unwrap();
        assert_eq!(trust.check("123456789012", "us-east-1"), Ok(()));
        assert!(trust.check("999999999999", "us-east-1").is_err());
        assert!(trust.check("123456789012", "us-west-2").is_err());
    }
}
