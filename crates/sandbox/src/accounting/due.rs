//! What falls due as the clock moves: the billing periods of evergreen contracts, the end of prepaid commits, and the
//! depreciation of fixed assets.

use campfire_values::Date;

use crate::accounting::asset::depreciation;
use crate::accounting::books::Books;
use crate::accounting::revenue::refresh;

/// Something that falls due. The order decides between two on the same day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// A contract begins a billing period, or a commit of it expires.
    Contract(i64),
    /// A row of an asset is to be posted.
    Depreciation(i64),
}

/// Does what has fallen due since the last time, in the order of the days. A clock that is set back takes nothing back.
pub(crate) fn catch_up(books: &mut Books<'_>) {
    let today = books.store.today();
    if books.store.due_through.is_some_and(|last| last >= today) {
        return;
    }
    books.store.due_through = Some(today);
    let contracts = refresh::waiting(books).into_iter().map(|(day, id)| (day, Due::Contract(id)));
    let assets = depreciation::waiting(books).into_iter().map(|(day, id)| (day, Due::Depreciation(id)));
    let mut due: Vec<(Date, Due)> = contracts.chain(assets).filter(|(day, _)| *day <= today).collect();
    due.sort_unstable();
    for (day, due) in due {
        let (api, style) = (books.api, books.style);
        // What is refused, because the books are closed, is tried again on the next day.
        let _: Result<(), _> = books.store.all_or_nothing(|store| {
            let mut books = Books { api, store, style };
            match due {
                Due::Contract(id) => refresh::contract(&mut books, id),
                Due::Depreciation(id) => depreciation::post_through(&mut books, id, day),
            }
        });
    }
}
