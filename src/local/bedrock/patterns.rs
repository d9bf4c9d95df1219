//! The patterns of Bedrock's service model (botocore, bedrock 2023-04-20): each as it is written there, for the message,
//! and as a function.

/// A regular expression that a whole text must match.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pattern {
    /// As the service model has it.
    pub(super) text: &'static str,
    pub(super) is_match: fn(&str) -> bool,
}

pub(super) const JOB_NAME: Pattern = Pattern { text: r"[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*", is_match: is_job_name };
pub(super) const MODEL_NAME: Pattern = Pattern { text: "([0-9a-zA-Z][_-]?){1,63}", is_match: is_model_name };
pub(super) const ROLE_ARN: Pattern =
    Pattern { text: "arn:aws(-[^:]+)?:iam::([0-9]{12})?:role/.+", is_match: |text| role_of_arn(text).is_some() };
pub(super) const TOKEN: Pattern = Pattern { text: "[a-zA-Z0-9]([-a-zA-Z0-9]{0,254}[a-zA-Z0-9])?", is_match: is_token };
pub(super) const BASE_MODEL: Pattern = Pattern {
    text: "(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:(([0-9]{12}:custom-model/([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}\
           ([.]?[a-z0-9-]{1,63})([:][a-z0-9-]{1,63}){0,2})/[a-z0-9]{12})|(:foundation-model/[a-z0-9-]{1,63}[.]{1}\
           [a-z0-9-]{1,63}([:][a-z0-9-]{1,63}){0,2})))|([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.]?[a-z0-9-]{1,63})\
           ([:][a-z0-9-]{1,63}){0,2})|(([0-9a-zA-Z][_-]?)+)",
    is_match: is_base_model,
};
pub(super) const S3_URI: Pattern = Pattern {
    text: r"s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](?:/[-!_*'().a-z0-9A-Z]+(?:/[-!_*'().a-z0-9A-Z]+)*)?/?",
    is_match: is_s3_uri,
};
pub(super) const KMS_KEY: Pattern = Pattern {
    text: "(arn:aws(-[^:]+)?:kms:[a-zA-Z0-9-]*:[0-9]{12}:((key/[a-zA-Z0-9-]{36})|(alias/[a-zA-Z0-9-_/]+)))|\
           ([a-zA-Z0-9-]{36})|(alias/[a-zA-Z0-9-_/]+)",
    is_match: is_kms_key,
};
pub(super) const TAG: Pattern = Pattern { text: r"[a-zA-Z0-9\s._:/=+@-]*", is_match: is_tag };
pub(super) const NETWORK_ID: Pattern = Pattern {
    text: "[-0-9a-zA-Z]+",
    is_match: |text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
};
pub(super) const CUSTOM_MODEL_ARN: Pattern = Pattern {
    text: "arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:[a-z0-9-]{1,20}:[0-9]{12}:custom-model/(imported|[a-z0-9-]{1,63}[.]{1}\
           [a-z0-9-]{1,63}([a-z0-9-]{1,63}[.]){0,2}[a-z0-9-]{1,63}([:][a-z0-9-]{1,63}){0,2})/[a-z0-9]{12}",
    is_match: is_custom_model_arn,
};
pub(super) const PROVIDER: Pattern = Pattern {
    text: "[A-Za-z0-9- ]{1,63}",
    is_match: |text| {
        (1..=63).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"- ".contains(&byte))
    },
};
pub(super) const ROLE_NAME: Pattern = Pattern {
    text: r"[\w+=,.@-]+",
    is_match: |text| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
    },
};
pub(super) const JOB_IDENTIFIER: Pattern = Pattern {
    text: "(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:model-customization-job/[a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}\
           ([a-z0-9-]{1,63}[.]){0,2}[a-z0-9-]{1,63}([:][a-z0-9-]{1,63}){0,2}/[a-z0-9]{12})|\
           ([a-zA-Z0-9](-*[a-zA-Z0-9\\+\\-\\.])*)",
    is_match: |text| is_job_name(text) || is_arn_of_tuning(text, "model-customization-job"),
};
pub(super) const MODEL_IDENTIFIER: Pattern = Pattern {
    text: "arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:(([0-9]{12}:custom-model/((imported)|([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}))\
           (([:][a-z0-9-]{1,63}){0,2})?/[a-z0-9]{12})|(:foundation-model/([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}\
           ([.]?[a-z0-9-]{1,63})([:][a-z0-9-]{1,63}){0,2})))|(([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.]?[a-z0-9-]{1,63})\
           ([:][a-z0-9-]{1,63}){0,2}))|(([0-9a-zA-Z][_-]?)+)",
    is_match: is_base_model,
};
pub(super) const FOUNDATION_MODEL: Pattern = Pattern {
    text: "(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}::foundation-model/[a-z0-9-]{1,63}[.]{1}([a-z0-9-]{1,63}[.]){0,2}\
           [a-z0-9-]{1,63}([:][a-z0-9-]{1,63}){0,2})|([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.]?[a-z0-9-]{1,63})\
           ([:][a-z0-9-]{1,63}){0,2})",
    is_match: |text| is_model_id(text) || is_foundation_arn(text),
};
pub(super) const DEPLOYMENT_IDENTIFIER: Pattern = Pattern {
    text: "(arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:[a-z0-9-]{1,20}:[0-9]{12}:custom-model-deployment/[a-z0-9]{12})|\
           ^([0-9a-zA-Z][_-]?){1,63}",
    is_match: |text| is_model_name(text) || is_arn_of(text, "custom-model-deployment"),
};

