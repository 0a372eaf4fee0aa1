// What the bot is told when something cannot be done: the library's classes and Discord's codes.
import assert from 'node:assert/strict'
import { Client, DiscordAPIError, Events } from 'discord.js'
import { ALICE, GUILD, HOMEBOT } from '../sim.mjs'
import { refused } from '../bot.mjs'

export const steps = {
  async forbidden(world) {
    const room = await world.room('forbidden')
    await world.sim.call('PUT', `/channels/${room.id}/permissions/${HOMEBOT}`, { deny: ['SEND_MESSAGES'] })
    const error = await refused(room.send('no'), 403, 50013)
    assert.ok(error instanceof DiscordAPIError)
    assert.equal(error.message, 'Missing Permissions')
    assert.deepEqual(await world.sim.messages(room.id), [])
  },

  async access(world) {
    const room = await world.room('access')
    await world.sim.call('PUT', `/channels/${room.id}/permissions/${HOMEBOT}`, { deny: ['VIEW_CHANNEL'] })
    assert.equal((await refused(room.send('no'), 403, 50001)).message, 'Missing Access')
    await refused(world.client.channels.fetch(room.id, { force: true }), 403, 50001)
    assert.deepEqual(await world.sim.messages(room.id), [])
  },

  async 'not-found'(world) {
    const room = await world.room('not-found')
    await refused(world.client.channels.fetch('42'), 404, 10003)
    await refused(room.messages.fetch('42'), 404, 10008)
    await refused(world.client.users.fetch('42'), 404, 10013)
    await refused(world.guild.members.fetch('42'), 404, 10013)
    await refused(world.client.rest.get(`/guilds/${GUILD}/roles/42`), 404, 10011)
    const sent = await room.send('here')
    await refused(sent.react('not an emoji'), 400, 10014)
    assert.deepEqual((await world.sim.message(room.id, sent.id)).reactions ?? [], [])
  },

  async 'invalid-form'(world) {
    const room = await world.room('invalid-form')
    const long = await refused(room.send('x'.repeat(2001)), 400, 50035)
    assert.equal(long.rawError.errors.content._errors[0].code, 'BASE_TYPE_MAX_LENGTH')
    const fields = [{ name: 'n', value: 'v' }, { name: 'n'.repeat(257), value: 'v' }]
    const wrong = { title: 't'.repeat(257), url: 'ftp://nowhere', fields }
    const { rawError } = await refused(room.send({ embeds: [wrong] }), 400, 50035)
    const embed = rawError.errors.embeds[0]
    assert.ok(embed.title._errors && embed.url._errors && embed.fields[1].name._errors)
    assert.deepEqual(await world.sim.messages(room.id), [])
  },

  async empty(world) {
    const room = await world.room('empty')
    await refused(room.send({ content: '' }), 400, 50006)
    assert.deepEqual(await world.sim.messages(room.id), [])
  },

  async foreign(world) {
    const room = await world.room('foreign')
    const heard = world.next(Events.MessageCreate, (message) => message.author.id === ALICE)
    const said = await world.sim.say(room.id, 'alice', 'mine')
    const [message] = await heard
    await refused(message.edit('yours'), 403, 50005)
    assert.equal((await world.sim.message(room.id, said.id)).content, 'mine')
  },

  async token(world) {
    const stranger = new Client({ intents: [], rest: { api: `${world.sim.base}/api` } })
    await assert.rejects(stranger.login(`x${world.sim.token.slice(1)}`), { code: 'TokenInvalid' })
    await stranger.destroy()
    const unauthorized = (await world.sim.timeline()).filter((entry) => entry.kind === 'rest' && entry.status === 401)
    assert.ok(unauthorized.length > 0)
    assert.equal((await world.sim.guild(GUILD)).name, 'Maid Café')
  },
}
