// The bot under test in discord.js, and what a step works with.
import assert from 'node:assert/strict'
import { Client, Events, GatewayIntentBits, Options, Partials } from 'discord.js'
import { GENERAL, GUILD, until } from './sim.mjs'

const ALL_INTENTS = Object.values(GatewayIntentBits).filter((bit) => typeof bit === 'number')

/** The simulator on one side, the library on the other. */
export class World {
  /** Set by the runner: fails the step that is running. */
  fail = () => {}
  #answers = new Map()

  constructor(sim, client) {
    this.sim = sim
    this.client = client
    client.on(Events.InteractionCreate, (interaction) => {
      const name = interaction.customId ?? interaction.commandName
      const answer = this.#answers.get(interaction.isAutocomplete() ? `${name}?` : name)
      Promise.resolve(answer?.(interaction)).catch((error) => this.fail(error))
    })
  }

  get guild() {
    return this.client.guilds.cache.get(GUILD)
  }

  get general() {
    return this.cached(GENERAL)
  }

  /** A channel the library must have in its cache. */
  cached(id) {
    const channel = this.client.channels.cache.get(id)
    assert.ok(channel, `channel ${id} is not in the cache`)
    return channel
  }

  /** A member the library must have in its cache. */
  member(id) {
    const member = this.guild.members.cache.get(id)
    assert.ok(member, `member ${id} is not in the cache`)
    return member
  }

  /** Lets the simulator open a channel for one step, and waits until the library knows it. */
  async room(name, type = 0, form = {}) {
    const { id } = await this.sim.call('POST', `/guilds/${GUILD}/channels`, { name, type, ...form })
    return until(() => this.client.channels.cache.get(id))
  }

  /** Listens from now on for the next event that fits; resolves with its arguments. */
  next(event, fits = () => true) {
    return new Promise((resolve) => {
      const listener = (...args) => {
        if (!fits(...args)) return
        this.client.off(event, listener)
        resolve(args)
      }
      this.client.on(event, listener)
    })
  }

  /** Answers a command, its autocompletion (`NAME?`), a component or a modal. */
  on(name, answer) {
    this.#answers.set(name, answer)
  }

  /** Registers commands in the guild, beside those that are there. */
  async register(...commands) {
    const made = []
    for (const command of commands) made.push(await this.guild.commands.create(command))
    return made
  }

  close() {
    return this.client.destroy()
  }
}

/** Logs a bot in. */
export async function connect(sim, options = {}) {
  const client = new Client({
    intents: ALL_INTENTS,
    partials: [Partials.Channel, Partials.Message, Partials.Reaction, Partials.GuildMember, Partials.User],
    makeCache: Options.cacheEverything(),
    rest: { api: `${sim.base}/api` },
    ...options,
  })
  const world = new World(sim, client)
  client.on(Events.Error, (error) => world.fail(error))
  try {
    const ready = world.next(Events.ClientReady)
    await client.login(sim.token)
    await ready
    // READY names guilds before they are available; what is in them comes with GUILD_CREATE.
    await until(() => world.guild?.available)
    if (client.options.intents.has(GatewayIntentBits.GuildMembers)) await world.guild.members.fetch()
    return world
  } catch (error) {
    await client.destroy()
    throw error
  }
}

/** Expects an error of Discord and returns it. */
export async function refused(promise, status, code) {
  let error
  await promise.then(() => assert.fail(`this was to be refused with ${code}`), (caught) => { error = caught })
  assert.equal(error.code, code, String(error.stack))
  assert.equal(error.status, status, String(error))
  return error
}
