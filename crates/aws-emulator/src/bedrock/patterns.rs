//! The patterns of Bedrock's service model (botocore, bedrock 2023-04-20), each as it is written there.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

/// A regular expression that a whole text must match.
#[derive(Debug)]
pub(super) struct Pattern {
    /// As the service model has it.
    pub(super) text: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    const fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// Whether the whole text matches. Classes such as `\w` are ASCII, as in the service's own implementation.
    pub(super) fn is_match(&self, text: &str) -> bool {
        let whole = || RegexBuilder::new(&format!("^(?:{})$", self.text)).unicode(false).build().ok();
        // Every pattern compiles: a test compiles all of them.
        self.compiled.get_or_init(whole).as_ref().is_some_and(|regex| regex.is_match(text.as_bytes()))
    }
}

pub(super) static JOB_NAME: Pattern = Pattern::new(r"[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*");
pub(super) static MODEL_NAME: Pattern = Pattern::new("([0-9a-zA-Z][_-]?){1,63}");
pub(super) static ROLE_ARN: Pattern = Pattern::new("arn:aws(-[^:]+)?:iam::([0-9]{12})?:role/.+");
pub(super) static TOKEN: Pattern = Pattern::new("[a-zA-Z0-9]([-a-zA-Z0-9]{0,254}[a-zA-Z0-9])?");
pub(super) static BASE_MODEL: Pattern = Pattern::new(
    "(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:(([0-9]{12}:custom-model/([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}\
           ([.]?[a-z0-9-]{1,63})([:][a-z0-9-]{1,63}){0,2})/[a-z0-9]{12})|(:foundation-model/[a-z0-9-]{1,63}[.]{1}\
           [a-z0-9-]{1,63}([:][a-z0-9-]{1,63}){0,2})))|([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.]?[a-z0-9-]{1,63})\
           ([:][a-z0-9-]{1,63}){0,2})|(([0-9a-zA-Z][_-]?)+)",
);
pub(super) static S3_URI: Pattern =
    Pattern::new(r"s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](?:/[-!_*'().a-z0-9A-Z]+(?:/[-!_*'().a-z0-9A-Z]+)*)?/?");
pub(super) static KMS_KEY: Pattern = Pattern::new(
    "(arn:aws(-[^:]+)?:kms:[a-zA-Z0-9-]*:[0-9]{12}:((key/[a-zA-Z0-9-]{36})|(alias/[a-zA-Z0-9-_/]+)))|\
           ([a-zA-Z0-9-]{36})|(alias/[a-zA-Z0-9-_/]+)",
);
pub(super) static TAG: Pattern = Pattern::new(r"[a-zA-Z0-9\s._:/=+@-]*");
pub(super) static NETWORK_ID: Pattern = Pattern::new("[-0-9a-zA-Z]+");
pub(super) static CUSTOM_MODEL_ARN: Pattern = Pattern::new(
    "arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:[a-z0-9-]{1,20}:[0-9]{12}:custom-model/(imported|[a-z0-9-]{1,63}[.]{1}\
           [a-z0-9-]{1,63}([a-z0-9-]{1,63}[.]){0,2}[a-z0-9-]{1,63}([:][a-z0-9-]{1,63}){0,2})/[a-z0-9]{12}",
);
pub(super) static PROVIDER: Pattern = Pattern::new("[A-Za-z0-9- ]{1,63}");
pub(super) static ROLE_NAME: Pattern = Pattern::new(r"[\w+=,.@-]+");
pub(super) static JOB_IDENTIFIER: Pattern = Pattern::new(
    "(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:model-customization-job/[a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}\
           ([a-z0-9-]{1,63}[.]){0,2}[a-z0-9-]{1,63}([:][a-z0-9-]{1,63}){0,2}/[a-z0-9]{12})|\
           ([a-zA-Z0-9](-*[a-zA-Z0-9\\+\\-\\.])*)",
);
pub(super) static MODEL_IDENTIFIER: Pattern = Pattern::new(
    "arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:(([0-9]{12}:custom-model/((imported)|([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}))\
           (([:][a-z0-9-]{1,63}){0,2})?/[a-z0-9]{12})|(:foundation-model/([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}\
           ([.]?[a-z0-9-]{1,63})([:][a-z0-9-]{1,63}){0,2})))|(([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.]?[a-z0-9-]{1,63})\
           ([:][a-z0-9-]{1,63}){0,2}))|(([0-9a-zA-Z][_-]?)+)",
);
pub(super) static FOUNDATION_MODEL: Pattern = Pattern::new(
    "(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}::foundation-model/[a-z0-9-]{1,63}[.]{1}([a-z0-9-]{1,63}[.]){0,2}\
           [a-z0-9-]{1,63}([:][a-z0-9-]{1,63}){0,2})|([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.]?[a-z0-9-]{1,63})\
           ([:][a-z0-9-]{1,63}){0,2})",
);
pub(super) static DEPLOYMENT_IDENTIFIER: Pattern = Pattern::new(
    "(arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:[a-z0-9-]{1,20}:[0-9]{12}:custom-model-deployment/[a-z0-9]{12})|\
           ^([0-9a-zA-Z][_-]?){1,63}",
);
pub(super) static ACCOUNT: Pattern = Pattern::new("[0-9]{12}");
pub(super) static BATCH_NAME: Pattern = Pattern::new(r"[a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9\+\-\.]){0,63}");
pub(super) static BATCH_TOKEN: Pattern = Pattern::new("[a-zA-Z0-9]{1,256}(-*[a-zA-Z0-9]){0,256}");
pub(super) static BATCH_IDENTIFIER: Pattern =
    Pattern::new("((arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:model-invocation-job/)?[a-z0-9]{12})");