pub(super) const ACCOUNT: Pattern = Pattern { text: "[0-9]{12}", is_match: is_account };
pub(super) const BATCH_NAME: Pattern =
    Pattern { text: r"[a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9\+\-\.]){0,63}", is_match: is_job_name };
pub(super) const BATCH_TOKEN: Pattern =
    Pattern { text: "[a-zA-Z0-9]{1,256}(-*[a-zA-Z0-9]){0,256}", is_match: is_token };
pub(super) const BATCH_IDENTIFIER: Pattern = Pattern {
    text: "((arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:model-invocation-job/)?[a-z0-9]{12})",
    is_match: |text| is_id(text) || is_arn_of(text, "model-invocation-job"),
};
pub(super) const BATCH_MODEL: Pattern = Pattern {
    text: "(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:(([0-9]{12}:custom-model/[a-z0-9-]{1,63}[.]{1}[a-z0-9-:]{1,63}/\
           [a-z0-9]{12}$)|(:foundation-model/([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.]?[a-z0-9-]{1,63})\
           ([:][a-z0-9-]{1,63}){0,2})|(([0-9a-zA-Z][_-]?)+)$)|([0-9]{12}:(inference-profile|\
           application-inference-profile)/[a-zA-Z0-9-:.]+$)))|([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}\
           ([.]?[a-z0-9-]{1,63})([:][a-z0-9-]{1,63}){0,2})|(([0-9a-zA-Z][_-]?)+)",
    is_match: |text| is_base_model(text) || is_profile_arn(text),
};

fn is_job_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_model_name(text: &str) -> bool {
    // Each hyphen and underscore follows a letter or digit.
    let mut after_word = false;
    for byte in text.bytes() {
        match byte {
            b'-' | b'_' if after_word => after_word = false,
            _ if byte.is_ascii_alphanumeric() => after_word = true,
            _ => return false,
        }
    }
    !text.is_empty()
}

fn is_token(text: &str) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    is_word(text.as_bytes().first())
        && is_word(text.as_bytes().last())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// What follows `arn:aws…:SERVICE:`.
