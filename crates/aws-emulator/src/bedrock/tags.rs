//! Tags of jobs, custom models and deployments.

use serde::Deserialize;
use serde_json::json;

use super::Bedrock;
use super::constraints::{Checks, TextRule};
use super::create::{RequestTag, tags_of};
use super::fault::Fault;
use super::patterns::TAG;
use super::record::Tag;
use super::reply::Reply;

/// More than these a resource cannot have; a request may name 200.
const MAX_TAGS: usize = 50;
const MAX_NAMED: usize = 200;
static KEY_RULE: TextRule = TextRule::new(1, 128, &TAG);
static VALUE_RULE: TextRule = TextRule::new(0, 256, &TAG);
const ARN_LENGTHS: (usize, usize) = (20, 1011);

/// What the service model says of a list of tags.
pub(super) fn check_tags(checks: &mut Checks, at: &str, tags: Option<&[RequestTag]>) {
    let tags = tags.unwrap_or_default();
    checks.count(at, tags.len(), 0, MAX_NAMED);
    for (index, tag) in tags.iter().enumerate() {
        let place = |member: &str| format!("{at}.{}.member.{member}", index + 1);
        checks.required_text(&place("key"), tag.key.as_ref(), KEY_RULE);
        checks.required_text(&place("value"), tag.value.as_ref(), VALUE_RULE);
    }
}

/// Refuses more tags than a resource may have.
pub(super) fn check_tag_count(tags: &[Tag]) -> Result<(), Fault> {
    if tags.len() > MAX_TAGS {
        return Err(Fault::too_many_tags(format!("A resource can have at most {MAX_TAGS} tags.")));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(rename = "resourceARN")]
    resource_arn: Option<String>,
    tags: Option<Vec<RequestTag>>,
    tag_keys: Option<Vec<String>>,
}

impl Request {
    fn read(body: &[u8], check: impl FnOnce(&Self, &mut Checks)) -> Result<(Self, String), Fault> {
        let request: Self = super::parse(body)?;
        let mut checks = Checks::default();
        let rule = TextRule { min: ARN_LENGTHS.0, max: ARN_LENGTHS.1, pattern: None };
        checks.required_text("resourceARN", request.resource_arn.as_ref(), rule);
        check(&request, &mut checks);
        checks.finish()?;
        let arn = request.resource_arn.clone().unwrap_or_default();
        Ok((request, arn))
    }
}

impl Bedrock {
    /// `TagResource`: tags with a key that is there already take its place.
    pub(super) fn tag(&self, body: &[u8]) -> Result<Reply, Fault> {
        let (request, arn) = Request::read(body, |request, checks| {
            checks.required("tags", request.tags.as_ref());
            check_tags(checks, "tags", request.tags.as_deref());
        })?;
        let new = tags_of(request.tags);
        self.change_tags(&arn, |tags| {
            tags.retain(|tag| new.iter().all(|new| new.key != tag.key));
            tags.extend(new);
        })?;
        Ok(Reply::empty())
    }

    /// `UntagResource`.
    pub(super) fn untag(&self, body: &[u8]) -> Result<Reply, Fault> {
        let (request, arn) = Request::read(body, |request, checks| {
            checks.required("tagKeys", request.tag_keys.as_ref());
            checks.count("tagKeys", request.tag_keys.as_ref().map_or(0, Vec::len), 0, MAX_NAMED);
            for key in request.tag_keys.iter().flatten() {
                checks.text("tagKeys", Some(key), KEY_RULE);
            }
        })?;
        let keys = request.tag_keys.unwrap_or_default();
        self.change_tags(&arn, |tags| tags.retain(|tag| !keys.contains(&tag.key)))?;
        Ok(Reply::empty())
    }

    /// `ListTagsForResource`.
    pub(super) fn list_tags(&self, body: &[u8]) -> Result<Reply, Fault> {
        let (_, arn) = Request::read(body, |_, _| {})?;
        let tags = self.change_tags(&arn, |_| {})?;
        Ok(Reply::ok(json!({ "tags": tags })))
    }

    /// Changes the tags of whatever has this ARN, on disk and then in memory, and gives them back.
    fn change_tags(&self, arn: &str, change: impl FnOnce(&mut Vec<Tag>)) -> Result<Vec<Tag>, Fault> {
        macro_rules! change_in {
            ($records:expr) => {
                if let Some(record) = $records.values_mut().find(|record| record.arn() == arn) {
                    let mut changed = record.clone();
                    change(&mut changed.tags);
                    if changed.tags != record.tags {
                        check_tag_count(&changed.tags)?;
                        self.shelf.write(&changed)?;
                        *record = changed;
                    }
                    return Ok(record.tags.clone());
                }
            };
        }
        let mut guard = self.shelf.lock();
        let state = &mut *guard;
        change_in!(state.jobs);
        change_in!(state.batches);
        change_in!(state.models);
        change_in!(state.deployments);
        Err(Fault::not_found(format!("The resource {arn} does not exist.")))
    }
}
