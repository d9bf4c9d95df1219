//! Lists that a service returns page by page, each page with a token for the next one.

use std::collections::HashSet;

use crate::aws::error::{own_error, unexpected};
use crate::error::{Result, ServiceErrorKind};
use crate::wording::grouped;

/// Most pages of a list: at 1,000 entries a page, a million entries.
const MAX_PAGES: usize = 1_000;
/// Most pages without an entry, one after the other. A service that filters a long list may return a few.
const MAX_EMPTY_PAGES: usize = 100;

/// One page.
#[derive(Debug)]
pub(crate) struct Page<T> {
    /// Its entries; `None` where the response has no list, so that it is another document.
    pub(crate) items: Option<Vec<T>>,
    /// The token of the next page; none, or an empty one, on the last page.
    pub(crate) next_token: Option<String>,
}

/// Returns the entries of all pages, at most `limit`. `operation` and `target` are named in errors.
///
/// # Errors
/// What `fetch` returns; [`crate::Error::Service`] where a response has no list, or the pages do not end: a token comes again, too many
/// pages are empty, or there are too many of them.
pub(crate) async fn collect_pages<T, F>(
    operation: &'static str,
    target: &str,
    limit: usize,
    mut fetch: impl FnMut(Option<String>) -> F,
) -> Result<Vec<T>>
where
    F: Future<Output = Result<Page<T>>>,
{
    let endless =
        |message: String| own_error(ServiceErrorKind::UnexpectedResponse, operation, target, "EndlessList", message);
    let (mut all, mut tokens, mut empty_pages) = (Vec::new(), HashSet::new(), 0);
    let mut token = None;
    while all.len() < limit {
        let page = fetch(token).await?;
        let Some(items) = page.items else {
            return Err(unexpected(operation, target, "the response has no list: it is another document"));
        };
        empty_pages = if items.is_empty() { empty_pages + 1 } else { 0 };
        all.extend(items);
        let Some(next) = page.next_token.filter(|token| !token.is_empty()) else { break };
        if empty_pages > MAX_EMPTY_PAGES {
            return Err(endless(format!("more than {MAX_EMPTY_PAGES} pages in a row have no entry")));
        }
        if tokens.len() + 1 == MAX_PAGES {
            return Err(endless(format!("the list has more than {} pages", grouped(MAX_PAGES as u64))));
        }
        token = Some(next.clone());
        if !tokens.insert(next) {
            return Err(endless("the same page token was returned twice".to_owned()));
        }
    }
    all.truncate(limit);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::runtime::BlockingRuntime;

    /// Lists until the end; the pages come from a function of their number. Returns the result and the count of requests.
    fn listed(limit: usize, page: impl Fn(usize) -> Page<usize>) -> (Result<Vec<usize>>, usize) {
        let mut count = 0;
        let listed = BlockingRuntime::new().block_on(collect_pages("ListThings", "things", limit, |_| {
            count += 1;
            std::future::ready(Ok(page(count)))
        }));
        (listed.unwrap(), count)
    }

    fn page(items: impl IntoIterator<Item = usize>, next_token: Option<String>) -> Page<usize> {
        Page { items: Some(items.into_iter().collect()), next_token }
    }

    #[test]
    fn all_pages_are_returned_in_order_up_to_the_limit() {
        let three = |number: usize| page([number, number], (number < 3).then(|| number.to_string()));
        assert_eq!(listed(usize::MAX, three).0.unwrap(), [1, 1, 2, 2, 3, 3]);
        let (cut, requests) = listed(3, three);
        assert_eq!((cut.unwrap(), requests), (vec![1, 1, 2], 2));
        assert_eq!(listed(9, |_| page([], Some(String::new()))).0.unwrap(), [0; 0]);
    }

    #[test]
    fn a_few_empty_pages_before_the_last_one_are_accepted() {
        let sparse = |number: usize| match number {
            50 => page([7], None),
            _ => page([], Some(number.to_string())),
        };
        assert_eq!(listed(9, sparse).0.unwrap(), [7]);
    }

    #[test]
    fn a_list_that_does_not_end_is_an_error_that_names_the_operation() {
        let refused = |page: &dyn Fn(usize) -> Page<usize>| {
            let (listed, requests) = listed(usize::MAX, page);
            (listed.unwrap_err().to_string(), requests)
        };
        let (same, requests) = refused(&|_| page([1], Some("same".to_owned())));
        assert_eq!(
            (same.contains("ListThings things: EndlessList: the same page token"), requests),
            (true, 2),
            "{same}"
        );
        let (turns, requests) = refused(&|number| page([], Some((number % 3).to_string())));
        assert_eq!((turns.contains("the same page token"), requests), (true, 4), "{turns}");
        let (empty, requests) = refused(&|number| page([], Some(number.to_string())));
        assert_eq!((empty.contains("pages in a row have no entry"), requests), (true, 101), "{empty}");
        let (long, requests) = refused(&|number| page([number], Some(number.to_string())));
        assert_eq!((long.contains("more than 1,000 pages"), requests), (true, 1_000), "{long}");
    }

    #[test]
    fn a_response_without_a_list_is_not_an_empty_list() {
        let (listed, _) = listed(9, |_| Page { items: None, next_token: None });
        let error = listed.unwrap_err().to_string();
        assert!(error.contains("ListThings things: UnexpectedResponse: the response has no list"), "{error}");
    }
}
