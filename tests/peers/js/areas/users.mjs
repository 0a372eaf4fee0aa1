// Users: the bot itself, others, direct messages.
import assert from 'node:assert/strict'
import { ChannelType, Events } from 'discord.js'
import { BOB, HOMEBOT } from '../sim.mjs'
import { refused } from '../bot.mjs'

export const steps = {
  async self(world) {
    const { bot } = await world.sim.call('GET', '/state')
    const { user, application } = world.client
    assert.deepEqual([user.id, user.username, user.bot], [HOMEBOT, bot.username, true])
    const fetched = await application.fetch()
    assert.deepEqual([fetched.id, fetched.name], [HOMEBOT, 'homebot'])
  },

  async fetch(world) {
    const bob = await world.client.users.fetch(BOB, { force: true })
    const { user } = await world.sim.member(BOB)
    assert.deepEqual([bob.username, bob.globalName, bob.bot], [user.username, user.global_name, false])
    await refused(world.client.users.fetch('42'), 404, 10013)
  },

  async direct(world) {
    const channel = await world.member(BOB).createDM()
    assert.equal(channel.recipientId, BOB)
    const sent = await channel.send('just us')
    assert.equal((await world.sim.last(channel.id, 'bob')).id, sent.id)
    const heard = world.next(Events.MessageCreate, (message) => message.author.id === BOB)
    await world.sim.say(channel.id, 'bob', 'indeed')
    const [message] = await heard
    assert.ok(!message.guild && message.channel.type === ChannelType.DM)
    assert.equal(message.content, 'indeed')
    assert.deepEqual((await channel.messages.fetch()).map((entry) => entry.content), ['indeed', 'just us'])
  },

  async rename(world) {
    const seen = world.next(Events.UserUpdate, (_, after) => after.id === HOMEBOT)
    await world.client.user.setUsername('housemaid')
    await seen
    assert.equal(world.client.user.username, 'housemaid')
    assert.equal((await world.sim.call('GET', '/state')).bot.username, 'housemaid')
  },
}
