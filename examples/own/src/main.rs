//! Calls every operation of the library's API in its sandbox.

use library::Error;
use library::sandbox::Sandbox;
use library::types::{BookCreate, BookUpdate, LoanCreate, ReviewCreate};

const ISBN: &str = "978-0-14-044913-6";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let sandbox = Sandbox::start().await?;
    let library = sandbox.client()?;
    let books = library.books();

    let body = BookCreate { price: Some("12.50".parse()?), ..BookCreate::new(ISBN.to_owned(), "Odyssey".to_owned()) };
    let book = books.create(&body).await?;
    assert_eq!(book.isbn, ISBN);
    let again = books.create(&body).await;
    assert!(matches!(again, Err(Error::Validation(_))), "an ISBN is unique: {again:?}");

    let update = BookUpdate { author: Some(library::Patch::Set("Homer".to_owned())), ..BookUpdate::default() };
    books.update(ISBN, &update).await?;
    let replacement = BookCreate { author: Some("Homer".to_owned()), ..body };
    assert_eq!(books.replace(ISBN, &replacement).await?.author.as_deref(), Some("Homer"));
    assert_eq!(books.retrieve(ISBN).await?.price, Some("12.50".parse()?));
    assert_eq!(books.list().author("Homer").await?.results.len(), 1);

    let review = ReviewCreate { stars: Some(5), ..ReviewCreate::new("Long, but worth it.".to_owned()) };
    books.reviews(ISBN).create(&review).await?;
    let reviews = books.reviews(ISBN).list().await?;
    assert_eq!(reviews.results[0].isbn.as_deref(), Some(ISBN));

    let loan = library.loans().create(&LoanCreate::new(ISBN.to_owned(), "2026-12-24".parse()?)).await?;
    assert_eq!(library.loans().retrieve(&loan.number).await?.book.as_deref(), Some(ISBN));

    books.delete(ISBN).await?;
    assert!(matches!(books.retrieve(ISBN).await, Err(Error::NotFound(_))));
    println!("ten operations of the library work");
    Ok(())
}
