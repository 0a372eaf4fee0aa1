//! Whole-product tests; see the files beside `src`.