pub(super) static BATCH_MODEL: Pattern = Pattern::new(
    "(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:(([0-9]{12}:custom-model/[a-z0-9-]{1,63}[.]{1}[a-z0-9-:]{1,63}/\
           [a-z0-9]{12}$)|(:foundation-model/([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.]?[a-z0-9-]{1,63})\
           ([:][a-z0-9-]{1,63}){0,2})|(([0-9a-zA-Z][_-]?)+)$)|([0-9]{12}:(inference-profile|\
           application-inference-profile)/[a-zA-Z0-9-:.]+$)))|([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}\
           ([.]?[a-z0-9-]{1,63})([:][a-z0-9-]{1,63}){0,2})|(([0-9a-zA-Z][_-]?)+)",
);

/// The account (which may be left out) and the path and name of a role.
pub(super) fn role_of_arn(arn: &str) -> Option<(&str, &str)> {
    let (_, account_and_role) = arn.split_once(":iam::")?;
    account_and_role.split_once(":role/").filter(|_| ROLE_ARN.is_match(arn))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &Pattern, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(pattern.is_match(text), "{text} is {}", pattern.text);
        }
        for text in bad {
            assert!(!pattern.is_match(text), "{text} is not {}", pattern.text);
        }
    }

    #[test]
    fn every_pattern_compiles() {
        for pattern in [
            &JOB_NAME,
            &MODEL_NAME,
            &ROLE_ARN,
            &TOKEN,
            &BASE_MODEL,
            &S3_URI,
            &KMS_KEY,
            &TAG,
            &NETWORK_ID,
            &CUSTOM_MODEL_ARN,
            &PROVIDER,
            &ROLE_NAME,
            &JOB_IDENTIFIER,
            &MODEL_IDENTIFIER,
            &FOUNDATION_MODEL,
            &DEPLOYMENT_IDENTIFIER,
            &ACCOUNT,
            &BATCH_NAME,
            &BATCH_TOKEN,
            &BATCH_IDENTIFIER,
            &BATCH_MODEL,
        ] {
            pattern.is_match("");
            assert!(pattern.compiled.get().is_some_and(Option::is_some), "{}", pattern.text);
        }
    }

    #[test]
    fn names_roles_and_tokens_are_what_the_service_model_says() {
        check(&JOB_NAME, &["a", "a-b.c+d", "9--x"], &["", "-a", "a_b", "发票", "a b"]);
        check(&MODEL_NAME, &["a", "a-b_c", "9-"], &["", "-a", "a--b", "a.b", "a_-b"]);
        check(&TOKEN, &["a", "a-b", "a--b"], &["", "-a", "a-", "a_b"]);
        let roles = ["arn:aws:iam::123456789012:role/r", "arn:aws-cn:iam:::role/p/r"];
        check(&ROLE_ARN, &roles, &["arn:aws:iam::12345678901:role/r", "arn:aws:iam::123456789012:role/", "r"]);
        check(&TAG, &["", "a b_c:/=+@-."], &["发票", "a#b"]);
        check(&ROLE_NAME, &["a_b+=,.@-"], &["", "a b", "a/b"]);
        check(&KMS_KEY, &["alias/x", "arn:aws:kms:us-east-1:123456789012:alias/a-b"], &["x", "alias/", "arn:aws:kms"]);
    }

    #[test]
    fn models_and_places_are_what_the_service_model_says() {
        let custom = "arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0:300k/abcdefghij12";
        let models = [
            "amazon.nova-lite-v1:0:300k",
            "us.amazon.nova-lite-v1:0",
            "us.anthropic.claude-3-haiku-20240307-v1:0",
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k",
            "my_model",
            custom,
        ];
        check(&BASE_MODEL, &models, &["", "a.b:c:d:e", "Amazon.nova", "a..b", "arn:aws:bedrock:us-east-1::x/a.b"]);
        check(
            &CUSTOM_MODEL_ARN,
            &[custom],
            &[&custom[..custom.len() - 1], "arn:aws:bedrock:us-east-1::foundation-model/a.b"],
        );
        let job = custom.replace("custom-model", "model-customization-job");
        let deployment = "arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abcdefghij12";
        check(&JOB_IDENTIFIER, &["a-job", &job], &["", "a b", "a_b", custom, &job[..job.len() - 1]]);
        check(&MODEL_IDENTIFIER, &["my_model", custom], &["", "a b", &job, deployment]);
        check(&FOUNDATION_MODEL, &models[..4], &["", "a b", "my_model", custom]);
        check(&DEPLOYMENT_IDENTIFIER, &["my_model", deployment], &["", "a b", "a.b", custom, &deployment[1..]]);
        let uris = ["s3://abc", "s3://abc/", "s3://abc/d", "s3://abc/d/e.jsonl", "s3://a-b.c/d/"];
        check(
            &S3_URI,
            &uris,
            &["abc/d", "s3://ab", "s3://Abc/d", "s3://abc/d//e", "s3://abc/d e", "s3://abc/发", "s3://abc//"],
        );
    }
}
