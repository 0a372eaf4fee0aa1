//! Reading, verifying and storing plugin zips.
