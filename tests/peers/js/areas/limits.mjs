// Rate limits: refused and announced, handled by the library.
import assert from 'node:assert/strict'
import { Message } from 'discord.js'
import { until } from '../sim.mjs'

export const args = ['--rate-limits']

const refusals = async (sim) => (await sim.timeline()).filter((entry) => entry.kind === 'rest' && entry.status === 429)

/** Sends requests with the bot's token beside the library, until one is refused. */
async function exhaust(sim, method, path, body) {
  for (;;) {
    const response = await fetch(`${sim.base}/api/v10${path}`, {
      method, headers: { authorization: `Bot ${sim.token}`, 'content-type': 'application/json' }, body: body && JSON.stringify(body),
    })
    const answer = await response.json()
    if (response.status === 429) return { response, answer }
    assert.equal(response.status, 200)
  }
}

export const steps = {
  async bucket(world) {
    const room = await world.room('bucket')
    await exhaust(world.sim, 'POST', `/channels/${room.id}/messages`, { content: 'other' })
    const before = (await refusals(world.sim)).length
    const sent = await Promise.all([0, 1, 2].map((number) => room.send(`mine ${number}`)))
    assert.ok((await refusals(world.sim)).length > before, 'the library never met the limit')
    assert.ok(sent.every((message) => message instanceof Message))
    const mine = (await world.sim.messages(room.id)).map((message) => message.content).filter((content) => content.startsWith('mine'))
    assert.deepEqual(mine.sort(), ['mine 0', 'mine 1', 'mine 2'])
  },

  async global(world) {
    const room = await world.room('global')
    await world.sim.call('POST', '/clock', { frozen: true })
    const { response, answer } = await exhaust(world.sim, 'GET', '/users/@me')
    assert.ok(answer.global && response.headers.get('x-ratelimit-global') === 'true')
    const before = (await refusals(world.sim)).length
    const sending = room.send('patient')
    await until(async () => (await refusals(world.sim)).length > before)
    await world.sim.call('POST', '/clock', { frozen: false })
    assert.equal((await world.sim.message(room.id, (await sending).id)).content, 'patient')
  },

  async headers(world) {
    const room = await world.room('headers')
    const before = (await refusals(world.sim)).length
    for (let number = 0; number < 7; number += 1) await room.send(String(number))
    assert.equal((await world.sim.messages(room.id)).length, 7)
    assert.equal((await refusals(world.sim)).length, before)
  },
}
