// Webhooks: made, found, used by the bot and by their address alone.
import assert from 'node:assert/strict'
import { AttachmentBuilder, EmbedBuilder, Events, WebhookClient, WebhookType } from 'discord.js'
import { GUILD, HOMEBOT } from '../sim.mjs'
import { refused } from '../bot.mjs'

export const steps = {
  async create(world) {
    const room = await world.room('create')
    const changed = world.next(Events.WebhooksUpdate, (channel) => channel.id === room.id)
    const hook = await room.createWebhook({ name: 'Herald', reason: 'news' })
    await changed
    assert.deepEqual([hook.name, hook.channelId, hook.owner.id], ['Herald', room.id, HOMEBOT])
    assert.ok(hook.token)
    assert.deepEqual([...(await room.fetchWebhooks()).keys()], [hook.id])
    assert.ok((await world.guild.fetchWebhooks()).has(hook.id))
    const fetched = await world.client.fetchWebhook(hook.id)
    assert.deepEqual([fetched.type, fetched.guildId], [WebhookType.Incoming, GUILD])
  },

  async execute(world) {
    const room = await world.room('execute')
    const hook = await room.createWebhook({ name: 'Herald' })
    const heard = world.next(Events.MessageCreate, (message) => message.webhookId === hook.id)
    const sent = await hook.send({
      content: 'hear ye',
      username: 'Crier',
      avatarURL: 'https://example.com/crier.png',
      embeds: [new EmbedBuilder().setTitle('News')],
      files: [new AttachmentBuilder(Buffer.from('scroll'), { name: 'scroll.txt' })],
      allowedMentions: { parse: [] },
    })
    const [message] = await heard
    assert.equal(message.id, sent.id)
    assert.ok(message.author.username === 'Crier' && message.author.bot)
    const there = await world.sim.message(room.id, sent.id)
    assert.deepEqual([there.author.username, there.webhook_id], ['Crier', hook.id])
    assert.deepEqual([there.embeds[0].title, there.attachments[0].filename], ['News', 'scroll.txt'])
  },

  async message(world) {
    const room = await world.room('message')
    const hook = await room.createWebhook({ name: 'Herald' })
    const sent = await hook.send('first')
    assert.equal((await hook.fetchMessage(sent.id)).content, 'first')
    const changed = await hook.editMessage(sent.id, { content: 'second', embeds: [{ title: 'and more' }] })
    assert.deepEqual([changed.content, changed.embeds[0].title], ['second', 'and more'])
    assert.equal((await world.sim.message(room.id, sent.id)).content, 'second')
    await hook.deleteMessage(sent.id)
    assert.equal(await world.sim.message(room.id, sent.id), undefined)
  },

  async thread(world) {
    const room = await world.room('thread')
    const hook = await room.createWebhook({ name: 'Herald' })
    const talk = await room.threads.create({ name: 'talk' })
    const sent = await hook.send({ content: 'inside', threadId: talk.id })
    assert.equal(sent.channelId ?? sent.channel_id, talk.id)
    assert.equal((await world.sim.message(talk.id, sent.id)).content, 'inside')
    await hook.editMessage(sent.id, { content: 'changed', threadId: talk.id })
    assert.equal((await world.sim.message(talk.id, sent.id)).content, 'changed')
  },

  async token(world) {
    const room = await world.room('token')
    const made = await room.createWebhook({ name: 'Herald' })
    assert.ok(made.url.endsWith(`/${made.id}/${made.token}`))
    const options = { rest: { api: `${world.sim.base}/api` } }
    const hook = new WebhookClient({ id: made.id, token: made.token }, options)
    const sent = await hook.send('from outside')
    assert.equal((await world.sim.last(room.id)).id, sent.id)
    const wrong = new WebhookClient({ id: made.id, token: 'x'.repeat(made.token.length) }, options)
    await refused(wrong.send('no'), 401, 50027)
  },

  async edit(world) {
    const room = await world.room('edit')
    const other = await world.room('edit-target')
    const hook = await room.createWebhook({ name: 'Herald' })
    const changed = await hook.edit({ name: 'Bard', channel: other })
    assert.deepEqual([changed.name, changed.channelId], ['Bard', other.id])
    await changed.send('moved')
    assert.equal((await world.sim.last(other.id)).author.username, 'Bard')
    await changed.delete('hoarse')
    assert.equal((await other.fetchWebhooks()).size, 0)
    await refused(world.client.fetchWebhook(hook.id), 404, 10015)
  },
}
