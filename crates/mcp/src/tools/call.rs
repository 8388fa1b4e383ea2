//! `call`: reading.

use campfire::operations::{Paging, Response, Type};
use campfire::{Json, ListPage};

use crate::arguments::Arguments;
use crate::json::{count, object, option};
use crate::refusal::Refusal;
use crate::request::Request;
use crate::session::Session;
use crate::shape;

/// Room in a result for what stands around the records.
const FRAME: usize = 1_000;

/// How to see a part of what is too large.
const REMEDY: &str = "name the `fields` you need, or `select` a part";

/// What an agent wants to see of a response.
struct Wishes {
    fields: Vec<String>,
    limit: Option<u64>,
    cursor: Option<String>,
    select: Option<String>,
    start: Option<u64>,
}

impl Wishes {
    fn read(arguments: &mut Arguments) -> Result<Self, Refusal> {
        Ok(Self {
            fields: arguments.texts("fields")?,
            limit: arguments.count("limit")?,
            cursor: arguments.text("cursor")?,
            select: arguments.text("select")?,
            start: arguments.count("start")?,
        })
    }
}

pub(super) async fn run(session: &Session, mut arguments: Arguments) -> Result<Json, Refusal> {
    let mut request = Request::read(&mut arguments)?;
    let mut wishes = Wishes::read(&mut arguments)?;
    arguments.finish()?;
    if request.changes_data(&session.client)? {
        return Err(refused_write(session, &request));
    }
    match request.operation.response.clone() {
        Response::List { ty, paging: Paging::Offset | Paging::Cursor } if wishes.select.is_none() => {
            if let Some(limit) = request.parameters.remove("limit") {
                wishes.limit = wishes.limit.or_else(|| limit.as_i64().and_then(|limit| u64::try_from(limit).ok()));
            }
            page(session, &request, &ty, &wishes).await
        }
        response => value(session, &request, &response, &wishes).await,
    }
}

fn refused_write(session: &Session, request: &Request) -> Refusal {
    let id = request.operation.id;
    let remedy = match session.options.allow_writes {
        true => "use `preview`, and after that `confirm`",
        false => "this server was started without permission to write; `preview` shows what it would do",
    };
    Refusal::new(format!("{id}: not sent: it changes data: {remedy}"))
}

/// Returns a page of a list.
async fn page(session: &Session, request: &Request, ty: &Type<'static>, wishes: &Wishes) -> Result<Json, Refusal> {
    if wishes.start.is_some() {
        return Err(Refusal::new("`start` is for arrays; continue this list with `cursor`"));
    }
    let options = &session.options;
    let mut limit = wishes.limit.unwrap_or(options.page_size).clamp(1, options.max_page_size.max(1));
    loop {
        let Some(page) = fetch(session, request, limit, wishes.cursor.as_deref()).await? else {
            return Ok(object([("records", Json::Array(Vec::new()))]));
        };
        let records: Vec<Json> = page.results.iter().map(|record| shape::project(record, &wishes.fields)).collect();
        let fitting = shape::how_many_fit(&records, options.max_result_bytes.saturating_sub(FRAME));
        match records.first() {
            Some(first) if fitting == 0 => {
                return Err(shape::too_large(
                    "The first record",
                    first,
                    options.max_result_bytes,
                    "name the `fields` you need",
                ));
            }
            // The list must be resumed after the last record that is returned, so a shorter page is fetched.
            _ if fitting < records.len() => limit = u64::try_from(fitting).unwrap_or(1),
            _ => return Ok(page_result(session, ty, page, records)),
        }
    }
}

async fn fetch(
    session: &Session,
    request: &Request,
    limit: u64,
    cursor: Option<&str>,
) -> Result<Option<ListPage<Json>>, Refusal> {
    let mut call = request.call(&session.client)?.max_items(limit);
    if request.operation.query.iter().any(|parameter| parameter.name == "limit") {
        call = call.parameter("limit", i64::try_from(limit).unwrap_or(i64::MAX));
    }
    if let Some(cursor) = cursor {
        call = call.resume(&session.cursors.find(cursor)?);
    }
    Ok(call.pages().try_next().await?.map(campfire::Response::into_inner))
}

fn page_result(session: &Session, ty: &Type<'static>, page: ListPage<Json>, records: Vec<Json>) -> Json {
    let records = Json::Array(records);
    let kinds = shape::kinds_of_ids(Some(&Type::List(Box::new(ty.clone()))), &records);
    let drifted = "the list changed since the page before: a record that moved may be missing";
    object([
        ("records", records),
        ("count", option(page.count)),
        ("next", option(page.token.map(|token| session.cursors.keep(token)))),
        ("id_kinds", kinds),
        ("warning", option(page.drifted.then_some(drifted))),
    ])
}

/// Returns a response that is not a list of pages, or a part of it.
async fn value(
    session: &Session,
    request: &Request,
    response: &Response<'static>,
    wishes: &Wishes,
) -> Result<Json, Refusal> {
    if wishes.cursor.is_some() {
        return Err(Refusal::new("`cursor` is for lists of records; continue an array with `start`"));
    }
    let ty = match response {
        Response::Json(ty) => Some(ty.clone()),
        Response::List { ty, paging: Paging::Whole } => Some(Type::List(Box::new(ty.clone()))),
        _ => None,
    };
    let received = request.call(&session.client)?.send().await?.into_inner();
    let (part, ty) = shape::select(&received, ty.as_ref(), wishes.select.as_deref().unwrap_or_default())?;
    let limit = session.options.max_result_bytes.saturating_sub(FRAME);
    if let Some(items) = part.as_array() {
        let is_list = matches!(response, Response::List { .. }) && wishes.select.is_none();
        return items_result(session, if is_list { "records" } else { "items" }, items, ty, wishes);
    }
    let part = shape::project(part, &wishes.fields);
    if part.to_string().len() > limit {
        return Err(shape::too_large("The response", &part, session.options.max_result_bytes, REMEDY));
    }
    let kinds = shape::kinds_of_ids(ty.as_ref(), &part);
    Ok(object([("response", part), ("id_kinds", kinds)]))
}

/// Returns items of an array under a name.
fn items_result(
    session: &Session,
    name: &str,
    items: &[Json],
    ty: Option<Type<'static>>,
    wishes: &Wishes,
) -> Result<Json, Refusal> {
    let options = &session.options;
    let start = usize::try_from(wishes.start.unwrap_or(0)).unwrap_or(usize::MAX).min(items.len());
    let most = wishes.limit.unwrap_or(options.max_page_size).clamp(1, options.max_page_size.max(1));
    let wanted = items.iter().skip(start).take(usize::try_from(most).unwrap_or(usize::MAX));
    let mut shown: Vec<Json> = wanted.map(|item| shape::project(item, &wishes.fields)).collect();
    let fitting = shape::how_many_fit(&shown, options.max_result_bytes.saturating_sub(FRAME));
    if let (0, Some(first)) = (fitting, shown.first()) {
        return Err(shape::too_large("The first item", first, options.max_result_bytes, REMEDY));
    }
    shown.truncate(fitting);
    let next = start + shown.len();
    let shown = Json::Array(shown);
    let kinds = shape::kinds_of_ids(ty.as_ref(), &shown);
    Ok(object([
        (name, shown),
        ("count", count(items.len())),
        ("next_start", option((next < items.len()).then(|| count(next)))),
        ("id_kinds", kinds),
    ]))
}
