//! Where a new bucket is, and the errors for a place where it cannot be.

use s3s::{S3Error, S3Result, s3_error};

use crate::DEFAULT_REGION;

/// The Region of a new bucket: the one that the request names, as far as the Region that it is sent to lets it. The
/// oldest Region takes any other and must not be named; each of the others takes itself alone, and only when it is named.
pub(super) fn of_new_bucket(asked: Option<&str>, sent_to: &str) -> S3Result<String> {
    let incompatible = |constraint: &str| -> S3Error {
        s3_error!(
            IllegalLocationConstraintException,
            "The {constraint} location constraint is incompatible for the region specific endpoint this request was sent to."
        )
    };
    match asked.map(|region| if region == "EU" { "eu-west-1" } else { region }) {
        None if sent_to == DEFAULT_REGION => Ok(DEFAULT_REGION.to_owned()),
        None => Err(incompatible("unspecified")),
        Some(region) if region == DEFAULT_REGION && sent_to == DEFAULT_REGION => {
            Err(s3_error!(InvalidLocationConstraint, "The specified location-constraint is not valid"))
        }
        Some(region) if sent_to == DEFAULT_REGION || region == sent_to => Ok(region.to_owned()),
        Some(region) => Err(incompatible(region)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_region_takes_any_other_and_each_other_only_itself() {
        let outcome = |asked, sent_to| of_new_bucket(asked, sent_to).map_err(|error| error.code().as_str().to_owned());
        let illegal = || Err("IllegalLocationConstraintException".to_owned());
        assert_eq!(outcome(None, "us-east-1"), Ok("us-east-1".to_owned()));
        assert_eq!(outcome(Some("eu-west-1"), "us-east-1"), Ok("eu-west-1".to_owned()));
        assert_eq!(outcome(Some("EU"), "eu-west-1"), Ok("eu-west-1".to_owned()));
        assert_eq!(outcome(Some("us-east-1"), "us-east-1"), Err("InvalidLocationConstraint".to_owned()));
        assert_eq!(outcome(None, "eu-west-1"), illegal());
        assert_eq!(outcome(Some("us-west-2"), "eu-west-1"), illegal());
        assert_eq!(outcome(Some("us-east-1"), "eu-west-1"), illegal());
    }
}
