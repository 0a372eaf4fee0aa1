//! The committed description is the one the handlers generate: the page's client is made from it.

use std::path::Path;
use std::{env, fs};

#[test]
fn the_committed_description_is_the_generated_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/openapi.json");
    let description = homemaid_web::openapi(Some(discord_sim::control_description()));
    let generated = description.to_pretty_json().expect("the description is JSON") + "\n";
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, &generated).expect("ui/ can be written");
    }
    let committed = fs::read_to_string(&file).expect("ui/openapi.json is there");
    assert!(
        committed == generated,
        "ui/openapi.json is not what the handlers generate: run `UPDATE=1 cargo test -p homemaid-web --test description`, \
         then `npm run generate` in ui/"
    );
}
