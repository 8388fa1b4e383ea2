//! [`in_box`]: futures that are made where they stay.

use std::pin::Pin;

/// Boxes what the closure returns. `Box::pin` would make it on the stack and copy it, and the futures of calls are large.
#[inline]
pub fn in_box<F>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    let place = Box::new_uninit();
    Box::into_pin(Box::write(place, make()))
}