fn after_service<'a>(arn: &'a str, service: &str) -> Option<&'a str> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(':')?;
    let is_aws = partition == "aws" || partition.strip_prefix("aws-").is_some_and(|other| !other.is_empty());
    rest.strip_prefix(service)?.strip_prefix(':').filter(|_| is_aws)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account (which may be left out) and the path and name of a role.
pub(super) fn role_of_arn(arn: &str) -> Option<(&str, &str)> {
    let (account, name) = after_service(arn, "iam")?.strip_prefix(':')?.split_once(":role/")?;
    ((account.is_empty() || is_account(account)) && !name.is_empty()).then_some((account, name))
}

/// Between 1 and 63 of `[a-z0-9-]`.
fn is_word(text: &str) -> bool {
    (1..=63).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A model's id: words joined by one or two points, and up to two words after colons.
fn is_model_id(text: &str) -> bool {
    let mut parts = text.split(':');
    let name = parts.next().unwrap_or_default();
    let words: Vec<_> = name.split('.').collect();
    let suffixes: Vec<_> = parts.collect();
    matches!(words.len(), 2 | 3)
        && words.into_iter().chain(suffixes.iter().copied()).all(is_word)
        && suffixes.len() <= 2
}

/// The twelve characters that end the ARNs of Bedrock's resources.
fn is_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

fn is_custom_model_arn(text: &str) -> bool {
    is_arn_of_tuning(text, "custom-model")
}

/// `arn:aws:bedrock:REGION:ACCOUNT:KIND/MODEL/ID`.
fn is_arn_of_tuning(text: &str, kind: &str) -> bool {
    let inside = || {
        let (region, rest) = after_service(text, "bedrock")?.split_once(':')?;
        let (account, rest) = rest.split_once(':')?;
        let (model, id) = rest.strip_prefix(kind)?.strip_prefix('/')?.rsplit_once('/')?;
        let is_imported = kind == "custom-model" && model == "imported";
        Some(is_region(region) && is_account(account) && (is_imported || is_model_id(model)) && is_id(id))
    };
    inside().unwrap_or(false)
}

/// `arn:aws:bedrock:REGION:ACCOUNT:KIND/ID`.
fn is_arn_of(text: &str, kind: &str) -> bool {
    let inside = || {
        let (region, rest) = after_service(text, "bedrock")?.split_once(':')?;
        let (account, rest) = rest.split_once(':')?;
        let id = rest.strip_prefix(kind)?.strip_prefix('/')?;
        Some(is_region(region) && is_account(account) && is_id(id))
    };
    inside().unwrap_or(false)
}

fn is_profile_arn(text: &str) -> bool {
    let inside = || {
        let (region, rest) = after_service(text, "bedrock")?.split_once(':')?;
        let (account, rest) = rest.split_once(':')?;
        let (kind, name) = rest.split_once('/')?;
        let is_profile = matches!(kind, "inference-profile" | "application-inference-profile");
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-:.".contains(&b));
        Some(is_region(region) && is_account(account) && is_profile && is_name)
    };
    inside().unwrap_or(false)
}

fn is_region(text: &str) -> bool {
    text.len() <= 20 && is_word(text)
}

fn is_foundation_arn(text: &str) -> bool {
    let inside = || {
        let (region, rest) = after_service(text, "bedrock")?.split_once(':')?;
        let model = rest.strip_prefix(":foundation-model/")?;
        Some(is_region(region) && is_model_id(model) && model.split(':').next()?.matches('.').count() == 1)
    };
    inside().unwrap_or(false)
}

fn is_base_model(text: &str) -> bool {
    is_model_id(text) || is_model_name(text) || is_custom_model_arn(text) || is_foundation_arn(text)
}

fn is_s3_uri(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("s3://") else { return false };
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    // One slash may end the whole.
    let parts = (!key.is_empty()).then(|| key.strip_suffix('/').unwrap_or(key).split('/'));
    let edge = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let in_bucket = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
    let in_key = |b: u8| b.is_ascii_alphanumeric() || b"-!_*'().".contains(&b);
    (3..=63).contains(&bucket.len())
        && edge(bucket.as_bytes().first())
        && edge(bucket.as_bytes().last())
        && bucket.bytes().all(in_bucket)
        && parts.into_iter().flatten().all(|part| !part.is_empty() && part.bytes().all(in_key))
}

fn is_kms_key(text: &str) -> bool {
    let is_key_id = |id: &str| id.len() == 36 && (NETWORK_ID.is_match)(id);
    let is_alias = |alias: &str| {
        alias.strip_prefix("alias/").is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/".contains(&b))
        })
    };
    let is_arn = || {
        let (region, rest) = after_service(text, "kms")?.split_once(':')?;
        let (account, key) = rest.split_once(':')?;
        let is_region = region.is_empty() || (NETWORK_ID.is_match)(region);
        Some(is_region && is_account(account) && (is_alias(key) || key.strip_prefix("key/").is_some_and(is_key_id)))
    };
    is_key_id(text) || is_alias(text) || is_arn().unwrap_or(false)
}

