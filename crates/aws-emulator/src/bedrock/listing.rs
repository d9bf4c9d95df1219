//! Lists: filters, order and pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::constraints::Checks;
use super::fault::Fault;
use super::stamp::Stamp;

/// How many members a page has unless the request says.
const DEFAULT_PAGE: usize = 100;
const MAX_PAGE: i64 = 1000;

/// The query of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(pub(super) Vec<(String, String)>);

impl Query {
    /// A parameter's text; the last one counts.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What all lists have in common.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    after: Option<Stamp>,
    before: Option<Stamp>,
    name_contains: Option<String>,
    page: usize,
    /// The place of the last member of the page before.
    from: Option<u64>,
    descending: bool,
}

/// What lists look at in each member.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) created: Stamp,
    /// The place in the order in which members were made.
    pub(super) sequence: u64,
}

impl Listing {
    /// Reads a query. `[after, before]` are the names of the time filters.
    pub(super) fn read(query: &Query, times: [&str; 2], checks: &mut Checks) -> Result<Self, Fault> {
        let moment = |name: &str| {
            let parse = |text| {
                Stamp::parse(text)
                    .ok_or_else(|| Fault::validation(format!("The timestamp of {name} cannot be read: {text}")))
            };
            query.get(name).map(parse).transpose()
        };
        let page = match query.get("maxResults") {
            None => DEFAULT_PAGE,
            Some(text) => {
                let number = text.parse::<i64>().map_err(|_| Fault::serialization("maxResults is not a number"))?;
                checks.number("maxResults", number, 1, MAX_PAGE);
                usize::try_from(number).unwrap_or(1)
            }
        };
        checks.word("sortBy", query.get("sortBy"), &["CreationTime"]);
        checks.word("sortOrder", query.get("sortOrder"), &["Ascending", "Descending"]);
        let from = query
            .get("nextToken")
            .map(|token| sequence_of(token).ok_or_else(|| Fault::validation("The provided nextToken is invalid.")));
        Ok(Self {
            after: moment(times[0])?,
            before: moment(times[1])?,
            name_contains: query.get("nameContains").map(str::to_owned),
            page,
            from: from.transpose()?,
            descending: query.get("sortOrder") != Some("Ascending"),
        })
    }

    /// One page of those members that fit, and the token of the next.
    pub(super) fn page<T>(
        &self,
        members: impl Iterator<Item = T>,
        key: impl Fn(&T) -> Key,
        name: impl Fn(&T) -> &str,
        show: impl Fn(&T) -> Value,
    ) -> (Vec<Value>, Option<String>) {
        let mut fitting: Vec<_> = members.filter(|member| self.fits(key(member), name(member))).collect();
        fitting.sort_by_key(|member| key(member).sequence);
        if self.descending {
            fitting.reverse();
        }
        let more = fitting.len() > self.page;
        fitting.truncate(self.page);
        let last = fitting.last().filter(|_| more).map(|member| token(key(member).sequence));
        (fitting.iter().map(show).collect(), last)
    }

    fn fits(&self, key: Key, name: &str) -> bool {
        let is_next = |from| if self.descending { key.sequence < from } else { key.sequence > from };
        self.after.is_none_or(|after| key.created > after)
            && self.before.is_none_or(|before| key.created < before)
            && self.name_contains.as_deref().is_none_or(|part| name.contains(part))
            && self.from.is_none_or(is_next)
    }
}

/// The member called `name` of an answer, and the token where there is one.
pub(super) fn page_json(name: &str, (members, next): (Vec<Value>, Option<String>)) -> Value {
    let mut answer = serde_json::Map::new();
    answer.insert(name.to_owned(), members.into());
    if let Some(token) = next {
        answer.insert("nextToken".to_owned(), token.into());
    }
    answer.into()
}

fn token(sequence: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("after {sequence}"))
}

fn sequence_of(token: &str) -> Option<u64> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    text.strip_prefix("after ")?.parse().ok()
}
