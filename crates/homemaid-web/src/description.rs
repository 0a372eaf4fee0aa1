//! The API's description, generated from the handlers.

use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};

use crate::api;

/// Where the lab's own API is found.
pub(crate) const LAB: &str = "/api/lab";

/// Returns the description of the whole API; `lab` is the simulator's own, with its paths as it has them.
pub fn openapi(lab: Option<OpenApi>) -> OpenApi {
    let info = InfoBuilder::new()
        .title("Homemaid")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The API of the appliance. Signed in by the session cookie, or by the local command's bearer token.",
        ))
        .build();
    let own = OpenApiBuilder::new()
        .info(info)
        .build()
        .merge_from(api::session::routes().into_openapi())
        .merge_from(api::owners().into_openapi());
    match lab {
        Some(lab) => own.nest(LAB, named_apart(lab)),
        None => own,
    }
}

/// Marks the lab's operations as the lab's: both sides have one called `events`, and names must differ.
fn named_apart(mut lab: OpenApi) -> OpenApi {
    for path in lab.paths.paths.values_mut() {
        let operations = [
            &mut path.get,
            &mut path.put,
            &mut path.post,
            &mut path.delete,
            &mut path.patch,
        ];
        for operation in operations.into_iter().flatten() {
            if let Some(name) = &mut operation.operation_id {
                name.insert_str(0, "lab_");
            }
        }
    }
    lab
}
