"""Somebody else who uses the bot's token: brings a limit about that the library has not seen coming."""

from .sim import Json, Sim, until


async def refusals(sim: Sim) -> list[Json]:
    """Return the requests that were answered 429."""
    return [entry for entry in await sim.timeline() if entry["kind"] == "rest" and entry["status"] == 429]


async def exhaust(sim: Sim, method: str, path: str, body: Json = None) -> Json:
    """Repeat a request until it is refused; return the refusal."""
    head = {"Authorization": f"Bot {sim.token}"}
    while True:
        async with sim.http.request(method, f"{sim.base}/api/v10{path}", json=body, headers=head) as response:
            answer = await response.json()
            if response.status == 429:
                assert float(response.headers["Retry-After"]) > 0, response.headers
                assert (response.headers.get("X-RateLimit-Global") == "true") == answer["global"]
                return answer
            assert response.status == 200, answer


async def one_more_refusal(sim: Sim, before: int) -> None:
    """Wait until somebody was refused again."""

    async def look() -> bool:
        return len(await refusals(sim)) > before

    await until(look)