fn is_tag(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b.is_ascii_whitespace() || b == 0x0b || b"._:/=+@-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: Pattern, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!((pattern.is_match)(text), "{text} is {}", pattern.text);
        }
        for text in bad {
            assert!(!(pattern.is_match)(text), "{text} is not {}", pattern.text);
        }
    }

    #[test]
    fn names_roles_and_tokens_are_what_the_service_model_says() {
        check(JOB_NAME, &["a", "a-b.c+d", "9--x"], &["", "-a", "a_b", "发票", "a b"]);
        check(MODEL_NAME, &["a", "a-b_c", "9-"], &["", "-a", "a--b", "a.b", "a_-b"]);
        check(TOKEN, &["a", "a-b", "a--b"], &["", "-a", "a-", "a_b"]);
        let roles = ["arn:aws:iam::123456789012:role/r", "arn:aws-cn:iam:::role/p/r"];
        check(ROLE_ARN, &roles, &["arn:aws:iam::12345678901:role/r", "arn:aws:iam::123456789012:role/", "r"]);
        check(TAG, &["", "a b_c:/=+@-."], &["发票", "a#b"]);
        check(ROLE_NAME, &["a_b+=,.@-"], &["", "a b", "a/b"]);
        check(KMS_KEY, &["alias/x", "arn:aws:kms:us-east-1:123456789012:alias/a-b"], &["x", "alias/", "arn:aws:kms"]);
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
        check(BASE_MODEL, &models, &["", "a.b:c:d:e", "Amazon.nova", "a..b", "arn:aws:bedrock:us-east-1::x/a.b"]);
        check(
            CUSTOM_MODEL_ARN,
            &[custom],
            &[&custom[..custom.len() - 1], "arn:aws:bedrock:us-east-1::foundation-model/a.b"],
        );
        let job = custom.replace("custom-model", "model-customization-job");
        let deployment = "arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abcdefghij12";
        check(JOB_IDENTIFIER, &["a-job", &job], &["", "a b", "a_b", custom, &job[..job.len() - 1]]);
        check(MODEL_IDENTIFIER, &["my_model", custom], &["", "a b", &job, deployment]);
        check(FOUNDATION_MODEL, &models[..4], &["", "a b", "my_model", custom]);
        check(DEPLOYMENT_IDENTIFIER, &["my_model", deployment], &["", "a b", "a.b", custom, &deployment[1..]]);
        let uris = ["s3://abc", "s3://abc/", "s3://abc/d", "s3://abc/d/e.jsonl", "s3://a-b.c/d/"];
        check(
            S3_URI,
            &uris,
            &["abc/d", "s3://ab", "s3://Abc/d", "s3://abc/d//e", "s3://abc/d e", "s3://abc/发", "s3://abc//"],
        );
    }
}
