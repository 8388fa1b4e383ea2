//! What the books know of records that another server has shown.
//!
//! Responses show neither which entry belongs to which document and payment, nor which lines settle something, but it follows
//! from the links between them.

use std::collections::BTreeMap;

use crate::accounting::books::Books;
use crate::accounting::document::access;
use crate::accounting::kind::{Document, Kind};
use crate::model::ledger::{ENTRIES, LINES};
use crate::state::fields::Fields;
use crate::state::markers::RecordRef;

/// Stands for the id of a record that was not adopted.
const NOT_ADOPTED: i64 = 0;

/// A payment of a document, or the application of a memo.
#[derive(Clone, Copy)]
struct Payment {
    document: Document,
    id: i64,
}

/// Infers what responses do not show.
pub(crate) fn infer(books: &mut Books<'_>) {
    date_lines(books);
    let mut own_entries: BTreeMap<i64, Vec<Payment>> = BTreeMap::new();
    for kind in Kind::ALL {
        let ids: Vec<i64> = books.store.live(kind.layout().resource).map(|(id, _)| id).collect();
        for document in ids.into_iter().map(|id| Document::new(kind, id)) {
            infer_entries(books, document);
            infer_payments(books, document, &mut own_entries);
        }
    }
    for (entry, payments) in own_entries {
        infer_pair(books, entry, &payments);
    }
    infer_overpayments(books);
    infer_unknown_owners(books);
}

/// Gives lines the dates of their entries.
fn date_lines(books: &mut Books<'_>) {
    let undated = books.store.live(LINES).filter(|(_, line)| !line.fields.contains("posted_at"));
    let undated: Vec<(i64, i64)> =
        undated.filter_map(|(id, line)| Some((id, line.fields.integer("journal")?))).collect();
    for (line, entry) in undated {
        let date = books.store.fields(ENTRIES, entry).value("date");
        books.store.set(LINES, line, "posted_at", date);
    }
}

/// Infers which entries belong to a document.
fn infer_entries(books: &mut Books<'_>, document: Document) {
    let layout = document.layout();
    let mut fields = books.store.fields(layout.resource, document.id);
    access::remember_number(document.kind, &mut fields);
    let is_overpayment = fields.text("credit_memo_type") == Some("overpayment");
    if is_overpayment {
        fields.set_posted_by_payment();
    }
    let posted = fields.integer("journal_entry");
    let own = posted.filter(|id| !is_overpayment && fields.integer("migrated_journal_id") != Some(*id));
    let voided = fields.integer("voided_journal_entry");
    books.store.change(layout.resource, document.id, |record| record.fields = fields);
    own_all(books, document, own.into_iter().chain(voided));
}

fn infer_payments(books: &mut Books<'_>, document: Document, own_entries: &mut BTreeMap<i64, Vec<Payment>>) {
    let layout = document.layout();
    let payments = books.store.linked(layout.payments, layout.link, document.id);
    let payments: Vec<(i64, Fields)> = payments.map(|(id, payment)| (id, payment.fields.clone())).collect();
    for (id, payment) in payments {
        let is_manual = payment.text("payment_type") == Some("MANUAL_TRANSACTION");
        let line = payment.integer("payment_transaction").filter(|_| !is_manual);
        match (line, payment.integer("payment_journal_entry")) {
            (Some(line), _) => books.store.change(LINES, line, |line| line.fields.set_settles(true)),
            (None, Some(entry)) => own_entries.entry(entry).or_default().push(Payment { document, id }),
            (None, None) => {}
        }
        own_all(books, document, payment.integer("voided_journal_entry"));
    }
}

/// Infers whether an entry is that of one payment, or applies a memo to a document.
fn infer_pair(books: &mut Books<'_>, entry: i64, payments: &[Payment]) {
    let is_memo = |payment: &&Payment| matches!(payment.document.kind, Kind::CreditMemo | Kind::DebitMemo);
    let (of_memo, of_document) = (payments.iter().find(is_memo), payments.iter().find(|one| !is_memo(one)));
    for payment in payments {
        books.store.change(payment.document.layout().payments, payment.id, |record| record.fields.set_own_entry());
    }
    if let (Some(one), Some(other)) = (of_memo, of_document) {
        for (one, other) in [(one, other), (other, one)] {
            let counterpart = RecordRef::new(other.document.layout().payments, other.id);
            books.store.change(one.document.layout().payments, one.id, |record| {
                record.fields.set_counterpart(&counterpart);
            });
        }
    }
    if let Some(owner) = of_memo.or(of_document) {
        own_all(books, owner.document, [entry]);
    }
}

/// Infers which payments the credit memos for overpayments come from.
fn infer_overpayments(books: &mut Books<'_>) {
    let memos = books.store.live(Kind::CreditMemo.layout().resource);
    let memos = memos.filter(|(_, memo)| memo.fields.is_posted_by_payment());
    let memos: Vec<(i64, Option<i64>)> = memos.map(|(id, memo)| (id, memo.fields.integer("journal_entry"))).collect();
    let payments = Kind::Invoice.layout().payments;
    for (memo, entry) in memos {
        let paid_it = |fields: &Fields| entry.is_some() && fields.integer("payment_journal_entry") == entry;
        let payment = books.store.live(payments).find(|(_, payment)| paid_it(&payment.fields)).map(|(id, _)| id);
        if let Some(payment) = payment {
            books.store.change(payments, payment, |record| record.fields.set_overpayment_memo(Some(memo)));
        }
    }
}

/// Infers from their types that entries belong to documents that were not adopted.
fn infer_unknown_owners(books: &mut Books<'_>) {
    let entries = books.store.live(ENTRIES).filter(|(_, entry)| entry.fields.owner().is_none());
    let owned = entries.filter_map(|(id, entry)| Some((id, kind_of_owner(entry.fields.text("type")?)?)));
    for (entry, kind) in owned.collect::<Vec<_>>() {
        let owner = RecordRef::new(kind.layout().resource, NOT_ADOPTED);
        books.store.change(ENTRIES, entry, |record| record.fields.set_owner(&owner));
    }
}

/// Returns the kind of document that has entries of this type.
fn kind_of_owner(entry_type: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| {
        let layout = kind.layout();
        let types =
            [layout.entry_type, layout.payment_entry_type, layout.void_entry_type, layout.void_payment_entry_type];
        types.contains(&entry_type)
    })
}

fn own_all(books: &mut Books<'_>, document: Document, entries: impl IntoIterator<Item = i64>) {
    for entry in entries {
        books.store.change(ENTRIES, entry, |record| {
            record.fields.set_owner(&document.reference());
            if document.kind == Kind::Invoice {
                record.fields.set("invoice", document.id);
            }
        });
    }
}
