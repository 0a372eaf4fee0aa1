// One discord-sim process and its control API: the other side of every step.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

// The seed's guild, channels, roles and users.
export const GUILD = '1042000000000000100'
export const [PARLOUR, GENERAL, NEWS, IDEAS, LOUNGE, PODIUM, GARDEN] = ids(301, 7)
// The bot's own role stands above the first two and below the third.
export const [MEMBER, GUIDE, BOSS] = ids(201, 3)
export const HOMEBOT = '1042000000000000001'
export const [ALICE, BOB, CAROL, DAVE] = ids(11, 4)

function ids(first, count) {
  return Array.from({ length: count }, (_, number) => `1042000000000000${String(first + number).padStart(3, '0')}`)
}

/** Asks again until there is an answer. The step's own limit ends it. */
export async function until(look) {
  for (;;) {
    const found = await look()
    if (found) return found
    await sleep(20)
  }
}

/** A running simulator. */
export class Sim {
  #read = 0

  constructor(lines) {
    this.base = lines['base URL']
    this.token = lines['bot token']
  }

  async #request(method, path, body) {
    const response = await fetch(`${this.base}/sim${path}`, {
      method,
      headers: body ? { 'content-type': 'application/json' } : {},
      body: body ? JSON.stringify(body) : undefined,
    })
    const text = await response.text()
    return { status: response.status, answer: text ? JSON.parse(text) : undefined }
  }

  /** Calls the control API. */
  async call(method, path, body) {
    const { status, answer } = await this.#request(method, path, body)
    assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(answer)}`)
    return answer
  }

  /** Calls the control API for something Discord would not let a member do; returns why. */
  async refused(method, path, body) {
    const { status, answer } = await this.#request(method, path, body)
    assert.ok(status >= 400 && status < 500, `${method} ${path}: ${status} ${JSON.stringify(answer)}`)
    return answer.error
  }

  /** The state of a guild. */
  async guild(id = GUILD) {
    return (await this.call('GET', '/state')).guilds.find((guild) => guild.id === id)
  }

  /** The state of a channel or thread. */
  async channel(id) {
    const { guilds } = await this.call('GET', '/state')
    return guilds.flatMap((guild) => [...guild.channels, ...guild.threads]).find((channel) => channel.id === id)
  }

  /** The state of a member. */
  async member(id) {
    return (await this.guild()).members.find((member) => member.user.id === id)
  }

  /** The state of a role. */
  async role(id) {
    return (await this.guild()).roles.find((role) => role.id === id)
  }

  /** A channel's newest messages as a member sees them, newest last. */
  messages(channel, viewer = 'alice', limit = 50) {
    return this.call('GET', `/channels/${channel}/messages?limit=${limit}&as=${viewer}`)
  }

  /** One message as a member sees it. */
  async message(channel, id, viewer = 'alice') {
    return (await this.messages(channel, viewer)).find((message) => message.id === id)
  }

  /** The newest message of a channel as a member sees it. */
  async last(channel, viewer = 'alice') {
    return (await this.messages(channel, viewer, 1))[0]
  }

  /** Posts a message as a member. */
  say(channel, who, content, more = {}) {
    return this.call('POST', `/channels/${channel}/messages`, { as: who, content, ...more })
  }

  /** Posts many messages as a member; returns their ids in order. */
  async chat(channel, who, count) {
    const said = await Promise.all(Array.from({ length: count }, (_, number) => this.say(channel, who, String(number))))
    return said.map((message) => message.id).sort()
  }

  /** Runs a command as a member; returns the new interaction. */
  run(channel, who, name, options = [], more = {}) {
    return this.call('POST', `/channels/${channel}/commands`, { as: who, name, options, ...more })
  }

  /** Uses a component as a member; returns the new interaction. */
  use(channel, message, who, customId, values = []) {
    return this.call('POST', `/channels/${channel}/messages/${message}/components`, { as: who, custom_id: customId, values })
  }

  /** Adds (POST) or removes (DELETE) a member's reaction. */
  react(method, channel, message, who, emoji) {
    return this.call(method, `/channels/${channel}/messages/${message}/reactions`, { as: who, emoji })
  }

  /** Waits until the app has dealt with an interaction, and returns what became of it. */
  async settled({ interaction_id }, state = 'answered') {
    const found = await until(async () => {
      const now = await this.call('GET', `/interactions/${interaction_id}`)
      return ['pending', 'deferred'].includes(now.state) ? undefined : now
    })
    assert.equal(found.state, state, JSON.stringify(found))
    return found
  }

  /** Moves the simulator's clock. */
  advance(seconds) {
    return this.call('POST', '/clock', { advance_ms: Math.round(seconds * 1000) })
  }

  /** What happened since the last call. */
  async news() {
    const entries = await this.timeline(this.#read)
    this.#read = entries.at(-1)?.seq ?? this.#read
    return entries
  }

  /** Everything that happened after an entry. */
  async timeline(after = 0) {
    const all = []
    for (;;) {
      const { entries } = await this.call('GET', `/timeline?limit=500&after=${after}`)
      if (entries.length === 0) return all
      all.push(...entries)
      after = entries.at(-1).seq
    }
  }
}

/** Runs one simulator for as long as `use` takes. */
export async function withSimulator(args, use) {
  const process_ = spawn(process.env.DISCORD_SIM_BINARY, ['--seed', process.env.PEERS_SEED, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const gone = new Promise((resolve) => process_.once('close', resolve))
  try {
    const lines = {}
    for await (const line of createInterface({ input: process_.stdout })) {
      const colon = line.indexOf(':')
      lines[line.slice(0, colon)] = line.slice(colon + 1).trim()
      if ('control URL' in lines) break
    }
    assert.ok('control URL' in lines, 'discord-sim did not say where it is')
    return await use(new Sim(lines))
  } finally {
    process_.kill('SIGKILL')
    await gone
  }
}
