//! The lab itself over HTTP: clock, gateway, faults, rate limits, seeds and recordings.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Answer, Body, Nothing, Path, ok};
use crate::clock::iso;
use crate::control::record::{Recording, Replayed};
use crate::control::types::{
    ClockState, DisturbGateway, GatewayAction, NewFault, Problem, SetClock, SetRateLimits,
};
use crate::control::{Control, ControlError};
use crate::fault::{Fault, FaultSpec};
use crate::limits;
use crate::seed::Seed;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<Control> {
    let files = OpenApiRouter::new()
        .routes(routes!(export, load))
        .routes(routes!(replay))
        .layer(DefaultBodyLimit::max(limits::SEED_BYTES));
    OpenApiRouter::new()
        .routes(routes!(clock, set_clock))
        .routes(routes!(disturb_gateway))
        .routes(routes!(faults, add_fault, clear_faults))
        .routes(routes!(clear_fault))
        .routes(routes!(set_rate_limits))
        .routes(routes!(recording, start_recording, stop_recording))
        .merge(files)
}

fn clock_state(control: &Control) -> ClockState {
    let clock = control.clock();
    ClockState {
        now: iso(clock.now()),
        frozen: clock.is_frozen(),
    }
}

/// The simulator's clock.
#[utoipa::path(get, path = "/clock", tag = "lab", responses((status = 200, body = ClockState)))]
async fn clock(State(control): State<Control>) -> Answer<ClockState> {
    ok(clock_state(&control))
}

/// Stops the clock, lets it run on, or moves it forward.
#[utoipa::path(post, path = "/clock", tag = "lab", request_body = SetClock,
    responses((status = 200, body = ClockState), (status = "4XX", body = Problem)))]
async fn set_clock(State(control): State<Control>, Body(body): Body<SetClock>) -> Answer<ClockState> {
    control.set_clock(body.frozen, Duration::from_millis(body.advance_ms.unwrap_or(0)));
    ok(clock_state(&control))
}

/// Disturbs the gateway's connections once; for what goes on there are faults.
#[utoipa::path(post, path = "/gateway", tag = "lab", request_body = DisturbGateway,
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn disturb_gateway(State(control): State<Control>, Body(body): Body<DisturbGateway>) -> Nothing {
    match body.action {
        GatewayAction::Reconnect => control.gateway_reconnect(),
        GatewayAction::Drop => control.gateway_drop(),
        GatewayAction::Invalidate => control.gateway_invalidate(body.resumable),
        GatewayAction::Heartbeat => control.gateway_heartbeat(),
        GatewayAction::Silence => control.gateway_silence(),
        GatewayAction::Close => control.gateway_close(body.code.unwrap_or(4_000))?,
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The faults that were asked for, and how often each struck.
#[utoipa::path(get, path = "/faults", tag = "lab", responses((status = 200, body = Vec<Fault>)))]
async fn faults(State(control): State<Control>) -> Answer<Vec<Fault>> {
    ok(control.faults())
}

/// Asks for a fault: slow or failing requests, events that come twice or late, refused sessions.
#[utoipa::path(post, path = "/faults", tag = "lab", request_body = FaultSpec,
    responses((status = 200, body = NewFault), (status = "4XX", body = Problem)))]
async fn add_fault(State(control): State<Control>, Body(body): Body<FaultSpec>) -> Answer<NewFault> {
    let id = control.add_fault(body)?;
    ok(NewFault { id })
}

/// Clears all faults.
#[utoipa::path(delete, path = "/faults", tag = "lab", responses((status = 204)))]
async fn clear_faults(State(control): State<Control>) -> Nothing {
    control.clear_faults();
    Ok(StatusCode::NO_CONTENT)
}

/// Clears one fault.
#[utoipa::path(delete, path = "/faults/{fault_id}", tag = "lab", params(("fault_id" = u64, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn clear_fault(State(control): State<Control>, Path(id): Path<u64>) -> Nothing {
    control.clear_fault(id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says what becomes of Discord's rate limits.
#[utoipa::path(put, path = "/rate-limits", tag = "lab", request_body = SetRateLimits,
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn set_rate_limits(State(control): State<Control>, Body(body): Body<SetRateLimits>) -> Nothing {
    control.set_rate_limits(body.mode);
    Ok(StatusCode::NO_CONTENT)
}

/// The whole state, exactly, as a seed.
#[utoipa::path(get, path = "/seed", tag = "lab", responses((status = 200, body = Object)))]
async fn export(State(control): State<Control>) -> Answer<Value> {
    ok(json!({"exact": control.export().exact}))
}

/// Begins anew with a seed, in short or exact. Clients have to identify again; token and clock stay.
#[utoipa::path(put, path = "/seed", tag = "lab", request_body = Object,
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn load(State(control): State<Control>, Body(body): Body<Seed>) -> Nothing {
    let refused = |error| ControlError::Refused(crate::error::chain(&error));
    control.load(&body).map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is recorded so far.
#[utoipa::path(get, path = "/recording", tag = "lab",
    responses((status = 200, body = Recording), (status = "4XX", body = Problem)))]
async fn recording(State(control): State<Control>) -> Answer<Recording> {
    ok(control.recording().ok_or_else(nothing_recorded)?)
}

/// Begins to record everything that members do and how time moves; what was recorded before is forgotten.
#[utoipa::path(put, path = "/recording", tag = "lab", responses((status = 204)))]
async fn start_recording(State(control): State<Control>) -> Nothing {
    control.start_recording();
    Ok(StatusCode::NO_CONTENT)
}

/// Stops recording, and returns what was recorded.
#[utoipa::path(delete, path = "/recording", tag = "lab",
    responses((status = 200, body = Recording), (status = "4XX", body = Problem)))]
async fn stop_recording(State(control): State<Control>) -> Answer<Recording> {
    ok(control.stop_recording().ok_or_else(nothing_recorded)?)
}

/// Begins anew with a recording's state and does all of it again.
#[utoipa::path(post, path = "/replay", tag = "lab", request_body = Recording,
    responses((status = 200, body = Replayed), (status = "4XX", body = Problem)))]
async fn replay(State(control): State<Control>, Body(body): Body<Recording>) -> Answer<Replayed> {
    ok(control.replay(&body)?)
}

fn nothing_recorded() -> ControlError {
    ControlError::NotFound("nothing is being recorded".to_owned())
}
