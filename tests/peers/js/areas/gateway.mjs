// The gateway: sessions, their end and their resumption, intents.
import assert from 'node:assert/strict'
import { ActivityType, Events, GatewayIntentBits } from 'discord.js'
import { BOB, GENERAL, GUILD, HOMEBOT, until, withSimulator } from '../sim.mjs'
import { connect } from '../bot.mjs'

const DEFAULT = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages]
const actions = async (sim) => (await sim.timeline()).filter((entry) => entry.kind === 'gateway')
const heard = (world, content) => world.next(Events.MessageCreate, (message) => message.content === content)

/** Runs a second simulator and a bot with other intents. */
const withBot = (intents, use) => withSimulator([], async (sim) => {
  const world = await connect(sim, { intents })
  try {
    await use(world)
  } finally {
    await world.close()
  }
})

export const steps = {
  async ready(world) {
    const there = await world.sim.guild()
    const keys = (cache) => [...cache.keys()].sort()
    const ids = (list) => list.map((entry) => entry.id ?? entry.user.id).sort()
    assert.deepEqual(keys(world.guild.channels.cache), ids(there.channels))
    assert.deepEqual(keys(world.guild.roles.cache), ids(there.roles))
    assert.deepEqual(keys(world.guild.members.cache), ids(there.members))
    assert.deepEqual([(await world.guild.fetchOwner()).user.username, world.guild.members.me.id], ['alice', HOMEBOT])
    const connected = (await actions(world.sim)).find((entry) => entry.action === 'connected')
    // discord.js compresses the transport only with a native package that is not needed otherwise.
    assert.equal(connected.compress, null)
  },

  async resume(world) {
    const resumed = world.next(Events.ShardResume)
    const session = (await actions(world.sim)).find((entry) => entry.action === 'ready').session_id
    const missed = heard(world, 'while you were away')
    await world.sim.call('POST', '/gateway', { action: 'drop' })
    await world.sim.say(GENERAL, 'bob', 'while you were away')
    await resumed
    assert.equal((await missed)[0].author.id, BOB)
    const last = (await actions(world.sim)).at(-1)
    assert.deepEqual([last.action, last.session_id], ['resumed', session])
  },

  async reconnect(world) {
    const resumed = world.next(Events.ShardResume)
    await world.sim.call('POST', '/gateway', { action: 'reconnect' })
    await resumed
    const after = heard(world, 'after reconnecting')
    await world.sim.say(GENERAL, 'bob', 'after reconnecting')
    await after
    assert.equal((await actions(world.sim)).at(-1).action, 'resumed')
  },

  async invalid(world) {
    const ready = world.next(Events.ShardReady)
    const sessions = async () => (await actions(world.sim)).filter((entry) => entry.action === 'ready').map((entry) => entry.session_id)
    const before = await sessions()
    await world.sim.call('POST', '/gateway', { action: 'invalidate' })
    await ready
    const after = await sessions()
    assert.ok(after.length > before.length && after.at(-1) !== before.at(-1))
    const fresh = heard(world, 'new session')
    await world.sim.say(GENERAL, 'bob', 'new session')
    await fresh
  },

  async content() {
    await withBot(DEFAULT, async (world) => {
      const from = (author) => world.next(Events.MessageCreate, (message) => message.author.id === author)
      let next = from(BOB)
      await world.sim.say(GENERAL, 'bob', 'unreadable')
      assert.equal((await next)[0].content, '')
      assert.equal((await world.sim.last(GENERAL)).content, 'unreadable')
      next = from(BOB)
      await world.sim.say(GENERAL, 'bob', `<@${HOMEBOT}> readable`)
      assert.match((await next)[0].content, /readable$/)
      next = from(HOMEBOT)
      await world.general.send('my own')
      assert.equal((await next)[0].content, 'my own')
      // Over REST the portal's switch decides, not the session.
      const fetched = await world.general.messages.fetch({ limit: 3, cache: false })
      assert.deepEqual(fetched.map((message) => message.content), ['my own', `<@${HOMEBOT}> readable`, 'unreadable'])
    })
  },

  async 'members-intent'() {
    await withBot(DEFAULT, async (world) => {
      const joins = []
      world.client.on(Events.GuildMemberAdd, (member) => joins.push(member))
      await world.sim.call('POST', `/guilds/${GUILD}/members`, { username: 'erin' })
      const next = world.next(Events.MessageCreate, (message) => message.author.username === 'erin')
      await world.sim.say(GENERAL, 'erin', 'hello')
      await next
      // Events keep their order: a message that came after the join says that the join was not sent.
      assert.deepEqual(joins, [])
      assert.equal((await world.sim.guild()).members.length, 6)
    })
  },

  async disallowed() {
    await withSimulator([], async (sim) => {
      await sim.call('PUT', '/bot/intents', { members: false, presences: false, message_content: false })
      await assert.rejects(connect(sim), /disallowed intents/i)
      const closed = (await actions(sim)).find((entry) => entry.action === 'closed')
      assert.equal(closed.code, 4014)
      const world = await connect(sim, { intents: DEFAULT })
      assert.equal(world.guild.id, GUILD)
      await world.close()
    })
  },

  async presence(world) {
    world.client.user.setPresence({ status: 'idle', activities: [{ name: 'tea time', type: ActivityType.Playing }] })
    const told = await until(async () =>
      (await actions(world.sim)).findLast((entry) => entry.action === 'presence' && entry.activities?.length))
    assert.deepEqual([told.status, told.activities[0].name], ['idle', 'tea time'])
  },
}
