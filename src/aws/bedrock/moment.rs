use aws_sdk_bedrock::primitives::DateTime;
use time::OffsetDateTime;

/// A moment as the service tells it; what no calendar has is none.
pub(super) fn moment(at: &DateTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(at.as_nanos()).ok()
}
